//! The second factor: a code of an authenticator application (TOTP, RFC 6238), or a recovery code.

use crate::{Role, Roles, Timestamp, sessions::TokenHash};

/// Seconds for which a code is shown.
pub const STEP_SECONDS: i64 = 30;

/// How many steps a clock may be off, in either direction.
pub const STEPS_OFF: i64 = 1;

/// How many recovery codes a user gets.
pub const RECOVERY_CODES: usize = 10;

/// A secret, encrypted by the service; the store cannot read it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(pub String);

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedSecret(…)")
    }
}

/// What was shown of a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The code of this time step, which was right.
    Step(i64),
    /// A recovery code, by its hash; the store looks whether there is one.
    Recovery(TokenHash),
}

/// Who needs a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequireTotp {
    /// Everybody.
    All,
    /// `admin` and `superuser`.
    Administrators,
    /// Nobody.
    None,
}

impl RequireTotp {
    /// The roles that need one.
    pub fn roles(self) -> Roles {
        Roles::new(Role::ALL.into_iter().filter(|role| self.includes(*role)))
    }

    /// Whether users of this role need one.
    pub const fn includes(self, role: Role) -> bool {
        match self {
            Self::All => true,
            Self::Administrators => role.is_administrator(),
            Self::None => false,
        }
    }
}

impl std::str::FromStr for RequireTotp {
    type Err = &'static str;

    /// Parses `all`, `administrators` or `none`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            "administrators" => Ok(Self::Administrators),
            "none" => Ok(Self::None),
            _ => Err("administrators, all or none"),
        }
    }
}

/// A user's second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Its secret.
    pub secret: SealedSecret,
    /// When the first code was shown; `None`: it does not count yet.
    pub confirmed_at: Option<Timestamp>,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}

/// The time step of a moment.
pub const fn step(at: Timestamp) -> i64 {
    at.seconds().div_euclid(STEP_SECONDS)
}

/// The steps whose codes are accepted at a moment, the likeliest first.
pub fn accepted(at: Timestamp) -> impl Iterator<Item = i64> {
    let now = step(at);
    std::iter::once(now).chain((1..=STEPS_OFF).flat_map(move |off| [now - off, now + off]))
}

/// Whether the code of a step may be used, after that of another step was: a code is good once, and so is every
/// earlier one.
pub const fn is_unused(step: i64, last_used: i64) -> bool {
    step > last_used
}

/// The command to confirm a second factor with its first code.
#[derive(Debug, Clone)]
pub struct ConfirmSecondFactor {
    /// The secret that the code was checked against.
    pub secret: SealedSecret,
    /// The step of the code.
    pub step: i64,
    /// Hashes of the recovery codes, which replace earlier ones.
    pub recovery_codes: Vec<TokenHash>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_around_a_moment_are_accepted() {
        let at = Timestamp::from_seconds(59);
        assert_eq!(accepted(at).collect::<Vec<_>>(), [1, 0, 2]);
    }

    #[test]
    fn a_code_is_good_once() {
        assert!(is_unused(2, 1));
        assert!(!is_unused(2, 2) && !is_unused(1, 2));
    }
}
