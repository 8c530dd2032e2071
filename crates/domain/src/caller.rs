//! The caller: authority, origin and time of a request.

use crate::{
    Role, SessionId, Timestamp, UserId,
    contacts::{AgentsSee, ContactVisibility},
    effective_at,
};

/// The authority behind a request, as stated by its token. The store decides whether it is still valid, inside the
/// transaction that acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// A user with an access token.
    User {
        /// The token's subject.
        id: UserId,
        /// When the token was issued, to the second.
        issued_at: Timestamp,
        /// The token generation of the user that it belongs to; `None` if another backend signed it. A new password and
        /// a deactivation start a new generation. A token without a generation is checked by its `issued_at`.
        generation: Option<i64>,
        /// The session that it belongs to, which must not have ended; `None` if another backend signed it, or an earlier
        /// version did.
        session: Option<SessionId>,
    },
    /// The operator at the command line, or the service itself. Everything is allowed.
    System,
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address.
    pub ip: Option<String>,
    /// The client's `User-Agent`, cut to 512 characters.
    pub user_agent: Option<String>,
    /// The request id, as in the response and the logs.
    pub request_id: Option<String>,
}

/// Who sent a request, from where, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The authority.
    pub authority: Authority,
    /// Where the request came from.
    pub origin: Origin,
    /// When the request arrived. In an engine, once the rows that a write depends on are locked: when it takes effect,
    /// which is the time that everything written for it has (see [`Caller::taking_effect`]).
    pub at: Timestamp,
}

impl Caller {
    /// The operator, or the service itself.
    pub fn system(at: Timestamp) -> Self {
        Self { authority: Authority::System, origin: Origin::default(), at }
    }

    /// The caller at the moment at which what was asked for takes effect: `now`, but neither before the request arrived
    /// nor before anything that it follows; see [`effective_at`].
    #[must_use]
    pub fn taking_effect(&self, now: Timestamp, follows: impl IntoIterator<Item = Timestamp>) -> Self {
        Self { at: effective_at(now.max(self.at), follows), ..self.clone() }
    }

    /// The session of the token; `None` for the system and for tokens of another backend.
    pub const fn session(&self) -> Option<SessionId> {
        match self.authority {
            Authority::User { session, .. } => session,
            Authority::System => None,
        }
    }

    /// The user's id; `None` for the system.
    pub const fn user(&self) -> Option<UserId> {
        match self.authority {
            Authority::User { id, .. } => Some(id),
            Authority::System => None,
        }
    }
}

/// A user whose authority was verified a moment ago; what reading methods take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub id: UserId,
    /// The current role.
    pub role: Role,
}

impl Viewer {
    /// Which opportunities the viewer may see.
    pub const fn visibility(self) -> Visibility {
        if self.role.is_administrator() { Visibility::All } else { Visibility::OwnOrUnassigned(self.id) }
    }

    /// Which contacts the viewer may see.
    pub const fn contacts(self, agents_see: AgentsSee) -> ContactVisibility {
        ContactVisibility::of(self.visibility(), agents_see)
    }
}

/// Which opportunities a user may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// All of them: administrators.
    All,
    /// Those held by this user or by nobody: agents and lawyers.
    OwnOrUnassigned(UserId),
}

impl Visibility {
    /// Whether an opportunity with this holder may be seen.
    pub fn allows(self, holder: Option<UserId>) -> bool {
        match self {
            Self::All => true,
            Self::OwnOrUnassigned(own) => holder.is_none_or(|holder| holder == own),
        }
    }
}
