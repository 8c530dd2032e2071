//! A user's row: what lists of users sort by and search through.

use reparto_domain::{fold::fold, phone::Country, search::search_text, users::display_name};

/// What lists of users sort by and search through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserKeys {
    /// The display name, folded.
    pub name: String,
    /// The text by which search finds the user.
    pub search_text: String,
}

impl UserKeys {
    /// Derives the keys from address, full, first and last name, and telephone number.
    pub fn new(email: &str, [full, first, last]: [Option<&str>; 3], phone: Option<&str>) -> Self {
        let name = display_name(full, first, last, email);
        let texts = [Some(name.as_str()), first, last, Some(email)].into_iter().flatten();
        Self { search_text: search_text(texts, phone, Country::home()), name: fold(&name) }
    }
}

#[cfg(test)]
mod tests {
    use reparto_domain::search::Search;

    use super::*;

    #[test]
    fn a_user_is_found_by_each_name_address_and_number() {
        let keys = UserKeys::new("ana@x.es", [Some("Ana Núñez"), Some("Ana"), None], Some("600 111 222"));
        assert_eq!(keys.name, "ana nunez");
        for text in ["núñez", "ana@x.es", "+34 600111222", "nunez ana 600"] {
            assert!(Search::new(text).unwrap().matches(&keys.search_text), "{text}");
        }
    }
}
