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
pub struct StoredSecret {
    /// What it is for, such as `jwt`.
    pub name: String,
    /// The secret, in base64.
    pub value: SecretString,
}
