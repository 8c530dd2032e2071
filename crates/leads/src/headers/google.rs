//! Google: the leads of a lead form in Google Ads, and the export of Google Contacts (several values in a cell are
//! separated by ` ::: `), in their present and earlier formats.

use super::Names;
use crate::fields::Field;

/// Columns that only Google Ads has.
pub(super) const ADS_OWN: &str = "GCLID|gcl_id|Google Click ID|ID de clic de Google|Lead submit time|lead_submit_time|Lead form ID|\
    Lead form name|Lead form|adgroup_id|Ad group ID|Ad group|Grupo de anuncios|Asset group ID|creative_id|\
    Creative ID|Formulario de clientes potenciales|Hora de envío del cliente potencial";

pub(super) const ADS: Names = &[
    (Field::Name, "Full name|User name|FULL_NAME|Nombre completo"),
    (Field::FirstName, "First name|FIRST_NAME|Nombre"),
    (Field::LastName, "Last name|LAST_NAME|Apellidos"),
    (Field::Email, "Email|User email|Work email|EMAIL|Correo electrónico|Correo electrónico del trabajo"),
    (Field::Phone, "Phone number|User phone|Work phone|PHONE_NUMBER|Número de teléfono"),
    (Field::PostalCode, "Postal code|Zip code|POSTAL_CODE|Código postal"),
    (
        Field::DetectedAt,
        "Lead submit time|lead_submit_time|Submission time|Submit time|Date submitted|Fecha de envío|\
        Hora de envío del cliente potencial|Hora de envío",
    ),
    (Field::Source, "Campaign|Campaign name|Campaña|Nombre de la campaña"),
    (
        Field::Custom,
        "Lead ID|lead_id|Campaign ID|campaign_id|Form ID|form_id|Lead form ID|Lead form|Ad group|Ad group ID|adgroup_id|\
        Creative ID|creative_id|Asset group ID|GCLID|gcl_id|Google Click ID|is_test",
    ),
];

/// Columns that only Google Contacts has.
pub(super) const CONTACTS_OWN: &str = "Phonetic First Name|Yomi Name|Given Name Yomi|Additional Name|File As|Group Membership|E-mail 1 - Value|\
    E-mail 1 - Label|E-mail 1 - Type|Phone 1 - Value|Phone 1 - Label|Phone 1 - Type|Organization Title|\
    Organization 1 - Name|Address 1 - Formatted|Custom Field 1 - Label|Website 1 - Value";

pub(super) const CONTACTS: Names = &[
    (Field::Name, "Name"),
    (Field::FirstName, "First Name|Given Name"),
    (Field::LastName, "Last Name|Family Name"),
    (Field::Email, "E-mail 1 - Value|E-mail 2 - Value|E-mail 3 - Value|E-mail 4 - Value"),
    (Field::Phone, "Phone 1 - Value|Phone 2 - Value|Phone 3 - Value|Phone 4 - Value"),
    (Field::Address, "Address 1 - Street"),
    (Field::City, "Address 1 - City"),
    (Field::State, "Address 1 - Region"),
    (Field::PostalCode, "Address 1 - Postal Code"),
    (Field::Country, "Address 1 - Country"),
    (Field::CompanyName, "Organization Name|Organization 1 - Name"),
    (Field::Position, "Organization Title|Organization 1 - Title"),
    (Field::ContactNotes, "Notes"),
    (Field::Custom, "Labels|Group Membership|Nickname|Birthday|Middle Name|Additional Name|Address 1 - Formatted"),
];
