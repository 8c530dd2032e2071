//! Countries, and what their numbering plans say.

use std::{fmt, str::FromStr, sync::OnceLock};

use phonenumber::{country::Id, metadata::DATABASE};

/// A country, by its two letters (ISO 3166-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Id);

static HOME: OnceLock<Country> = OnceLock::new();

/// A valid number.
#[derive(Debug)]
pub(super) struct Valid {
    pub country: Option<Country>,
    /// Its digits without the country's code.
    pub national: String,
    /// Its digits with the country's code.
    pub international: String,
}

/// No country has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no country has this code: two letters, as in ES")]
pub struct UnknownCountry;

impl Country {
    /// Spain.
    pub const SPAIN: Self = Self(Id::ES);

    /// The country of this installation: that of numbers without a code; Spain unless [`Country::make_home`] said
    /// otherwise. Stored keys depend on it, so it is one for the whole process.
    pub fn home() -> Self {
        HOME.get().copied().unwrap_or_default()
    }

    /// Makes it the country of this installation, before anything is read or written; whether it is now.
    pub fn make_home(self) -> bool {
        *HOME.get_or_init(|| self) == self
    }

    /// The code by which it is called from abroad: 34.
    pub fn code(self) -> Option<u16> {
        DATABASE.by_id(self.0.as_ref()).map(phonenumber::Metadata::country_code)
    }

    /// A number below 676, another one for each country.
    pub(crate) fn index(self) -> i32 {
        self.0
            .as_ref()
            .bytes()
            .take(2)
            .fold(0, |index, letter| index * 26 + i32::from(letter.saturating_sub(b'A') % 26))
    }

    /// A valid number, as the numbering plans have it; `None` if it is not valid.
    pub(super) fn valid(self, text: &str) -> Option<Valid> {
        let number = phonenumber::parse(Some(self.0), text).ok().filter(phonenumber::is_valid)?;
        let written = number.format().mode(phonenumber::Mode::E164).to_string();
        Some(Valid {
            country: number.country().id().map(Self),
            national: number.national().to_string(),
            international: written.chars().filter(char::is_ascii_digit).collect(),
        })
    }
}

impl Default for Country {
    fn default() -> Self {
        Self::SPAIN
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        text.trim().to_uppercase().parse().map(Self).map_err(|_| UnknownCountry)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}
