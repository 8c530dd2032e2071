//! Absences.

use reparto_domain::{
    AbsenceId, Caller, Refusal, Role, Timestamp, UserId, Viewer,
    absences::{Absence, AbsenceChanges, AbsenceQuery, AbsenceVisibility, NewAbsence, Period},
    audit::action,
    idempotency::Answer,
};
use reparto_store::StoreResult;
use serde_json::json;

use crate::{
    Fixture, Member,
    fixture::{START, keyed, refused},
};

rules! { $ absence_rules in absences {
    administrators_enter_change_and_remove_anybodys_absence,
    others_only_their_own_where_a_team_allows_it,
    absences_of_unknown_and_deleted_users_are_not_found,
    absences_are_found_by_user_and_overlap_in_parts,
    staff_find_only_their_own_absences,
    an_absence_never_ends_before_it_starts,
    notes_of_absences_are_in_no_log,
    a_repeated_request_enters_one_absence,
}}

fn new_absence(user: UserId, from: i64, to: Option<i64>) -> NewAbsence {
    NewAbsence { user: Some(user), period: period(from, to), note: None }
}

/// From so many hours after the start of the clock.
fn period(from: i64, to: Option<i64>) -> Period {
    let hour = |hour: i64| START.plus_seconds(hour * 3_600);
    Period::new(hour(from), to.map(hour)).unwrap()
}

fn all(visibility: AbsenceVisibility) -> AbsenceQuery {
    AbsenceQuery { visibility, user: None, from: None, to: None, limit: 1_000, after: None }
}

impl Fixture {
    async fn try_absence(&self, by: &Caller, absence: NewAbsence) -> StoreResult<Absence> {
        let made = self.store().absence_create(by, absence, None).await;
        made.map(|answer| answer.fresh().expect("fresh without a key"))
    }

    /// Enters an absence as the administrator.
    pub(crate) async fn absence(&self, member: &Member, note: Option<&str>) -> Absence {
        let new = NewAbsence { note: note.map(str::to_owned), ..new_absence(member.id, 1, Some(2)) };
        self.try_absence(&self.as_admin(), new).await.expect("absence_create")
    }

    /// Every matching absence, read in parts of this size.
    async fn absences(&self, mut query: AbsenceQuery) -> Vec<Absence> {
        let mut found = Vec::new();
        loop {
            let part = self.store().absence_list(query).await.expect("absence_list");
            found.extend(part.items);
            query.after = part.next;
            if query.after.is_none() {
                return found;
            }
        }
    }
}

async fn administrators_enter_change_and_remove_anybodys_absence(f: Fixture) {
    let (agent, caller) = (f.agent().await, f.as_admin());
    let new = NewAbsence { note: Some("playa".into()), ..new_absence(agent.id, 1, None) };
    let made = f.try_absence(&caller, new).await.unwrap();
    assert_eq!((made.user, made.name.as_str(), made.note.as_deref()), (agent.id, agent.name.as_str(), Some("playa")));
    assert_eq!((made.period, made.created_at, made.updated_at), (period(1, None), caller.at, caller.at));
    let ends = AbsenceChanges { ends_at: Some(period(1, Some(5)).ends_at()), ..AbsenceChanges::default() };
    let changed = f.store().absence_update(&f.as_admin(), made.id, ends.clone()).await.unwrap();
    assert_eq!((changed.period, changed.note.as_deref()), (period(1, Some(5)), Some("playa")));
    assert!(changed.updated_at > made.updated_at);
    let same = f.store().absence_update(&f.as_admin(), made.id, ends).await.unwrap();
    assert_eq!((same, f.log_of(action::ABSENCE_UPDATED).await.len()), (changed.clone(), 1));
    assert_eq!(f.absences(all(AbsenceVisibility::All)).await, [changed]);
    f.store().absence_delete(&f.as_admin(), made.id).await.unwrap();
    for id in [made.id, AbsenceId::new()] {
        let update = f.store().absence_update(&f.as_admin(), id, AbsenceChanges::default()).await;
        assert_eq!(refused(update), Refusal::AbsenceNotFound);
        assert_eq!(refused(f.store().absence_delete(&f.as_admin(), id).await), Refusal::AbsenceNotFound);
    }
    assert!(f.absences(all(AbsenceVisibility::All)).await.is_empty());
    for action in [action::ABSENCE_CREATED, action::ABSENCE_UPDATED, action::ABSENCE_DELETED] {
        let log = f.log_of(action).await;
        assert_eq!((log.len(), log[0].actor_id), (1, Some(f.admin().id)), "{action}");
        assert_eq!(log[0].entity_id, Some(agent.id.to_string()), "about the user");
        assert_eq!(log[0].details.to_value()["absence_id"], json!(made.id));
    }
}

async fn others_only_their_own_where_a_team_allows_it(f: Fixture) {
    let (team, plain) = (f.self_service_team("Madrid").await, f.team("Toledo").await);
    let (member, outsider) = (f.agent().await, f.user(Role::Lawyer).await);
    f.member(team.id, &member).await;
    f.member(plain.id, &outsider).await;
    let own = f.try_absence(&f.by(&member), new_absence(member.id, 1, Some(2))).await.unwrap();
    let theirs = f.absence(&outsider, None).await;
    let changes = AbsenceChanges { note: Some(Some("x".into())), ..AbsenceChanges::default() };
    f.store().absence_update(&f.by(&member), own.id, changes.clone()).await.unwrap();
    for (by, user, expected) in [
        (&member, outsider.id, Refusal::OwnAbsencesOnly),
        (&member, UserId::new(), Refusal::OwnAbsencesOnly),
        (&outsider, outsider.id, Refusal::SelfServiceRequired),
    ] {
        assert_eq!(refused(f.try_absence(&f.by(by), new_absence(user, 1, None)).await), expected);
    }
    for (by, absence, expected) in [
        (&member, &theirs, Refusal::AbsenceNotFound),
        (&outsider, &own, Refusal::AbsenceNotFound),
        (&outsider, &theirs, Refusal::SelfServiceRequired),
    ] {
        let update = f.store().absence_update(&f.by(by), absence.id, changes.clone()).await;
        assert_eq!(refused(update), expected);
        assert_eq!(refused(f.store().absence_delete(&f.by(by), absence.id).await), expected);
    }
    let user = f.user(Role::User).await;
    assert_eq!(refused(f.try_absence(&f.by(&user), new_absence(user.id, 1, None)).await), Refusal::StaffOnly);
    assert_eq!(refused(f.store().absence_delete(&f.by(&user), own.id).await), Refusal::StaffOnly);
    f.store().member_remove(&f.as_admin(), team.id, member.id).await.unwrap();
    assert_eq!(refused(f.store().absence_delete(&f.by(&member), own.id).await), Refusal::SelfServiceRequired);
}

async fn absences_of_unknown_and_deleted_users_are_not_found(f: Fixture) {
    let (agent, inactive) = (f.agent().await, f.inactive_agent().await);
    let absence = f.absence(&agent, None).await;
    f.absence(&inactive, None).await;
    let nobody = NewAbsence { user: None, ..new_absence(agent.id, 1, None) };
    for new in [nobody, new_absence(UserId::new(), 1, None), new_absence(f.deleted_agent().await.id, 1, None)] {
        assert_eq!(refused(f.try_absence(&f.as_admin(), new).await), Refusal::UserNotFound);
    }
    f.store().user_delete(&f.system(), agent.id).await.unwrap();
    let update = f.store().absence_update(&f.as_admin(), absence.id, AbsenceChanges::default()).await;
    assert_eq!(refused(update), Refusal::AbsenceNotFound);
    assert_eq!(f.absences(all(AbsenceVisibility::All)).await.len(), 1);
}

async fn absences_are_found_by_user_and_overlap_in_parts(f: Fixture) {
    let agents = [f.agent().await, f.agent().await];
    let mut made = Vec::new();
    for (agent, from, to) in [
        (0, 1, Some(4)),
        (1, 1, Some(2)),
        (0, 4, None),
        (0, 1, Some(9)),
        (1, 6, Some(7)),
        (1, 0, None),
        (0, 8, Some(9)),
    ] {
        made.push(f.try_absence(&f.as_admin(), new_absence(agents[agent].id, from, to)).await.unwrap());
    }
    // The latest start first, of equal ones the one that was entered last.
    made.reverse();
    made.sort_by_key(|absence| std::cmp::Reverse(absence.period.starts_at()));
    let hour = |hour: i64| START.plus_seconds(hour * 3_600);
    let users = [None, Some(Some(agents[0].id)), Some(Some(agents[1].id)), Some(Some(f.agent().await.id)), Some(None)];
    for user in users {
        for from in [None, Some(2), Some(4), Some(9)].map(|from| from.map(hour)) {
            for to in [None, Some(0), Some(1), Some(6)].map(|to| to.map(hour)) {
                let is_found = |absence: &Absence| {
                    user.is_none_or(|user| user == Some(absence.user))
                        && from.is_none_or(|from| absence.period.ends_at().is_none_or(|end| end > from))
                        && to.is_none_or(|to| absence.period.starts_at() <= to)
                };
                let expected: Vec<Absence> = made.iter().filter(|absence| is_found(absence)).cloned().collect();
                let query = AbsenceQuery { user, from, to, ..all(AbsenceVisibility::All) };
                for limit in [1, 3, 100] {
                    assert_eq!(f.absences(AbsenceQuery { limit, ..query }).await, expected, "{query:?}");
                }
            }
        }
    }
}

async fn staff_find_only_their_own_absences(f: Fixture) {
    let (agent, other) = (f.agent().await, f.user(Role::Lawyer).await);
    let (own, theirs) = (f.absence(&agent, None).await, f.absence(&other, None).await);
    let of = |viewer: Viewer| all(AbsenceVisibility::of(viewer));
    assert_eq!(f.absences(of(agent.viewer())).await, [own]);
    assert_eq!(f.absences(of(other.viewer())).await, std::slice::from_ref(&theirs));
    assert_eq!(f.absences(of(f.admin().viewer())).await.len(), 2);
    for user in [Some(other.id), None] {
        let query = AbsenceQuery { user: Some(user), ..of(agent.viewer()) };
        assert!(f.absences(query).await.is_empty(), "{user:?}");
    }
}

async fn an_absence_never_ends_before_it_starts(f: Fixture) {
    let absence = f.absence(&f.agent().await, None).await;
    let end = absence.period.ends_at().unwrap();
    for changes in [
        AbsenceChanges { starts_at: Some(end), ..AbsenceChanges::default() },
        AbsenceChanges { ends_at: Some(Some(absence.period.starts_at())), ..AbsenceChanges::default() },
        AbsenceChanges { ends_at: Some(Some(Timestamp::default())), ..AbsenceChanges::default() },
    ] {
        let refusal = refused(f.store().absence_update(&f.as_admin(), absence.id, changes).await);
        assert_eq!(refusal, Refusal::AbsenceEndsFirst);
    }
    let both = AbsenceChanges { starts_at: Some(end), ends_at: Some(None), ..AbsenceChanges::default() };
    let moved = f.store().absence_update(&f.as_admin(), absence.id, both).await.unwrap();
    assert_eq!((moved.period.starts_at(), moved.period.ends_at()), (end, None));
}

async fn notes_of_absences_are_in_no_log(f: Fixture) {
    let absence = f.absence(&f.agent().await, Some("hospital")).await;
    let changes = AbsenceChanges { note: Some(Some("hospital de día".into())), ..AbsenceChanges::default() };
    f.store().absence_update(&f.as_admin(), absence.id, changes).await.unwrap();
    let log = f.log_of(action::ABSENCE_UPDATED).await;
    assert_eq!(log[0].details.to_value(), json!({ "note": "changed", "absence_id": absence.id }));
    f.store().absence_delete(&f.as_admin(), absence.id).await.unwrap();
    assert!(f.log().await.iter().all(|entry| !entry.details.to_string().contains("hospital")));
}

async fn a_repeated_request_enters_one_absence(f: Fixture) {
    let (agent, caller, expires_at) = (f.agent().await, f.as_admin(), f.tick().plus_seconds(86_400));
    let enter = || f.store().absence_create(&caller, new_absence(agent.id, 1, None), Some(keyed("k", 1, expires_at)));
    let absence = enter().await.unwrap().fresh().unwrap();
    assert!(matches!(enter().await.unwrap(), Answer::Stored(_)));
    assert_eq!(f.absences(all(AbsenceVisibility::All)).await, [absence]);
}
