//! A user's row: what lists of users sort by and search through.

use reparto_domain::{
    fold::{fold, search_text},
    users::display_name,
};

/// What lists of users sort by and search through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserKeys {
    /// The display name, folded.
    pub name: String,
    /// The search text, folded.
    pub search_text: String,
}

impl UserKeys {
    /// Derives the keys from address, full, first and last name, and telephone number.
    pub fn new(email: &str, [full, first, last]: [Option<&str>; 3], phone: Option<&str>) -> Self {
        let name = display_name(full, first, last, email);
        let mut fields = vec![name.as_str()];
        for part in [first, last, Some(email), phone].into_iter().flatten() {
            if !fields.contains(&part) {
                fields.push(part);
            }
        }
        Self { search_text: search_text(fields), name: fold(&name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_each_name_address_and_number() {
        let keys = UserKeys::new("ana@x.es", [Some("Ana Núñez"), Some("Ana"), None], Some("600"));
        assert_eq!(keys.name, "ana nunez");
        for part in ["nunez", "ana@x.es", "600"] {
            assert!(keys.search_text.contains(part), "{part}");
        }
    }
}
