//! Zoho CRM: the labels of the Leads module in its exports, English and Spanish.

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "Lead Owner.id|Email Opt Out|Secondary Email|Skype ID|Converted Account.id|Converted Contact.id|\
    Propietario de Posible cliente|Propietario de posible cliente.id|Estado de Posible cliente|\
    Fuente de Posible cliente|Origen de Posible cliente|Correo electrónico secundario|Unsubscribed Mode|\
    Anulación de suscripción al correo electrónico|Last Activity Time|Fax.|Created By.id";

pub(super) const NAMES: Names = &[
    (Field::Name, "Full Name|Lead Name|Nombre de Posible cliente|Nombre completo"),
    (Field::FirstName, "First Name|Nombre"),
    (Field::LastName, "Last Name|Apellidos|Apellido"),
    (Field::Email, "Email|Secondary Email|Correo electrónico|Correo electrónico secundario"),
    (Field::CompanyName, "Company|Empresa|Compañía"),
    (Field::Position, "Title|Designation|Título|Cargo"),
    (Field::DetectedAt, "Created Time|Hora de creación|Fecha y hora de creación"),
    (Field::Status, "Lead Status|Estado de Posible cliente"),
    (Field::Priority, "Rating|Calificación|Valoración"),
    (Field::AssignedTo, "Lead Owner|Propietario de Posible cliente"),
    (Field::Source, "Lead Source|Fuente de Posible cliente|Origen de Posible cliente"),
    (Field::Notes, "Description|Descripción"),
    (
        Field::Custom,
        "Record Id|Id. de registro|Lead Owner.id|Modified Time|Hora de modificación|Industry|Sector|Salutation|Tag|\
        Annual Revenue|Ingresos anuales|Email Opt Out",
    ),
];
