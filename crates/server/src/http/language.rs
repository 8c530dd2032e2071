//! The language of an answer.

use std::str::FromStr;

use axum::http::{HeaderMap, header};
use reparto_domain::{erasures::ERASED_NAMES, roles::UnknownValue};

/// A language of the user-visible texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Spanish.
    #[default]
    Spanish,
    /// English.
    English,
}

impl Language {
    /// The language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Spanish => "es",
            Self::English => "en",
        }
    }

    /// Picks the text in this language.
    pub const fn pick(self, spanish: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Spanish => spanish,
            Self::English => english,
        }
    }

    /// What somebody is called. Only those who were erased have no name of their own.
    pub fn name(self, name: String) -> String {
        if name.is_empty() { self.pick(ERASED_NAMES[0], ERASED_NAMES[1]).to_owned() } else { name }
    }

    /// What the client prefers: the highest `q`, the first where equal; Spanish where it prefers neither.
    pub fn negotiate(headers: &HeaderMap) -> Self {
        Self::preferred(headers, true).unwrap_or_default()
    }

    /// Whether the client names a language that there is. `*`, which programs send without being asked, names none.
    pub fn is_named(headers: &HeaderMap) -> bool {
        Self::preferred(headers, false).is_some()
    }

    fn preferred(headers: &HeaderMap, any: bool) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for value in headers.get_all(header::ACCEPT_LANGUAGE) {
            let Ok(value) = value.to_str() else { continue };
            for part in value.split(',') {
                let mut pieces = part.split(';');
                let tag = pieces.next().unwrap_or_default().trim();
                let quality = pieces
                    .find_map(|piece| piece.trim().strip_prefix("q=").map(|q| q.trim().parse::<f32>().unwrap_or(0.0)))
                    .unwrap_or(1.0);
                let primary = tag.split('-').next().unwrap_or_default();
                let language = if primary.eq_ignore_ascii_case("en") {
                    Self::English
                } else if primary.eq_ignore_ascii_case("es") || (any && tag == "*") {
                    Self::Spanish
                } else {
                    continue;
                };
                if quality > 0.0 && best.is_none_or(|(highest, _)| quality > highest) {
                    best = Some((quality, language));
                }
            }
        }
        best.map(|(_, language)| language)
    }
}

impl FromStr for Language {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "es" => Ok(Self::Spanish),
            "en" => Ok(Self::English),
            _ => Err(UnknownValue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(accept: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        Language::negotiate(&headers)
    }

    #[test]
    fn who_was_erased_is_named_in_the_language() {
        assert_eq!(Language::Spanish.name(String::new()), "Persona borrada");
        assert_eq!(Language::English.name(String::new()), "Erased person");
        assert_eq!(Language::English.name("Ana".into()), "Ana");
    }

    #[test]
    fn spanish_unless_english_is_preferred() {
        assert_eq!(Language::negotiate(&HeaderMap::new()), Language::Spanish);
        for (accept, language) in [
            ("en", Language::English),
            ("en-GB,en;q=0.9", Language::English),
            ("es;q=0.5, en;q=0.8", Language::English),
            ("es,en", Language::Spanish),
            ("en,es", Language::English),
            ("fr, en;q=0.3", Language::English),
            ("fr", Language::Spanish),
            ("*", Language::Spanish),
            ("en;q=0", Language::Spanish),
            (";;q=,,", Language::Spanish),
        ] {
            assert_eq!(negotiated(accept), language, "{accept}");
        }
    }
}
