//! Sessions: sign-in, and refresh tokens that are used once.

use secrecy::SecretString;

use crate::{Origin, Role, SessionId, Timestamp, UserId, users::PasswordHash};

/// The SHA-256 of a refresh token: all that is kept of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose.
    pub user: UserId,
    /// Hash of the password.
    pub password: PasswordHash,
}

/// A session to open for a user whose password was found right a moment ago.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The session's id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The hash that the password was found right against: the session is refused when it is another by now.
    pub password: PasswordHash,
    /// Hash of the first refresh token.
    pub token: TokenHash,
    /// When that token ends.
    pub expires_at: Timestamp,
    /// From where.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
}

/// Exchange a refresh token for a new one.
#[derive(Debug, Clone)]
pub struct RefreshSession {
    /// The token that came.
    pub token: TokenHash,
    /// The token that takes its place.
    pub replacement: TokenHash,
    /// When the replacement ends.
    pub expires_at: Timestamp,
    /// Seconds after its first use within which a token that comes back gets another valid pair.
    pub grace_seconds: i64,
    /// From where.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
}

/// A refresh token as it is stored, with what its session and its user say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredToken {
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was first used; `None`: not yet.
    pub used_at: Option<Timestamp>,
    /// Whether its session (the family of tokens) was ended.
    pub is_ended: bool,
    /// Whether its user is active and not deleted.
    pub may_sign_in: bool,
}

/// What comes of a refresh token that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// It is refused, and nothing changes.
    Refuse,
    /// It is refused, and ends its session: it came back too late to be a mere repetition.
    EndSession,
    /// Its replacement is issued; `first_use`: the token itself is marked as used.
    Issue {
        /// Whether it is used for the first time.
        first_use: bool,
    },
}

impl RefreshSession {
    /// What comes of the token that was presented.
    #[must_use]
    pub fn decide(&self, token: &StoredToken) -> Exchange {
        if token.is_ended || !token.may_sign_in || token.expires_at <= self.at {
            return Exchange::Refuse;
        }
        match token.used_at {
            None => Exchange::Issue { first_use: true },
            // Two tabs raced, or the answer got lost on its way.
            Some(used) if self.at <= used.plus_seconds(self.grace_seconds) => Exchange::Issue { first_use: false },
            Some(_) => Exchange::EndSession,
        }
    }
}

/// Whom an access token may be signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// The present role.
    pub role: Role,
    /// The present generation of the user's tokens.
    pub generation: i64,
}

/// A secret that is made once, kept in the database and shared by every replica.
#[derive(Debug, Clone)]
pub struct KeptSecret {
    /// What it is for, such as `jwt`.
    pub name: String,
    /// The secret, in base64.
    pub value: SecretString,
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000);
    const FRESH: StoredToken =
        StoredToken { expires_at: AT.plus_seconds(1), used_at: None, is_ended: false, may_sign_in: true };

    fn decide(token: StoredToken) -> Exchange {
        let command = RefreshSession {
            token: TokenHash([1; 32]),
            replacement: TokenHash([2; 32]),
            expires_at: AT.plus_seconds(100),
            grace_seconds: 10,
            origin: Origin::default(),
            at: AT,
        };
        command.decide(&token)
    }

    #[test]
    fn a_token_is_exchanged_until_its_session_user_or_time_ends() {
        assert_eq!(decide(FRESH), Exchange::Issue { first_use: true });
        assert_eq!(decide(StoredToken { is_ended: true, ..FRESH }), Exchange::Refuse);
        assert_eq!(decide(StoredToken { may_sign_in: false, ..FRESH }), Exchange::Refuse);
        assert_eq!(decide(StoredToken { expires_at: AT, ..FRESH }), Exchange::Refuse);
    }

    #[test]
    fn a_used_token_ends_its_session_after_the_grace() {
        let used = |seconds: i64| decide(StoredToken { used_at: Some(AT.plus_seconds(-seconds)), ..FRESH });
        assert_eq!(used(10), Exchange::Issue { first_use: false });
        assert_eq!(used(11), Exchange::EndSession);
    }
}
