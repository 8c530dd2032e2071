//! Pipedrive: `Entity - Field` headers of lead, deal and person exports (`Person - Email - Work`, `Persona - Correo
//! electrónico - Trabajo`).

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "Person - Name|Lead - Contact person|Deal - Contact person|Persona - Nombre|\
    Prospecto - Persona de contacto|Trato - Persona de contacto|Negocio - Persona de contacto|\
    Person - First name|Persona - Primer nombre|Persona - Nombre de pila|Person - Last name|\
    Persona - Apellido|Persona - Apellidos|Person - Email|Person - Email - Work|Person - Email - Home|\
    Person - Email - Other|Persona - Correo electrónico|Persona - Correo electrónico - Trabajo|\
    Persona - Correo electrónico - Casa|Persona - Correo electrónico - Otro|Person - Phone|\
    Person - Phone - Work|Person - Phone - Home|Person - Phone - Other|Persona - Teléfono|\
    Persona - Teléfono - Trabajo|Persona - Teléfono - Casa|Persona - Teléfono - Otro|\
    Person - Phone - Mobile|Persona - Teléfono - Móvil|Persona - Teléfono - Celular|Person - Address|\
    Person - Postal address|Organization - Address|Persona - Dirección|Persona - Dirección postal|\
    Organización - Dirección|Person - City|Persona - Ciudad|Person - Postal code|Person - ZIP/Postal code|\
    Persona - Código postal|Organization - Name|Person - Organization|Lead - Organization|\
    Deal - Organization|Organización - Nombre|Persona - Organización|Prospecto - Organización|\
    Trato - Organización|Negocio - Organización|Person - Job title|Person - Title|Persona - Cargo|\
    Persona - Puesto|Lead - Lead created|Lead - Created|Deal - Deal created|Prospecto - Fecha de creación|\
    Prospecto - Prospecto creado|Lead - Fecha de creación|Trato - Trato creado|Negocio - Negocio creado|\
    Trato - Fecha de creación|Deal - Status|Trato - Estado|Negocio - Estado|Prospecto - Estado|\
    Lead - Labels|Lead - Label|Deal - Label|Prospecto - Etiquetas|Prospecto - Etiqueta|Trato - Etiqueta|\
    Negocio - Etiqueta|Lead - Etiquetas|Deal - Owner|Prospecto - Propietario|Trato - Propietario|\
    Negocio - Propietario|Lead - Propietario|Lead - Source name|Deal - Source channel|Prospecto - Fuente|\
    Prospecto - Nombre de la fuente|Lead - Fuente|Deal - Title|Prospecto - Título|Trato - Título|\
    Negocio - Título|Lead - Título|Lead - Note|Lead - Notes|Person - Notes|Prospecto - Nota|Persona - Notas|\
    Lead - ID|Deal - ID|Person - ID|Prospecto - ID|Trato - ID|Persona - ID|Lead - Value|Deal - Value|\
    Prospecto - Valor|Trato - Valor";

pub(super) const NAMES: Names = &[
    (
        Field::Name,
        "Person - Name|Lead - Contact person|Deal - Contact person|Persona - Nombre|\
        Prospecto - Persona de contacto|Trato - Persona de contacto|Negocio - Persona de contacto",
    ),
    (Field::FirstName, "Person - First name|Persona - Primer nombre|Persona - Nombre de pila"),
    (Field::LastName, "Person - Last name|Persona - Apellido|Persona - Apellidos"),
    (
        Field::Email,
        "Person - Email|Person - Email - Work|Person - Email - Home|Person - Email - Other|\
        Persona - Correo electrónico|Persona - Correo electrónico - Trabajo|Persona - Correo electrónico - Casa|\
        Persona - Correo electrónico - Otro",
    ),
    (
        Field::Phone,
        "Person - Phone|Person - Phone - Work|Person - Phone - Home|Person - Phone - Other|\
        Persona - Teléfono|Persona - Teléfono - Trabajo|Persona - Teléfono - Casa|Persona - Teléfono - Otro",
    ),
    (Field::Mobile, "Person - Phone - Mobile|Persona - Teléfono - Móvil|Persona - Teléfono - Celular"),
    (
        Field::Address,
        "Person - Address|Person - Postal address|Organization - Address|Persona - Dirección|\
        Persona - Dirección postal|Organización - Dirección",
    ),
    (Field::City, "Person - City|Persona - Ciudad"),
    (Field::PostalCode, "Person - Postal code|Person - ZIP/Postal code|Persona - Código postal"),
    (
        Field::CompanyName,
        "Organization - Name|Person - Organization|Lead - Organization|Deal - Organization|\
        Organización - Nombre|Persona - Organización|Prospecto - Organización|Trato - Organización|\
        Negocio - Organización",
    ),
    (Field::Position, "Person - Job title|Person - Title|Persona - Cargo|Persona - Puesto"),
    (
        Field::DetectedAt,
        "Lead - Lead created|Lead - Created|Deal - Deal created|Prospecto - Fecha de creación|\
        Prospecto - Prospecto creado|Lead - Fecha de creación|Trato - Trato creado|Negocio - Negocio creado|\
        Trato - Fecha de creación",
    ),
    (Field::Status, "Deal - Status|Lead - Status|Trato - Estado|Negocio - Estado|Prospecto - Estado"),
    (
        Field::Priority,
        "Lead - Labels|Lead - Label|Deal - Label|Prospecto - Etiquetas|Prospecto - Etiqueta|\
        Trato - Etiqueta|Negocio - Etiqueta|Lead - Etiquetas",
    ),
    (
        Field::AssignedTo,
        "Lead - Owner|Deal - Owner|Prospecto - Propietario|Trato - Propietario|\
        Negocio - Propietario|Lead - Propietario",
    ),
    (
        Field::Source,
        "Lead - Source|Lead - Source name|Deal - Source channel|Prospecto - Fuente|\
        Prospecto - Nombre de la fuente|Lead - Fuente",
    ),
    (Field::Title, "Lead - Title|Deal - Title|Prospecto - Título|Trato - Título|Negocio - Título|Lead - Título"),
    (Field::Notes, "Lead - Note|Lead - Notes|Person - Notes|Prospecto - Nota|Persona - Notas"),
    (
        Field::Custom,
        "Lead - ID|Deal - ID|Person - ID|Prospecto - ID|Trato - ID|Persona - ID|Lead - Value|\
        Deal - Value|Prospecto - Valor|Trato - Valor",
    ),
];
