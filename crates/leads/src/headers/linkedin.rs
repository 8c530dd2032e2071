//! LinkedIn: the leads of a Lead Gen Form, and a member's connections (below three lines of notes).

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "Connected On|Conectado el|Lead Type|LinkedIn Profile URL|LinkedIn Profile|Submitted On|Creative Name|\
    Campaign Group Name|Campaign Group ID|Member ID|LinkedIn Member ID|URL del perfil de LinkedIn";

pub(super) const NAMES: Names = &[
    (Field::FirstName, "First Name|Nombre"),
    (Field::LastName, "Last Name|Apellidos"),
    (Field::Email, "Email Address|Email|Work Email|Dirección de correo electrónico"),
    (Field::Phone, "Phone Number|Work Phone Number|Número de teléfono"),
    (Field::CompanyName, "Company|Company Name|Empresa"),
    (Field::Position, "Position|Job Title|Cargo|Puesto"),
    (Field::DetectedAt, "Submitted At|Submitted On|Lead Created At|Connected On|Conectado el"),
    (Field::Source, "Campaign Name|Nombre de la campaña"),
    (
        Field::Custom,
        "URL|Lead ID|Form Name|Form ID|Campaign ID|Creative Name|Creative ID|Campaign Group Name|Campaign Group ID|\
        LinkedIn Profile URL|Member ID",
    ),
];
