//! Actors and assignees, as read by every engine.

use reparto_domain::{
    Refusal, Role, Timestamp, UserId, Viewer,
    audit::SYSTEM_ACTOR,
    contacts::{AgentsSee, ContactVisibility},
};

/// The acting user, whose authority stays valid until the transaction ends, or the system.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user's seq; `None`: the system.
    pub seq: Option<i64>,
    /// The user's id; `None`: the system.
    pub id: Option<UserId>,
    /// The current role; the system has the highest.
    pub role: Role,
    /// The email address, for the audit log.
    pub email: String,
}

impl Actor {
    /// The operator, or the service itself.
    pub fn system() -> Self {
        Self { seq: None, id: None, role: Role::Superuser, email: SYSTEM_ACTOR.to_owned() }
    }

    /// The actor as one who reads; `None`: the system, which sees everything.
    pub fn viewer(&self) -> Option<Viewer> {
        self.id.map(|id| Viewer { id, role: self.role })
    }

    /// Which contacts the actor may see.
    pub fn contacts(&self, agents_see: AgentsSee) -> ContactVisibility {
        self.viewer().map_or(ContactVisibility::All, |viewer| viewer.contacts(agents_see))
    }

    /// Passes staff, refuses others.
    pub fn require_staff(&self) -> Result<(), Refusal> {
        if self.role.is_staff() { Ok(()) } else { Err(Refusal::StaffOnly) }
    }

    /// Passes those who may create, appoint or change a user of this role.
    pub fn require_may_manage(&self, role: Role) -> Result<(), Refusal> {
        if self.role.may_manage(role) { Ok(()) } else { Err(Refusal::SuperuserOnly) }
    }

    /// Passes the holder of an opportunity and administrators.
    pub fn require_holder_or_administrator(&self, holder: Option<i64>) -> Result<(), Refusal> {
        let is_holder = self.seq.is_some() && self.seq == holder;
        if is_holder || self.role.is_administrator() { Ok(()) } else { Err(Refusal::NotYourOpportunity) }
    }

    /// Passes administrators, refuses others with this refusal.
    pub fn require_administrator(&self, refusal: Refusal) -> Result<(), Refusal> {
        if self.role.is_administrator() { Ok(()) } else { Err(refusal) }
    }
}

/// An assignable user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The user's seq.
    pub seq: i64,
    /// The user's id.
    pub id: UserId,
    /// The display name.
    pub name: String,
    /// When the user was last changed, for example reactivated. Assignments to them must not be earlier.
    pub updated_at: Timestamp,
}

/// Passes a token that is still valid, refuses others. `issued_at` and `generation` are the token's, `present` and
/// `valid_from` the user's. Another backend's token has no generation, only its time of issue, to the second: one
/// issued in the same second in which the password changed may be older than the change, and is refused.
pub fn require_valid(
    issued_at: Timestamp,
    generation: Option<i64>,
    present: i64,
    valid_from: Option<Timestamp>,
) -> Result<(), Refusal> {
    let holds = match generation {
        Some(generation) => generation == present,
        None => valid_from.is_none_or(|from| issued_at >= from),
    };
    if holds { Ok(()) } else { Err(Refusal::TokenRevoked) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_generation_or_from_its_second() {
        let at = Timestamp::from_seconds(1_000);
        assert_eq!(require_valid(at, Some(3), 3, Some(at.plus_seconds(9))), Ok(()));
        assert_eq!(require_valid(at, Some(2), 3, None), Err(Refusal::TokenRevoked));
        assert_eq!(require_valid(at, None, 3, None), Ok(()));
        assert_eq!(require_valid(at, None, 3, Some(at)), Ok(()));
        assert_eq!(
            require_valid(at, None, 3, Some(Timestamp::from_micros(at.micros() + 1))),
            Err(Refusal::TokenRevoked)
        );
    }
}
