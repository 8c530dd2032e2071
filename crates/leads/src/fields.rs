//! The fields that a column can be mapped to.

use std::{fmt, str::FromStr};

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A field of the contact or of the opportunity that a column can be mapped to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used with `--map`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

fields! {
    /// The full name; split if there are no columns for its parts.
    Name = "name",
    /// First name.
    FirstName = "first_name",
    /// Last name.
    LastName = "last_name",
    /// Email.
    Email = "email",
    /// Phone.
    Phone = "phone",
    /// Mobile phone.
    Mobile = "mobile",
    /// Street and number.
    Address = "address",
    /// City.
    City = "city",
    /// State or province.
    State = "state",
    /// Postal code.
    PostalCode = "postal_code",
    /// Country.
    Country = "country",
    /// Company.
    CompanyName = "company_name",
    /// The company's id in the other system.
    CompanyId = "company_id",
    /// Position in the company.
    Position = "position",
    /// Nationality.
    Nacionalidad = "nacionalidad",
    /// Grade of the call.
    GradingLlamada = "grading_llamada",
    /// Grade of the situation.
    GradingSituacion = "grading_situacion",
    /// How long they have been in Spain.
    TiempoEspana = "tiempo_espana",
    /// Registered with a town hall.
    Empadronado = "empadronado",
    /// Where they live.
    LugarResidencia = "lugar_residencia",
    /// Has an income.
    TieneIngresos = "tiene_ingresos",
    /// Works without a contract.
    TrabajaB = "trabaja_b",
    /// Age in years.
    Edad = "edad",
    /// Has family in Spain.
    TieneFamiliaresEspana = "tiene_familiares_espana",
    /// The product of the landing page.
    LandingProduct = "landing_product",
    /// URL of a picture.
    AvatarUrl = "avatar_url",
    /// Notes of the contact.
    ContactNotes = "contact_notes",
    /// Custom fields, as a JSON object.
    CustomFields = "custom_fields",
    /// When the opportunity was detected.
    DetectedAt = "detected_at",
    /// Its score, 0 to 100.
    Score = "opportunity_score",
    /// Its priority.
    Priority = "priority",
    /// Its status.
    Status = "status",
    /// Its holder: a user's email address or name.
    AssignedTo = "assigned_to",
    /// Notes of the opportunity.
    Notes = "notes",
    /// Why it was detected: text or a JSON object.
    Reason = "detection_reason",
    /// Where the person came from; also `source` in the reason.
    Source = "source",
    /// When they came from there.
    SourceAt = "source_at",
    /// What they agreed to, as a JSON object.
    Consent = "consent",
    /// That they do not want to be contacted: yes, since when, or a JSON object.
    DoNotContact = "do_not_contact",
    /// Its title: `title` in the reason.
    Title = "title",
    /// First-call attempts, as a JSON object.
    Attempts = "first_call_attempts",
    /// Stored in the contact's custom fields under the column's header.
    Custom = "custom",
    /// The contact's id in the service that wrote the file.
    ContactId = "contact_id",
    /// Ignored.
    Ignore = "ignore",
}

impl Field {
    /// Whether it identifies a lead.
    pub const fn identifies(self) -> bool {
        matches!(self, Self::Name | Self::FirstName | Self::LastName | Self::Email | Self::Phone | Self::Mobile)
    }

    /// Whether it is a name, or part of one.
    pub const fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::FirstName | Self::LastName)
    }

    /// Whether a file may have numbered columns for it: `Email`, `Email 2`.
    pub const fn repeats(self) -> bool {
        matches!(self, Self::Email | Self::Phone | Self::Mobile | Self::LastName | Self::Notes)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a field; the fields are: {list}", list = names())]
pub struct UnknownField(pub String);

fn names() -> String {
    Field::ALL.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, UnknownField> {
        let name = text.trim().to_lowercase();
        match name.as_str() {
            "company" => return Ok(Self::CompanyName),
            "score" => return Ok(Self::Score),
            "reason" => return Ok(Self::Reason),
            "-" => return Ok(Self::Ignore),
            _ => {}
        }
        Self::ALL.iter().copied().find(|field| field.as_str() == name).ok_or_else(|| UnknownField(text.to_owned()))
    }
}
