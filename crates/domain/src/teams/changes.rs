//! What changes of teams and members make of them.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set")]

use super::{ClosedDays, MemberSettings, PLACE_MAX, Skills, Team, Weight};
use crate::{
    Timestamp,
    dealing::hours::{Hours, Zone},
};

/// Changes to a team; `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamChanges {
    /// New name.
    pub name: Option<String>,
    /// New time zone.
    pub time_zone: Option<Zone>,
    /// New hours; `Some(None)`: always.
    pub hours: Option<Option<Hours>>,
    /// New closed days.
    pub closed_days: Option<ClosedDays>,
    /// Whether members may pause themselves and enter their own absences.
    pub self_service: Option<bool>,
}

impl TeamChanges {
    /// The team with these changes. Revision and time are set where it is written.
    #[must_use]
    pub fn apply(&self, team: &Team) -> Team {
        let mut after = team.clone();
        set(&mut after.name, self.name.as_ref());
        set(&mut after.time_zone, self.time_zone.as_ref());
        set(&mut after.hours, self.hours.as_ref());
        set(&mut after.closed_days, self.closed_days.as_ref());
        set(&mut after.self_service, self.self_service.as_ref());
        after
    }
}

/// Changes to a member; `None` leaves a field unchanged, `Some(None)` takes the default: that of the team or the user
/// where it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChanges {
    /// New place; `Some(None)`: after all others.
    pub place: Option<Option<i64>>,
    /// New weight.
    pub weight: Option<Option<Weight>>,
    /// New skills.
    pub skills: Option<Option<Skills>>,
    /// New time zone.
    pub time_zone: Option<Option<Zone>>,
    /// New hours.
    pub hours: Option<Option<Hours>>,
    /// New daily quota.
    pub daily_quota: Option<Option<i64>>,
    /// New cap on open opportunities.
    pub open_cap: Option<Option<i64>>,
    /// New end of a pause; `Some(None)` ends it.
    pub paused_until: Option<Option<Timestamp>>,
}

impl MemberChanges {
    /// The settings of a member with these changes; without `before`, those of a new one. `last` is the highest place of
    /// the other members.
    #[must_use]
    pub fn apply(&self, before: Option<&MemberSettings>, last: Option<i64>) -> MemberSettings {
        let next = last.map_or(1, |last| last.saturating_add(1).min(PLACE_MAX));
        let mut after = before.cloned().unwrap_or_else(|| MemberSettings { place: next, ..MemberSettings::default() });
        set(&mut after.place, self.place.map(|place| place.unwrap_or(next)).as_ref());
        set(&mut after.weight, self.weight.map(Option::unwrap_or_default).as_ref());
        set(&mut after.skills, self.skills.clone().map(Option::unwrap_or_default).as_ref());
        set(&mut after.time_zone, self.time_zone.as_ref());
        set(&mut after.hours, self.hours.as_ref());
        set(&mut after.daily_quota, self.daily_quota.as_ref());
        set(&mut after.open_cap, self.open_cap.as_ref());
        set(&mut after.paused_until, self.paused_until.as_ref());
        after
    }
}

fn set<T: Clone>(field: &mut T, change: Option<&T>) {
    if let Some(value) = change {
        field.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teams::Skill;

    #[test]
    fn a_new_member_has_defaults_and_the_place_after_the_last() {
        let nothing = MemberChanges::default();
        let first = nothing.apply(None, None);
        assert_eq!((first.place, first.weight.get(), first.daily_quota), (1, 100, None));
        assert_eq!(nothing.apply(None, Some(7)).place, 8);
        assert_eq!(nothing.apply(None, Some(PLACE_MAX)).place, PLACE_MAX);
        assert_eq!(MemberChanges { place: Some(Some(0)), ..nothing }.apply(None, Some(7)).place, 0);
    }

    #[test]
    fn absent_fields_stay_and_null_takes_the_default() {
        let skills = Skills::new(Skill::new("lang:ar")).unwrap();
        let before = MemberSettings {
            place: 3,
            weight: Weight::try_from(50).unwrap(),
            skills,
            time_zone: Some(Zone::UTC),
            hours: None,
            daily_quota: Some(5),
            open_cap: Some(20),
            paused_until: Some(Timestamp::default()),
        };
        let weight = MemberChanges { weight: Some(Weight::try_from(7).ok()), ..MemberChanges::default() };
        let expected = MemberSettings { weight: Weight::try_from(7).unwrap(), ..before.clone() };
        assert_eq!(weight.apply(Some(&before), Some(9)), expected);
        let all = MemberChanges {
            place: Some(None),
            weight: Some(None),
            skills: Some(None),
            time_zone: Some(None),
            hours: Some(None),
            daily_quota: Some(None),
            open_cap: Some(None),
            paused_until: Some(None),
        };
        assert_eq!(all.apply(Some(&before), Some(9)), MemberSettings { place: 10, ..MemberSettings::default() });
    }
}
