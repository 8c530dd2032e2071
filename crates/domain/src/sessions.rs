//! Sessions: sign-in, and single-use refresh tokens.

use secrecy::SecretString;

use crate::{
    Authority, Origin, Refusal, Role, SessionId, Timestamp, UserId, Viewer,
    second_factor::{Proof, RequireTotp, SealedSecret},
    users::PasswordHash,
};

/// The SHA-256 of a refresh token; the token itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// The credentials that a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user.
    pub user: UserId,
    /// Email address, as written.
    pub email: String,
    /// Hash of the password.
    pub password: PasswordHash,
    /// The secret of the confirmed second factor, encrypted; `None`: the password is enough.
    pub second_factor: Option<SealedSecret>,
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
    /// What was shown of the second factor; needed where the user has one.
    pub second_factor: Option<Proof>,
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
    /// The token that replaces it: always the same one for the token presented.
    pub replacement: TokenHash,
    /// When the replacement expires, unless its session ends before.
    pub expires_at: Timestamp,
    /// Seconds after its first use during which a reused token still gets its replacement.
    pub grace_seconds: i64,
    /// Seconds after which a session ends, however often it was refreshed.
    pub session_seconds: i64,
    /// Where the request came from.
    pub origin: Origin,
    /// When it happened.
    pub at: Timestamp,
}

/// A stored refresh token, with the relevant state of its session and user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredToken {
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was first used; `None` if never.
    pub used_at: Option<Timestamp>,
    /// When its session began.
    pub session_began: Timestamp,
    /// Whether its session has ended.
    pub has_ended: bool,
    /// Whether its user is active and not deleted.
    pub may_sign_in: bool,
}

/// The decision about a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// It is refused, and nothing changes.
    Refuse,
    /// It is refused, and its session ends: it was reused too late to be a repeated request.
    EndSession,
    /// Its replacement is issued; `first_use`: the token itself is marked as used.
    Issue {
        /// Whether it is used for the first time.
        first_use: bool,
    },
}

impl RefreshSession {
    /// Decides about the presented token.
    #[must_use]
    pub fn decide(&self, token: &StoredToken) -> Exchange {
        let session_ends = token.session_began.plus_seconds(self.session_seconds);
        if token.has_ended || !token.may_sign_in || token.expires_at <= self.at || session_ends <= self.at {
            return Exchange::Refuse;
        }
        match token.used_at {
            None => Exchange::Issue { first_use: true },
            // Two tabs raced, or the response was lost.
            Some(used) if self.at <= used.plus_seconds(self.grace_seconds) => Exchange::Issue { first_use: false },
            Some(_) => Exchange::EndSession,
        }
    }

    /// When the replacement expires, in a session that began then.
    #[must_use]
    pub fn replacement_expires(&self, session_began: Timestamp) -> Timestamp {
        self.expires_at.min(session_began.plus_seconds(self.session_seconds))
    }
}

/// The user for whom an access token may be signed, and the session that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// The current role.
    pub role: Role,
    /// The user's current token generation.
    pub generation: i64,
    /// The session.
    pub session: SessionId,
    /// When the session began.
    pub session_began: Timestamp,
    /// When the refresh token that goes with it expires.
    pub refresh_expires_at: Timestamp,
    /// Whether the user has to change the password before anything else.
    pub must_change_password: bool,
    /// Whether a second factor was shown in this session.
    pub second_factor: bool,
}

/// A token's user at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The user, with the current role.
    pub viewer: Viewer,
    /// Whether somebody else set the password, so that it has to be changed before anything else.
    pub must_change_password: bool,
    /// Whether a second factor was shown in the token's session.
    pub second_factor: bool,
}

impl Standing {
    /// What the user has to do before the token is good for everything; `None`: nothing. Another backend has signed its
    /// users in by its own rules.
    pub fn lacking(&self, authority: &Authority, require: RequireTotp) -> Option<Refusal> {
        let Authority::User { generation: Some(_), .. } = authority else { return None };
        if self.must_change_password {
            return Some(Refusal::PasswordMustChange);
        }
        (require.includes(self.viewer.role) && !self.second_factor).then_some(Refusal::TotpSetUpRequired)
    }
}

/// A session that has not ended, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedSession {
    /// Its id.
    pub id: SessionId,
    /// When its user signed in.
    pub created_at: Timestamp,
    /// The last sign-in or refresh.
    pub last_used_at: Timestamp,
    /// The address of the last use.
    pub ip_address: Option<String>,
    /// What the client called itself at the last use.
    pub user_agent: Option<String>,
}

/// A secret that is generated once, stored in the database and shared by all replicas.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// Its purpose, such as `jwt`.
    pub name: String,
    /// The secret, in base64.
    pub value: SecretString,
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000);
    const FRESH: StoredToken = StoredToken {
        expires_at: AT.plus_seconds(1),
        used_at: None,
        session_began: AT.plus_seconds(-500),
        has_ended: false,
        may_sign_in: true,
    };

    fn decide(token: StoredToken) -> Exchange {
        let command = RefreshSession {
            token: TokenHash([1; 32]),
            replacement: TokenHash([2; 32]),
            expires_at: AT.plus_seconds(100),
            grace_seconds: 10,
            session_seconds: 600,
            origin: Origin::default(),
            at: AT,
        };
        command.decide(&token)
    }

    #[test]
    fn a_token_lasts_until_its_session_user_or_time_ends() {
        assert_eq!(decide(FRESH), Exchange::Issue { first_use: true });
        assert_eq!(decide(StoredToken { has_ended: true, ..FRESH }), Exchange::Refuse);
        assert_eq!(decide(StoredToken { may_sign_in: false, ..FRESH }), Exchange::Refuse);
        assert_eq!(decide(StoredToken { expires_at: AT, ..FRESH }), Exchange::Refuse);
    }

    #[test]
    fn a_session_ends_however_often_it_is_refreshed() {
        let began = |seconds: i64| StoredToken { session_began: AT.plus_seconds(-seconds), ..FRESH };
        assert_eq!(decide(began(599)), Exchange::Issue { first_use: true });
        assert_eq!(decide(began(600)), Exchange::Refuse);
    }

    #[test]
    fn a_used_token_ends_its_session_after_the_grace() {
        let used = |seconds: i64| decide(StoredToken { used_at: Some(AT.plus_seconds(-seconds)), ..FRESH });
        assert_eq!(used(10), Exchange::Issue { first_use: false });
        assert_eq!(used(11), Exchange::EndSession);
    }
}
