//! Sessions: sign-in, and single-use refresh tokens.

use secrecy::SecretString;

use crate::{Origin, Role, SessionId, Timestamp, UserId, users::PasswordHash};

/// The SHA-256 of a refresh token; the token itself is never stored.
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
    /// The user.
    pub user: UserId,
    /// Hash of the password.
    pub password: PasswordHash,
}

/// The command to open a session for a user whose password was just verified.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The session's id.
    pub id: SessionId,
    /// The user.
    pub user: UserId,
    /// The hash that the password was verified against; the session is refused if it has changed since.
    pub password: PasswordHash,
    /// Hash of the first refresh token.
    pub token: TokenHash,
    /// When that token expires.
    pub expires_at: Timestamp,
    /// Where the request came from.
    pub origin: Origin,
    /// When it happened.
    pub at: Timestamp,
}

/// The command to exchange a refresh token for a new one.
#[derive(Debug, Clone)]
pub struct RefreshSession {
    /// The token presented.
    pub token: TokenHash,
    /// The token that replaces it.
    pub replacement: TokenHash,
    /// When the replacement expires.
    pub expires_at: Timestamp,
    /// Seconds after its first use during which a reused token still gets a valid pair.
    pub grace_seconds: i64,
    /// Where the request came from.
    pub origin: Origin,
    /// When it happened.
    pub at: Timestamp,
}

/// The user for whom an access token may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// The current role.
    pub role: Role,
    /// The user's current token generation.
    pub generation: i64,
}

/// A secret that is generated once, stored in the database and shared by all replicas.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// Its purpose, such as `jwt`.
    pub name: String,
    /// The secret, in base64.
    pub value: SecretString,
}
