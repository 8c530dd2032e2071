//! Actors and assignees, as read by every engine.

use reparto_domain::{
    Authority, Refusal, Role, SessionId, Timestamp, UserId, Viewer,
    audit::SYSTEM_ACTOR,
    contacts::{AgentsSee, ContactVisibility},
    second_factor::RequireTotp,
    sessions::Standing,
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
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// Whether a second factor was shown in the token's session.
    pub second_factor: bool,
}

impl Actor {
    /// The operator, or the service itself.
    pub fn system() -> Self {
        Self {
            seq: None,
            id: None,
            role: Role::Superuser,
            email: SYSTEM_ACTOR.to_owned(),
            must_change_password: false,
            second_factor: true,
        }
    }

    /// The state that decides what the actor's token is good for. Refuses the system, which has no token.
    pub fn standing(&self) -> Result<Standing, Refusal> {
        let viewer = Viewer { id: self.id.ok_or(Refusal::TokenInvalid)?, role: self.role };
        let (must_change_password, second_factor) = (self.must_change_password, self.second_factor);
        Ok(Standing { viewer, must_change_password, second_factor })
    }

    /// Passes those whose token is good for everything, where that has to be checked: `standing` says who needs a second
    /// factor then.
    pub fn require_standing(&self, authority: &Authority, standing: Option<RequireTotp>) -> Result<(), Refusal> {
        let Some((require, _)) = standing.zip(self.id) else { return Ok(()) };
        self.standing()?.lacking(authority, require).map_or(Ok(()), Err)
    }

    /// The seq and id of a user acting on their own account. Refuses the system, which has none.
    pub fn oneself(&self) -> Result<(i64, UserId), Refusal> {
        self.seq.zip(self.id).ok_or(Refusal::TokenInvalid)
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

/// What a token is compared with: its user's state, and its session's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenState {
    /// The user's token generation.
    pub generation: i64,
    /// From when on tokens of another backend hold.
    pub valid_from: Option<Timestamp>,
    /// Whether the token's session is the user's and has not ended; `false` if there is no such session.
    pub session_alive: bool,
}

/// Passes a token that is still valid, refuses others. `issued_at`, `generation` and `session` are the token's. Another
/// backend's token has no generation, only its time of issue, to the second: one issued in the same second in which the
/// password changed may be older than the change, and is refused.
pub fn require_valid(
    issued_at: Timestamp,
    generation: Option<i64>,
    session: Option<SessionId>,
    state: TokenState,
) -> Result<(), Refusal> {
    let holds = match generation {
        Some(generation) => generation == state.generation && (session.is_none() || state.session_alive),
        None => state.valid_from.is_none_or(|from| issued_at >= from),
    };
    if holds { Ok(()) } else { Err(Refusal::TokenRevoked) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000);

    fn holds(generation: Option<i64>, session: Option<SessionId>, state: TokenState) -> bool {
        require_valid(AT, generation, session, state) == Ok(())
    }

    #[test]
    fn a_token_holds_for_its_generation_or_from_its_second() {
        let state = |generation, valid_from| TokenState { generation, valid_from, session_alive: false };
        assert!(holds(Some(3), None, state(3, Some(AT.plus_seconds(9)))));
        assert!(!holds(Some(2), None, state(3, None)));
        assert!(holds(None, None, state(3, None)));
        assert!(holds(None, None, state(3, Some(AT))));
        assert!(!holds(None, None, state(3, Some(Timestamp::from_micros(AT.micros() + 1)))));
    }

    #[test]
    fn a_token_holds_until_its_session_ends() {
        let state = |session_alive| TokenState { generation: 3, valid_from: None, session_alive };
        let session = Some(SessionId::new());
        assert!(holds(Some(3), session, state(true)));
        assert!(!holds(Some(3), session, state(false)));
        assert!(!holds(Some(2), session, state(true)));
    }
}
