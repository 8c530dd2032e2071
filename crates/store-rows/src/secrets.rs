//! How secrets that were replaced are named: after the one that replaced them, and until when they are accepted.

use reparto_domain::Timestamp;

/// The name of a replaced secret; names sort by time.
pub fn predecessor(name: &str, until: Timestamp) -> String {
    format!("{}{:020}", prefix(name), until.micros().max(0))
}

/// What the names of all replaced secrets begin with.
pub fn prefix(name: &str) -> String {
    format!("{name}:until:")
}

/// Until when a replaced secret is accepted.
pub fn until(predecessor: &str) -> Option<Timestamp> {
    let (_, micros) = predecessor.rsplit_once(':')?;
    micros.parse().ok().map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_until_when() {
        let at = Timestamp::from_seconds(1_700_000_000);
        let name = predecessor("jwt", at);
        assert_eq!(until(&name), Some(at));
        assert!(name.starts_with(&prefix("jwt")) && name < predecessor("jwt", at.plus_seconds(1)));
    }
}
