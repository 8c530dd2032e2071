//! The column names of other CRMs' exports, in English and Spanish, and the field of each.
//!
//! Names are compared ignoring case, accents, blanks and punctuation, so that `First Name`, `first_name` and
//! `FirstName` are the same. Sources:
//!
//! - **HubSpot**: the labels of the default contact properties, which an export has as headers
//!   (knowledge.hubspot.com, "HubSpot's default contact properties", "Set up your import files"), in the English and
//!   the Spanish interface, and the internal names (`firstname`, `hs_lead_status`).
//! - **Salesforce**: the field labels of the standard Lead object as reports export them, English and Spanish
//!   (`Estado de candidato`, `Propietario del candidato`), and the API names of a data export (`FirstName`,
//!   `MobilePhone`).
//! - **Pipedrive**: `Entity - Field` headers of lead, deal and person exports (`Person - Email - Work`,
//!   `Persona - Correo electrónico - Trabajo`).
//! - **Kommo** (once amoCRM): the headers of the lead export (`Contacto principal`, `Estatus del lead`,
//!   `Teléfono oficina (contacto)`), whose fields of the contact end in `(contacto)`.
//!
//! Names common to several systems are in `COMMON`.

use reparto_domain::fold::fold;

use crate::fields::Field;

/// A system whose exports are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crm {
    /// Our own export.
    Reparto,
    /// HubSpot.
    HubSpot,
    /// Salesforce.
    Salesforce,
    /// Pipedrive.
    Pipedrive,
    /// Kommo, once amoCRM.
    Kommo,
}

/// Fields and the column names of each, separated by `|`.
type Names = &'static [(Field, &'static str)];

impl Crm {
    /// Every system.
    pub const ALL: [Self; 5] = [Self::Reparto, Self::HubSpot, Self::Salesforce, Self::Pipedrive, Self::Kommo];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reparto => "Reparto",
            Self::HubSpot => "HubSpot",
            Self::Salesforce => "Salesforce",
            Self::Pipedrive => "Pipedrive",
            Self::Kommo => "Kommo",
        }
    }

    const fn names(self) -> Names {
        match self {
            Self::Reparto => REPARTO,
            Self::HubSpot => HUBSPOT,
            Self::Salesforce => SALESFORCE,
            Self::Pipedrive => PIPEDRIVE,
            Self::Kommo => KOMMO,
        }
    }

    /// The field of a column with this name in this system's exports.
    pub fn field(self, header: &str) -> Option<Field> {
        look_up(self.names(), &key(header))
    }

    /// The system that these columns most likely come from: the one that knows most of the system-specific names;
    /// `None` if there is a tie.
    pub fn guess<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut known = [0_usize; Self::ALL.len()];
        for header in headers {
            let key = key(header);
            if look_up(COMMON, &key).is_some() {
                continue;
            }
            for (index, crm) in Self::ALL.into_iter().enumerate() {
                known[index] += usize::from(look_up(crm.names(), &key).is_some());
            }
        }
        let most = known.into_iter().max().filter(|most| *most > 0)?;
        let mut best = (0..known.len()).filter(|index| known[*index] == most);
        match (best.next(), best.next()) {
            (Some(index), None) => Some(Self::ALL[index]),
            _ => None,
        }
    }
}

/// The field of a column with this name, given the detected system.
pub fn field_of(header: &str, crm: Option<Crm>) -> Option<Field> {
    let key = key(header);
    crm.and_then(|crm| look_up(crm.names(), &key))
        .or_else(|| look_up(COMMON, &key))
        .or_else(|| Crm::ALL.into_iter().find_map(|crm| look_up(crm.names(), &key)))
        // Ids in our own exports are meaningless elsewhere.
        .filter(|field| *field != Field::Ignore || crm == Some(Crm::Reparto))
}

/// The normalised column name.
pub fn key(header: &str) -> String {
    fold(header).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn look_up(names: Names, wanted: &str) -> Option<Field> {
    names.iter().find(|(_, names)| names.split('|').any(|name| key(name) == wanted)).map(|(field, _)| *field)
}

/// Names used by several systems and in hand-made spreadsheets.
const COMMON: Names = &[
    (
        Field::Name,
        "Name|Full Name|Contact Name|Lead Name|Nombre|Nombre completo|Nombre y apellidos|\
        Nombre del contacto|Cliente",
    ),
    (Field::FirstName, "First Name|Given Name|Nombre de pila|Primer nombre"),
    (Field::LastName, "Last Name|Surname|Family Name|Apellido|Apellidos"),
    (Field::Email, "Email|E-mail|Email Address|Mail|Correo|Correo electrónico|Dirección de correo electrónico"),
    (Field::Phone, "Phone|Phone Number|Telephone|Teléfono|Número de teléfono|Tel|Teléfono fijo|WhatsApp"),
    (
        Field::Mobile,
        "Mobile|Mobile Phone|Mobile Phone Number|Cell|Cell Phone|Móvil|Teléfono móvil|\
        Número de teléfono móvil|Celular|Teléfono celular",
    ),
    (Field::Address, "Address|Street|Street Address|Dirección|Calle|Domicilio"),
    (Field::City, "City|Town|Ciudad|Población|Localidad|Municipio"),
    (
        Field::State,
        "State|Province|Region|State/Region|State/Province|Provincia|Región|Estado/Provincia|\
        Estado o provincia|Estado/Región|Comunidad autónoma",
    ),
    (Field::PostalCode, "Postal Code|Zip|Zip Code|Zip/Postal Code|Código postal|CP"),
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
        "Created|Created At|Create Date|Created Date|Date Created|Creation Date|Date|Fecha|\
        Fecha de creación|Fecha creación|Fecha de alta|Creado el",
    ),
    (Field::Score, "Score|Lead Score|Puntuación|Puntuación del lead|Puntaje"),
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
    (Field::DoNotContact, "Do Not Contact|Do Not Call|No contactar|No llamar"),
    (Field::Reason, "Reason|Motivo"),
];

/// What `reparto export` writes, so that it can be imported again.
const REPARTO: Names = &[
    (
        Field::Ignore,
        "id|contact_id|assigned_to_name|first_call_completed|first_call_successful_attempt|created_at|\
        updated_at",
    ),
    (Field::FirstName, "first_name"),
    (Field::LastName, "last_name"),
    (Field::CompanyId, "company_id"),
    (Field::GradingLlamada, "grading_llamada"),
    (Field::GradingSituacion, "grading_situacion"),
    (Field::TiempoEspana, "tiempo_espana|Tiempo en España"),
    (Field::Empadronado, "empadronado"),
    (Field::LugarResidencia, "lugar_residencia|Lugar de residencia"),
    (Field::TieneIngresos, "tiene_ingresos"),
    (Field::TrabajaB, "trabaja_b"),
    (Field::TieneFamiliaresEspana, "tiene_familiares_espana"),
    (Field::LandingProduct, "landing_product"),
    (Field::AvatarUrl, "avatar_url"),
    (Field::ContactNotes, "contact_notes"),
    (Field::SourceAt, "source_at"),
    (Field::CustomFields, "custom_fields"),
    (Field::DetectedAt, "detected_at"),
    (Field::Score, "opportunity_score"),
    (Field::AssignedTo, "assigned_to"),
    (Field::Reason, "detection_reason"),
    (Field::Attempts, "first_call_attempts"),
];

const HUBSPOT: Names = &[
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

const SALESFORCE: Names = &[
    (Field::FirstName, "First Name|FirstName|Nombre"),
    (Field::LastName, "Last Name|LastName|Apellidos"),
    (Field::Mobile, "Mobile|MobilePhone|Teléfono móvil|Móvil"),
    (Field::Address, "Street|Calle"),
    (Field::State, "State/Province|State/Province (text only)|Estado o provincia|Estado/Provincia"),
    (Field::PostalCode, "Zip/Postal Code|PostalCode|Código postal"),
    (Field::CompanyName, "Company / Account|Company/Account|Compañía|Compañía/Cuenta"),
    (Field::Position, "Title|Cargo|Tratamiento profesional"),
    (Field::DetectedAt, "Create Date|Created Date|CreatedDate|Fecha de creación"),
    (Field::Priority, "Rating|Valoración|Calificación"),
    (Field::Status, "Lead Status|Estado de candidato|Estado del candidato|Estado de prospecto"),
    (
        Field::AssignedTo,
        "Lead Owner|Owner Email|Lead Owner Email|Propietario de candidato|\
        Propietario del candidato|Propietario de prospecto",
    ),
    (Field::Source, "Lead Source|LeadSource|Origen del candidato|Origen de candidato|Origen del prospecto"),
    (Field::Notes, "Description|Descripción"),
    (
        Field::Custom,
        "Lead ID|Id. de candidato|ID de candidato|Salutation|Tratamiento|Industry|Sector|\
        Annual Revenue|Ingresos anuales|No. of Employees|OwnerId",
    ),
];

const PIPEDRIVE: Names = &[
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

const KOMMO: Names = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_blanks_and_punctuation_do_not_matter() {
        for header in ["First Name", "first_name", "FirstName", " FIRST-NAME "] {
            assert_eq!(field_of(header, None), Some(Field::FirstName), "{header}");
        }
        assert_eq!(field_of("Teléfono Oficina (contacto)", None), Some(Field::Phone));
        assert_eq!(field_of("favourite colour", None), None);
    }

    #[test]
    fn no_crm_maps_a_column_twice() {
        for crm in Crm::ALL {
            let mut seen = std::collections::HashMap::new();
            for (field, names) in crm.names() {
                for name in names.split('|') {
                    let earlier = seen.insert(key(name), *field);
                    assert!(earlier.is_none_or(|earlier| earlier == *field), "{crm:?}: {name}");
                }
            }
        }
    }

    #[test]
    fn a_crm_is_recognised_by_its_columns() {
        assert_eq!(Crm::guess(["Person - Name", "Person - Email - Work", "Lead - Title"]), Some(Crm::Pipedrive));
        assert_eq!(Crm::guess(["ID", "Contacto principal", "Estatus del lead", "Responsable"]), Some(Crm::Kommo));
        assert_eq!(Crm::guess(["Record ID", "First Name", "Last Name", "Contact owner"]), Some(Crm::HubSpot));
        assert_eq!(Crm::guess(["Nombre", "Apellidos", "Estado de candidato"]), Some(Crm::Salesforce));
        assert_eq!(Crm::guess(["a", "b"]), None);
    }
}
