//! Who may read and change a contact.

use std::str::FromStr;

use crate::{Refusal, UserId, caller::Visibility, roles::UnknownValue};

/// Which contacts agents and lawyers may read: a setting. Neither lets them change more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AgentsSee {
    /// Those that concern them; see [`ContactVisibility::access`].
    #[default]
    Own,
    /// All of them.
    All,
}

impl FromStr for AgentsSee {
    type Err = UnknownValue;

    /// Parses `own` or `all`.
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "own" => Ok(Self::Own),
            "all" => Ok(Self::All),
            _ => Err(UnknownValue),
        }
    }
}

/// The opportunity of a contact that is not deleted; there is at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveOpportunity {
    /// There is none.
    None,
    /// Nobody holds it.
    Unassigned,
    /// This user holds it.
    HeldBy(UserId),
}

impl LiveOpportunity {
    /// One with this holder.
    pub fn with_holder(holder: Option<UserId>) -> Self {
        holder.map_or(Self::Unassigned, Self::HeldBy)
    }
}

/// The users whom a contact concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactTies {
    /// Who is responsible for it.
    pub responsible: Option<UserId>,
    /// Who created it.
    pub created_by: Option<UserId>,
    /// Its opportunity.
    pub opportunity: LiveOpportunity,
}

/// What a user may do with a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContactAccess {
    /// Nothing: for this user it does not exist.
    None,
    /// Read it.
    Read,
    /// Read and change it.
    Change,
}

/// Which contacts a user may read and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactVisibility {
    /// All of them: administrators.
    All,
    /// Reads all of them, and changes those that concern this user: agents and lawyers under [`AgentsSee::All`].
    ReadsAll(UserId),
    /// Those that concern this user: agents and lawyers.
    Own(UserId),
}

impl ContactVisibility {
    /// That of somebody who may see these opportunities.
    pub const fn of(opportunities: Visibility, agents_see: AgentsSee) -> Self {
        match (opportunities, agents_see) {
            (Visibility::All, _) => Self::All,
            (Visibility::OwnOrUnassigned(user), AgentsSee::All) => Self::ReadsAll(user),
            (Visibility::OwnOrUnassigned(user), AgentsSee::Own) => Self::Own(user),
        }
    }

    /// What the user may do with a contact. Agents and lawyers read those that they are responsible for or created,
    /// those whose opportunity they may see (it is theirs, or nobody's), and those without one. They change the same,
    /// except those whose opportunity nobody holds: these are still to be given to somebody.
    pub fn access(self, ties: &ContactTies) -> ContactAccess {
        let (user, least) = match self {
            Self::All => return ContactAccess::Change,
            Self::ReadsAll(user) => (user, ContactAccess::Read),
            Self::Own(user) => (user, ContactAccess::None),
        };
        let is_own = ties.responsible == Some(user) || ties.created_by == Some(user);
        match ties.opportunity {
            LiveOpportunity::None => ContactAccess::Change,
            LiveOpportunity::Unassigned => ContactAccess::Read,
            LiveOpportunity::HeldBy(holder) if is_own || holder == user => ContactAccess::Change,
            LiveOpportunity::HeldBy(_) => least,
        }
    }

    /// The only user whose contacts are listed; `None`: all are.
    pub const fn listed_for(self) -> Option<UserId> {
        match self {
            Self::All | Self::ReadsAll(_) => None,
            Self::Own(user) => Some(user),
        }
    }

    /// Refuses what the user may not read: for them it does not exist.
    pub fn require_readable(self, ties: &ContactTies) -> Result<(), Refusal> {
        if self.access(ties) == ContactAccess::None { Err(Refusal::ContactNotFound) } else { Ok(()) }
    }

    /// Refuses what the user may not read, then what they may read but not change.
    pub fn require_changeable(self, ties: &ContactTies) -> Result<(), Refusal> {
        match self.access(ties) {
            ContactAccess::None => Err(Refusal::ContactNotFound),
            ContactAccess::Read => Err(Refusal::NotYourContact),
            ContactAccess::Change => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ContactAccess::{Change, None as Nothing, Read};

    use super::*;

    /// Access of the user, under either setting, to a contact with this opportunity that is or is not theirs.
    fn access(opportunity: impl Fn(UserId, UserId) -> LiveOpportunity) -> [(ContactAccess, ContactAccess); 3] {
        let (user, other) = (UserId::new(), UserId::new());
        let by = |responsible, created_by| {
            let ties = ContactTies { responsible, created_by, opportunity: opportunity(user, other) };
            assert_eq!(ContactVisibility::All.access(&ties), Change);
            (ContactVisibility::Own(user).access(&ties), ContactVisibility::ReadsAll(user).access(&ties))
        };
        [by(Some(user), Some(other)), by(Some(other), Some(user)), by(Some(other), None)]
    }

    #[test]
    fn agents_access_what_concerns_them() {
        // Responsible for it, created it, neither.
        assert_eq!(access(|_, _| LiveOpportunity::None), [(Change, Change); 3]);
        assert_eq!(access(|user, _| LiveOpportunity::HeldBy(user)), [(Change, Change); 3]);
        assert_eq!(access(|_, _| LiveOpportunity::Unassigned), [(Read, Read); 3]);
        let anothers = access(|_, other| LiveOpportunity::HeldBy(other));
        assert_eq!(anothers, [(Change, Change), (Change, Change), (Nothing, Read)]);
    }

    #[test]
    fn an_unreadable_contact_is_not_found() {
        let (user, other) = (UserId::new(), UserId::new());
        let ties = |opportunity| ContactTies { responsible: None, created_by: None, opportunity };
        let (anothers, nobodys) = (ties(LiveOpportunity::HeldBy(other)), ties(LiveOpportunity::Unassigned));
        let own = ContactVisibility::Own(user);
        assert_eq!(own.require_readable(&anothers), Err(Refusal::ContactNotFound));
        assert_eq!(own.require_changeable(&anothers), Err(Refusal::ContactNotFound));
        assert_eq!(
            (own.require_readable(&nobodys), own.require_changeable(&nobodys)),
            (Ok(()), Err(Refusal::NotYourContact))
        );
        let all = ContactVisibility::ReadsAll(user);
        assert_eq!(
            (all.require_readable(&anothers), all.require_changeable(&anothers)),
            (Ok(()), Err(Refusal::NotYourContact))
        );
    }

    #[test]
    fn only_the_default_setting_restricts_lists() {
        let user = UserId::new();
        let listed = |opportunities, agents_see| ContactVisibility::of(opportunities, agents_see).listed_for();
        let agent = Visibility::OwnOrUnassigned(user);
        assert_eq!(listed(agent, AgentsSee::default()), Some(user));
        assert_eq!(listed(agent, AgentsSee::All), None);
        assert_eq!(listed(Visibility::All, AgentsSee::Own), None);
        assert_eq!(("own".parse(), "all".parse()), (Ok(AgentsSee::Own), Ok(AgentsSee::All)));
        assert_eq!("none".parse::<AgentsSee>(), Err(UnknownValue));
    }
}
