//! Countries, and what their numbering plans say.

use std::{fmt, str::FromStr};

use phonenumber::country::Id;

/// A country, by its two letters (ISO 3166-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Id);

/// No country has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no country has this code: two letters, as in ES")]
pub struct UnknownCountry;

impl Country {
    /// Spain.
    pub const SPAIN: Self = Self(Id::ES);

    /// The digits of a valid number with its country's code, as the numbering plans have it; `None` if it is not valid.
    /// Spanish numbers come without the code.
    pub(super) fn international(self, text: &str) -> Option<String> {
        let number = phonenumber::parse(Some(self.0), text).ok().filter(phonenumber::is_valid)?;
        let national = number.national().to_string();
        if number.country().id() == Some(Id::ES) {
            return Some(national);
        }
        let written = number.format().mode(phonenumber::Mode::E164).to_string();
        Some(written.chars().filter(char::is_ascii_digit).collect())
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
