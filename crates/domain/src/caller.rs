//! Who asks.

use crate::{Role, Timestamp, UserId, effective_at};

/// On whose authority a request comes. It says what the token said; whether it still holds is decided by the store,
/// inside the transaction that acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// A user with an access token.
    User {
        /// The token's subject.
        id: UserId,
        /// When the token was issued, to the second.
        issued_at: Timestamp,
        /// The generation of the user's tokens that it belongs to; `None` where another backend signed it. A new
        /// password and a deactivation start a new generation. A token without one is held against its `issued_at`.
        generation: Option<i64>,
    },
    /// The operator at the command line, or the service itself: may do everything.
    System,
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address.
    pub ip: Option<String>,
    /// What the client calls itself; at most 512 characters are kept.
    pub user_agent: Option<String>,
    /// The id of the request, as in its answer and in the logs.
    pub request_id: Option<String>,
}

/// Who asks, from where, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// On whose authority.
    pub authority: Authority,
    /// From where.
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

    /// The user's id, unless it is the system that asks.
    pub const fn user(&self) -> Option<UserId> {
        match self.authority {
            Authority::User { id, .. } => Some(id),
            Authority::System => None,
        }
    }
}

/// A user whose authority was found good a moment ago: what reading methods go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub id: UserId,
    /// The present role.
    pub role: Role,
}

impl Viewer {
    /// What the viewer may see of the opportunities.
    pub const fn visibility(self) -> Visibility {
        if self.role.is_administrator() { Visibility::All } else { Visibility::OwnOrUnassigned(self.id) }
    }
}

/// Which opportunities somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// All of them: administrators.
    All,
    /// What this user holds, and what nobody holds: agents and lawyers.
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
