//! Names used by several systems and in hand-made spreadsheets.

use super::Names;
use crate::fields::Field;

pub(super) const NAMES: Names = &[
    (
        Field::Name,
        "Name|Full Name|Contact Name|Lead Name|Contact|Nombre|Nombre completo|Nombre y apellidos|\
        Nombre del contacto|Nombre de contacto|Contacto|Cliente",
    ),
    (Field::FirstName, "First Name|Given Name|Nombre de pila|Primer nombre|Name / First Name"),
    (
        Field::LastName,
        "Last Name|Surname|Family Name|Name / Last Name|Apellido|Apellidos|Primer apellido|Segundo apellido|Apellido paterno|\
        Apellido materno",
    ),
    (
        Field::Email,
        "Email|E-mail|Email Address|E-mail Address|Mail|Work Email|Personal Email|Correo|Correo electrónico|\
        Dirección de correo electrónico|Dirección de correo|Correo-e|Primary Email|Main Email|Email ID|\
        Correo principal|Email principal|Emails / Primary Email",
    ),
    (
        Field::Phone,
        "Phone|Phone Number|Telephone|Teléfono|Número de teléfono|Tel|Tlf|Tfno|Telf|Teléfono fijo|\
        Teléfono de contacto|Home Phone|Work Phone|WhatsApp|Business Phone|Office Phone|Company Main Phone|Phone No|\
        Primary Phone|Contact Number|Contact No|Teléfono del trabajo|Teléfono de casa|Teléfono particular|\
        Teléfono principal|Nº de teléfono|Phones / Primary Phone Number|SMS",
    ),
    (
        Field::Mobile,
        "Mobile|Mobile Phone|Mobile Phone Number|Cell|Cell Phone|Móvil|Teléfono móvil|\
        Número de teléfono móvil|Número de móvil|Celular|Teléfono celular|Mobile No|Mobile Number|Cell Number|\
        Tel. móvil|Tlf. móvil|Nº de móvil",
    ),
    (
        Field::Address,
        "Address|Street|Street Address|Dirección|Calle|Domicilio|Primary Address Street|Business Street|Home Street",
    ),
    (Field::City, "City|Town|Primary Address City|Business City|Ciudad|Población|Localidad|Municipio"),
    (
        Field::State,
        "State|Province|Region|State/Region|State/Province|Provincia|Región|Estado/Provincia|\
        Estado o provincia|Estado/Región|Comunidad autónoma",
    ),
    (
        Field::PostalCode,
        "Postal Code|Zip|Primary Address Postal Code|Business Postal Code|C. Postal|Zip Code|Zip/Postal Code|Código postal|CP",
    ),
    (Field::Country, "Country|Country/Region|País|País/Región|País o región"),
    (
        Field::CompanyName,
        "Company|Company Name|Organization|Account Name|Empresa|Nombre de la empresa|Compañía|\
        Organización",
    ),
    (Field::Position, "Job Title|Position|Cargo|Puesto|Puesto de trabajo"),
    (Field::Nacionalidad, "Nationality|Nacionalidad"),
    (Field::Edad, "Age|Edad"),
    (
        Field::DetectedAt,
        "Created|Created At|Created On|Created Time|Create Date|Created Date|Date Created|Creation Date|Date|Fecha|\
        Fecha de creación|Fecha creación|Fecha de alta|Fecha de entrada|Fecha de registro|Creado el|Submitted At|Timestamp|Marca temporal",
    ),
    (Field::Score, "Score|Lead Score|Opportunity Score|Puntuación|Puntuación del lead|Puntaje"),
    (Field::Priority, "Priority|Prioridad|Urgencia"),
    (Field::Status, "Status|Lead Status|Estado del lead|Estado|Estatus"),
    (
        Field::AssignedTo,
        "Owner|Owner Email|Lead Owner|Contact Owner|Assigned To|Responsible|Responsable|\
        Propietario|Asignado a|Agente|Comercial",
    ),
    (Field::Notes, "Notes|Note|Comments|Description|Notas|Nota|Comentarios|Observaciones|Descripción"),
    (Field::Source, "Source|Lead Source|Origen|Fuente|Origen del lead|Fuente del lead"),
    (Field::SourceAt, "Source Date|Fecha de origen"),
    (Field::Consent, "Consent|Consentimiento"),
    (
        Field::DoNotContact,
        "Do Not Contact|Do Not Call|No contactar|No llamar|Phone Blacklisted|phone_blacklisted|Teléfono en lista negra|\
        Do not contact by phone|No contactar por teléfono",
    ),
    (Field::Reason, "Reason|Motivo"),
    // What the service adds to the rows of an import that it gives back.
    (
        Field::Ignore,
        "import_line|import_outcome|import_code|import_reason|Línea de la importación|Resultado de la importación|\
        Código de la importación|Motivo de la importación",
    ),
];
