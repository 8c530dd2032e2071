//! Kommo (once amoCRM): the headers of the lead export (`Contacto principal`, `Estatus del lead`, `Teléfono oficina
//! (contacto)`), whose fields of the contact end in `(contacto)`.

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "Main contact|Contacto principal|Estatus del lead|Etapa del lead|Lead stage|Lead title|Nombre del lead|\
    Lead tags|Etiquetas del lead|Embudo de ventas|Work phone (contact)|Work email (contact)|\
    Teléfono oficina (contacto)|Correo trabajo (contacto)|Work direct (contact)|Mobile phone (contact)|\
    Teléfono celular (contacto)|Lead company|Compañía del lead|Full name (contact)|\
    Nombre completo (contacto)|Nombre del contacto (contacto)|Usuario responsable|Responsible user";

pub(super) const NAMES: Names = &[
    (
        Field::Name,
        "Main contact|Contact name|Full name (contact)|Contacto principal|Nombre del contacto|\
        Nombre completo (contacto)",
    ),
    (Field::FirstName, "First name (contact)|Nombre (contacto)"),
    (Field::LastName, "Last name (contact)|Apellido (contacto)"),
    (
        Field::Email,
        "Work email|Work email (contact)|Email (contact)|Private email (contact)|Other email (contact)|\
        Correo (contacto)|E-mail priv. (contacto)|Otro e-mail (contacto)|Correo trabajo (contacto)",
    ),
    (
        Field::Phone,
        "Work phone|Work phone (contact)|Work direct (contact)|Home phone (contact)|\
        Other phone (contact)|Teléfono oficina|Teléfono oficina (contacto)|Teléfono oficina directo (contacto)|\
        Teléfono de casa (contacto)|Otro teléfono (contacto)",
    ),
    (
        Field::Mobile,
        "Mobile phone (contact)|Mobile (contact)|Mob. (contact)|Teléfono celular|\
        Teléfono celular (contacto)",
    ),
    (Field::Address, "Address (contact)|Dirección (contacto)"),
    (Field::City, "City (contact)|Ciudad (contacto)"),
    (Field::CompanyName, "Lead company|Company|Compañía|Compañía del lead"),
    (Field::Position, "Position (contact)|Cargo (contacto)"),
    (Field::DetectedAt, "Date created|Created at|Fecha de creación"),
    (Field::Status, "Lead status|Lead stage|Stage|Estatus del lead|Etapa del lead"),
    (Field::AssignedTo, "Responsible user|Responsible|Responsable|Usuario responsable"),
    (Field::Source, "Lead source|utm_source|Fuente del lead"),
    (Field::Title, "Lead title|Lead name|Nombre del lead"),
    (Field::Notes, "Note 1|Note 2|Note 3|Note 4|Note 5|Nota 1|Nota 2|Nota 3|Nota 4|Nota 5"),
    (
        Field::Custom,
        "Pipeline|Embudo de ventas|Sale|Budget|Presupuesto|Lead tags|Etiquetas del lead|Created by|\
        Creado por|Last modified|Última modificación el|Modified by|Modificado por|Closed at|Cerrado el",
    ),
];
