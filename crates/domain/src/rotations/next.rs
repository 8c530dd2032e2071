//! Who would get a lead now, and why.

use super::{RotationMember, RotationReading, StickyOtherwise};
use crate::{
    Priority, RotationId, Score, UserId,
    dealing::{
        choice::{Because, Choice, Contender, LeadValue, choose},
        eligibility::Obstacle,
    },
};

/// A lead, as far as a choice depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// Its score.
    pub score: Score,
    /// Its priority.
    pub priority: Priority,
    /// To whom its contact belongs: the one who is responsible for it, else its last holder.
    pub belongs_to: Option<UserId>,
}

/// A member as a choice saw them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The user.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// Everything that stands against them.
    pub obstacles: Vec<Obstacle>,
    /// What they are owed, in millionths of a lead.
    pub owed: i64,
    /// What value they are owed, in millionths.
    pub value_gap: i64,
    /// What decided for them, if they were chosen.
    pub because: Option<Because>,
}

/// Who would get a lead now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Who; `None`: nobody.
    pub user: Option<UserId>,
    /// All members by their places.
    pub candidates: Vec<Candidate>,
}

/// The seed of a draw, which the number of the event that it leads to tells.
#[must_use]
pub fn draw_seed(rotation: RotationId, event: u64) -> u64 {
    let (high, low) = rotation.uuid().as_u64_pair();
    high ^ low ^ event.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Decides who would get a lead now; without one, a lead like the mean of those that were dealt before.
#[must_use]
pub fn next(reading: &RotationReading, lead: Option<Lead>) -> Next {
    let RotationReading { rotation, members, row, mean, events } = reading;
    let eligible: Vec<usize> = (0..members.len()).filter(|at| members[*at].is_eligible()).collect();
    let choice = sticky(reading, lead).unwrap_or_else(|| {
        let contenders: Vec<Contender> = members.iter().map(|member| contender(member, *row)).collect();
        let weights: Vec<u32> = members.iter().map(|member| member.weight.get().into()).collect();
        let value = lead.map(|lead| rotation.settings.value(lead.score, lead.priority));
        let value = LeadValue { value: value.or(*mean).unwrap_or(0), mean: *mean };
        let seed = draw_seed(rotation.id, events + 1);
        choose(&rotation.settings.choice(), &contenders, &weights, &eligible, value, seed)
    });
    let candidate = |(at, member): (usize, &RotationMember)| Candidate {
        user: member.user,
        name: member.name.clone(),
        obstacles: member.obstacles.clone(),
        owed: member.account.balance,
        value_gap: member.account.value_balance,
        because: choice.filter(|choice| choice.member == at).map(|choice| choice.because),
    };
    Next {
        user: choice.map(|choice| members[choice.member].user),
        candidates: members.iter().enumerate().map(candidate).collect(),
    }
}

fn contender(member: &RotationMember, row: Option<(UserId, u32)>) -> Contender {
    let in_a_row = row.filter(|(last, _)| *last == member.user).map_or(0, |(_, row)| row);
    member.account.contender(u32::try_from(member.open).unwrap_or(u32::MAX), in_a_row)
}

/// What the lead's contact decides: `None` where it is dealt by turns, `Some(None)` where it waits.
#[allow(clippy::option_option, reason = "nobody is an answer, too")]
fn sticky(reading: &RotationReading, lead: Option<Lead>) -> Option<Option<Choice>> {
    let settings = reading.rotation.settings.sticky;
    let owner = lead?.belongs_to.filter(|_| settings.enabled)?;
    // Nobody waits for somebody who is no member.
    let member = reading.members.iter().position(|member| member.user == owner)?;
    if reading.members[member].is_eligible() {
        return Some(Some(Choice { member, because: Because::Sticky }));
    }
    (settings.otherwise == StickyOtherwise::Wait).then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TeamId, Timestamp,
        dealing::{balances::ONE_LEAD, choice::Strategy, eligibility::Reason, ledger::Account},
        rotations::{Rotation, RotationSettings, Sticky},
        teams::Weight,
    };

    fn member(balance: i64) -> RotationMember {
        RotationMember {
            user: UserId::new(),
            name: String::new(),
            weight: Weight::default(),
            account: Account { balance, ..Account::default() },
            received_today: 0,
            quota_left: None,
            open: 0,
            obstacles: Vec::new(),
        }
    }

    fn absent(balance: i64) -> RotationMember {
        RotationMember { obstacles: vec![Obstacle { reason: Reason::Absent, until: None }], ..member(balance) }
    }

    fn reading(members: Vec<RotationMember>, settings: RotationSettings) -> RotationReading {
        let rotation = Rotation {
            id: RotationId::new(),
            team: TeamId::new(),
            name: String::new(),
            settings,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        RotationReading { rotation, members, row: None, mean: None, events: 0 }
    }

    fn lead(belongs_to: Option<UserId>) -> Lead {
        Lead { score: Score::new(50).unwrap(), priority: Priority::Low, belongs_to }
    }

    #[test]
    fn who_is_owed_most_of_those_who_may_have_it_is_next() {
        let reading =
            reading(vec![absent(9 * ONE_LEAD), member(-ONE_LEAD), member(ONE_LEAD)], RotationSettings::default());
        let next = next(&reading, Some(lead(None)));
        assert_eq!(next.user, Some(reading.members[2].user));
        let because: Vec<Option<Because>> = next.candidates.iter().map(|one| one.because).collect();
        assert_eq!(because, [None, None, Some(Because::OwedMost)]);
        assert_eq!((next.candidates[0].owed, next.candidates[0].obstacles.len()), (9 * ONE_LEAD, 1));
    }

    #[test]
    fn nobody_is_next_where_nobody_may_have_it() {
        for members in [vec![], vec![absent(0)]] {
            let next = next(&reading(members, RotationSettings::default()), None);
            assert_eq!((next.user, next.candidates.iter().any(|one| one.because.is_some())), (None, false));
        }
    }

    #[test]
    fn a_lead_goes_to_whom_its_contact_belongs_if_that_is_set() {
        let sticky = |otherwise| {
            let sticky = Sticky { enabled: true, otherwise, ..Sticky::default() };
            RotationSettings { sticky, ..RotationSettings::default() }
        };
        let members = vec![absent(0), member(-ONE_LEAD), member(ONE_LEAD)];
        let plain = reading(members.clone(), RotationSettings::default());
        assert_eq!(next(&plain, Some(lead(Some(members[1].user)))).user, Some(members[2].user));
        let deals = reading(members.clone(), sticky(StickyOtherwise::Deal));
        let found = next(&deals, Some(lead(Some(members[1].user))));
        assert_eq!((found.user, found.candidates[1].because), (Some(members[1].user), Some(Because::Sticky)));
        for owner in [None, Some(UserId::new()), Some(members[0].user)] {
            assert_eq!(next(&deals, Some(lead(owner))).user, Some(members[2].user));
        }
        let waits = reading(members.clone(), sticky(StickyOtherwise::Wait));
        assert_eq!(next(&waits, Some(lead(Some(members[0].user)))).user, None);
        assert_eq!(next(&waits, Some(lead(Some(UserId::new())))).user, Some(members[2].user));
    }

    #[test]
    fn a_draw_is_the_same_until_something_happens() {
        let settings = RotationSettings { strategy: Strategy::Random, ..RotationSettings::default() };
        let mut reading = reading((0..12).map(|_| member(0)).collect(), settings);
        let first = next(&reading, None);
        assert_eq!(next(&reading, None), first);
        let drawn: std::collections::BTreeSet<_> = (0..50)
            .map(|events| {
                reading.events = events;
                next(&reading, None).user
            })
            .collect();
        assert!(drawn.len() > 6, "{}", drawn.len());
    }
}
