//! HubSpot: the labels of the default contact properties, which an export has as headers (knowledge.hubspot.com,
//! "HubSpot's default contact properties", "Set up your import files"), in the English and the Spanish interface, and the
//! internal names (`firstname`, `hs_lead_status`).

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "Record ID - Contact|ID de registro|ID de registro - Contacto|Contact owner|Propietario del contacto|\
    HubSpot Owner|hubspot_owner_id|hs_lead_status|HubSpot Score|hubspotscore|Puntuación de HubSpot|\
    Lifecycle Stage|Etapa del ciclo de vida|Marketing contact status|Original Traffic Source|\
    Original Source Type|hs_analytics_source|Fuente de tráfico original|Associated Company IDs|\
    Primary Associated Company ID|Empresa asociada|hs_object_id";

pub(super) const NAMES: Names = &[
    (Field::FirstName, "First Name|firstname|Nombre"),
    (Field::LastName, "Last Name|lastname|Apellidos"),
    (Field::Email, "Email|Email Address|Correo|Correo electrónico"),
    (Field::Phone, "Phone Number|Número de teléfono"),
    (Field::Mobile, "Mobile Phone Number|mobilephone|Número de teléfono móvil"),
    (Field::Address, "Street Address|Dirección postal|Dirección"),
    (Field::State, "State/Region|Estado/región"),
    (Field::PostalCode, "Postal Code|Código postal"),
    (Field::Country, "Country/Region|País/región"),
    (
        Field::CompanyName,
        "Company Name|Associated Company|Primary Associated Company Name|Nombre de la empresa|\
        Empresa asociada",
    ),
    (
        Field::CompanyId,
        "Associated Company ID|Associated Company IDs|Primary Associated Company ID|\
        ID de empresa asociada",
    ),
    (Field::Position, "Job Title|jobtitle|Cargo"),
    (Field::DetectedAt, "Create Date|createdate|Fecha de creación"),
    (Field::Score, "HubSpot Score|hubspotscore|Contact score|Puntuación de HubSpot"),
    (Field::Priority, "Contact priority|Prioridad del contacto"),
    (Field::Status, "Lead Status|hs_lead_status|Estado del lead"),
    (Field::AssignedTo, "Contact owner|HubSpot Owner|hubspot_owner_id|Propietario del contacto"),
    (
        Field::Source,
        "Original Source|Original Traffic Source|Original Source Type|hs_analytics_source|\
        Fuente original|Fuente de tráfico original",
    ),
    (Field::Notes, "Message|Mensaje"),
    (
        Field::Custom,
        "Record ID|Record ID - Contact|ID de registro|ID de registro - Contacto|Lifecycle Stage|\
        Etapa del ciclo de vida|Marketing contact status|Last Activity Date|Fecha de la última actividad",
    ),
];
