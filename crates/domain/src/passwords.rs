//! What a new password must be.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::Refusal;

/// The allowed length of a password, in characters.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// The commonest passwords of at least eight characters, in lower case, one a line: those of Django's list (Royce
/// Williams, from breached accounts; BSD licence, see `passwords.license`).
const COMMONEST: &str = include_str!("passwords.txt");

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| COMMONEST.lines().collect());

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// It is too short or too long; see [`PASSWORD_LENGTH`].
    Length,
    /// It is one of the commonest, or the account's own address.
    TooCommon,
}

/// Whether a password has an allowed length: counted in characters, not in bytes.
pub fn fits(password: &str) -> bool {
    PASSWORD_LENGTH.contains(&password.chars().count())
}

/// Checks a new password for the account with this address.
pub fn check(password: &str, email: &str) -> Result<(), PasswordFault> {
    if !fits(password) {
        return Err(PasswordFault::Length);
    }
    let folded = password.trim().to_lowercase();
    if COMMON.contains(folded.as_str()) || folded == email.trim().to_lowercase() {
        return Err(PasswordFault::TooCommon);
    }
    Ok(())
}

/// Refuses a new password that is the present one: somebody else may know that, which is why it has to be changed.
/// `field` is the one that holds it.
pub const fn require_another(is_present: bool, field: &'static str) -> Result<(), Refusal> {
    if is_present { Err(Refusal::PasswordUnchanged { field }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(password: &str) -> Result<(), PasswordFault> {
        check(password, "Ana.Garcia@example.org")
    }

    #[test]
    fn a_password_has_8_to_128_characters_not_bytes() {
        assert_eq!(checked("señal7!"), Err(PasswordFault::Length));
        assert_eq!(checked("señales7"), Ok(()));
        assert_eq!(checked(&"ñ".repeat(128)), Ok(()));
        assert_eq!(checked(&"ñ".repeat(129)), Err(PasswordFault::Length));
    }

    #[test]
    fn the_commonest_passwords_are_refused_in_any_case() {
        for common in ["password1", "PASSWORD1", "12345678", "Qwertyuiop", "contrasena"] {
            assert_eq!(checked(common), Err(PasswordFault::TooCommon), "{common}");
        }
        assert_eq!(checked("password1 and more"), Ok(()));
    }

    #[test]
    fn the_accounts_own_address_is_no_password() {
        assert_eq!(checked("ana.garcia@EXAMPLE.org"), Err(PasswordFault::TooCommon));
        assert_eq!(check("ana.garcia@example.org", "other@example.org"), Ok(()));
    }

    #[test]
    fn the_present_password_is_no_new_one() {
        assert_eq!(require_another(true, "password"), Err(Refusal::PasswordUnchanged { field: "password" }));
        assert_eq!(require_another(false, "password"), Ok(()));
    }

    #[test]
    fn the_list_holds_passwords_that_would_otherwise_fit() {
        assert!(COMMON.len() > 5_000);
        assert!(COMMON.iter().all(|password| fits(password) && password.to_lowercase() == **password));
    }
}
