//! What stands against members, and who would get a lead now.

use reparto_domain::{
    OpportunityId, Refusal, Role, Roles, Status, UserId,
    absences::{NewAbsence, Period},
    contacts::ContactFields,
    dealing::{choice::Because, eligibility::Reason, hours::Hours},
    opportunities::Assignee,
    rotations::{Credit, Next, RotationChanges, RotationMember, SettingsChanges, StickyChanges, StickyOtherwise},
    teams::{MemberChanges, Team, TeamChanges},
};

use crate::{
    Fixture, Member,
    fixture::{contact_named, refused},
};

rules! { $ next_rules in rotations::next {
    each_thing_that_stands_against_a_member_is_told,
    what_a_member_received_today_counts_each_lead_once,
    who_is_owed_most_is_next,
    nothing_is_written_to_see_who_is_next,
    a_lead_goes_to_who_is_responsible_for_its_contact,
    a_lead_goes_to_the_last_holder_of_its_contact,
}}

impl Fixture {
    /// The line of a member of a team's rotation.
    async fn line(&self, team: &Team, member: &Member) -> RotationMember {
        let reading = self.rotation(team.rotation).await;
        reading.members.into_iter().find(|line| line.user == member.id).expect("a member")
    }

    async fn against(&self, team: &Team, member: &Member) -> Vec<Reason> {
        self.line(team, member).await.obstacles.iter().map(|obstacle| obstacle.reason).collect()
    }

    async fn next(&self, team: &Team, opportunity: Option<OpportunityId>) -> Next {
        let at = self.tick();
        self.store().rotation_next(team.rotation, opportunity, &self.assignable, at).await.expect("rotation_next")
    }

    async fn settings(&self, team: &Team, settings: SettingsChanges) {
        let changes = RotationChanges { name: None, settings };
        self.store().rotation_update(&self.as_admin(), team.rotation, changes, None).await.expect("rotation_update");
    }
}

async fn each_thing_that_stands_against_a_member_is_told(f: Fixture) {
    let (team, ana) = (f.team("Madrid").await, f.agent().await);
    f.member(team.id, &ana).await;
    let line = f.line(&team, &ana).await;
    assert!(line.is_eligible());
    assert_eq!((line.received_today, line.quota_left, line.open), (0, Some(10), 0));
    let put = async |changes| drop(f.try_member(team.id, ana.id, changes).await.unwrap());
    let until = f.tick().plus_seconds(3_600);
    put(MemberChanges { paused_until: Some(Some(until)), ..MemberChanges::default() }).await;
    let line = f.line(&team, &ana).await;
    assert_eq!((line.obstacles[0].reason, line.next_at()), (Reason::Paused, Some(until)));
    put(MemberChanges { paused_until: Some(None), ..MemberChanges::default() }).await;
    put(MemberChanges { daily_quota: Some(Some(0)), open_cap: Some(Some(1)), ..MemberChanges::default() }).await;
    assert_eq!(f.against(&team, &ana).await, [Reason::QuotaUsedUp]);
    let held = f.opportunity_held_by(&ana).await;
    assert_eq!(f.against(&team, &ana).await, [Reason::QuotaUsedUp, Reason::OpenCapReached]);
    f.set_status(held, Status::Contacted).await;
    assert_eq!(f.line(&team, &ana).await.open, 1);
    f.set_status(held, Status::Lost).await;
    assert_eq!((f.line(&team, &ana).await.open, f.against(&team, &ana).await), (0, vec![Reason::QuotaUsedUp]));
    put(MemberChanges { daily_quota: Some(None), ..MemberChanges::default() }).await;
    put(MemberChanges { hours: Some(Some(Hours::new(vec![]).unwrap())), ..MemberChanges::default() }).await;
    let line = f.line(&team, &ana).await;
    assert_eq!((line.obstacles[0].reason, line.next_at()), (Reason::OutsideHours, None));
    put(MemberChanges { hours: Some(None), ..MemberChanges::default() }).await;
    // Hours of the team are those of members who have none.
    let hours = TeamChanges { hours: Some(Some(Hours::new(vec![]).unwrap())), ..TeamChanges::default() };
    f.store().team_update(&f.as_admin(), team.id, hours, None).await.unwrap();
    assert_eq!(f.against(&team, &ana).await, [Reason::OutsideHours]);
    let always = TeamChanges { hours: Some(None), ..TeamChanges::default() };
    f.store().team_update(&f.as_admin(), team.id, always, None).await.unwrap();
    let (from, until) = (f.tick(), f.tick().plus_seconds(7_200));
    let absence = NewAbsence { user: Some(ana.id), period: Period::new(from, Some(until)).unwrap(), note: None };
    f.store().absence_create(&f.as_admin(), absence, None).await.unwrap();
    let line = f.line(&team, &ana).await;
    assert_eq!((line.obstacles[0].reason, line.next_at()), (Reason::Absent, Some(until)));
    f.advance(7_200);
    assert!(f.line(&team, &ana).await.is_eligible());
    f.set_active(&ana, false).await;
    assert_eq!(f.against(&team, &ana).await, [Reason::Inactive]);
    let f = f.with_assignable(&Roles::new([Role::Admin]));
    assert_eq!(f.against(&team, &ana).await, [Reason::Inactive, Reason::NotAssignable]);
}

async fn what_a_member_received_today_counts_each_lead_once(f: Fixture) {
    let (team, ana, luis) = (f.team("Madrid").await, f.agent().await, f.agent().await);
    f.member(team.id, &ana).await;
    let received = async |count: u64, left: u32| {
        let line = f.line(&team, &ana).await;
        assert_eq!((line.received_today, line.quota_left), (count, Some(left)));
    };
    let some = f.opportunities(3).await;
    f.bulk_assign(&some, &ana).await;
    f.assign(some[0], &ana).await;
    received(3, 7).await;
    let one = f.opportunity().await;
    f.assign(one, &ana).await;
    let all = f.bulk_assign_operation(&f.opportunities(2).await, &ana).await;
    received(6, 4).await;
    // What goes away again by hand was received; what is undone was not.
    f.assign(one, &luis).await;
    received(6, 4).await;
    f.undo(all).await;
    received(4, 6).await;
    f.opportunity_held_by(&ana).await;
    received(5, 5).await;
    f.advance(86_400);
    received(0, 10).await;
    // Days are those of the member.
    f.assign(f.opportunity().await, &ana).await;
    received(1, 9).await;
}

async fn who_is_owed_most_is_next(f: Fixture) {
    let (team, ana, luis) = (f.team("Madrid").await, f.agent().await, f.agent().await);
    assert_eq!(f.next(&team, None).await, Next { user: None, candidates: vec![] });
    f.member(team.id, &ana).await;
    f.member(team.id, &luis).await;
    let lead = f.opportunity().await;
    let next = f.next(&team, Some(lead)).await;
    assert_eq!((next.user, next.candidates[0].because), (Some(ana.id), Some(Because::Place)));
    let credit = Credit { user: Some(luis.id), turns: 2_000_000, reason: "sí".into() };
    f.store().rotation_credit(&f.as_admin(), team.rotation, credit, None).await.unwrap();
    let next = f.next(&team, Some(lead)).await;
    let told: Vec<_> = next.candidates.iter().map(|one| (one.user, one.owed, one.because)).collect();
    assert_eq!(told, [(ana.id, -2_000_000, None), (luis.id, 2_000_000, Some(Because::OwedMost))]);
    f.set_active(&luis, false).await;
    let next = f.next(&team, Some(lead)).await;
    assert_eq!((next.user, next.candidates[0].because), (Some(ana.id), Some(Because::OnlyOne)));
    assert_eq!(next.candidates[1].obstacles[0].reason, Reason::Inactive);
    for id in [OpportunityId::new(), f.deleted_opportunity().await] {
        let next = f.store().rotation_next(team.rotation, Some(id), &f.assignable, f.tick()).await;
        assert_eq!(refused(next), Refusal::OpportunityNotFound);
    }
}

async fn nothing_is_written_to_see_who_is_next(f: Fixture) {
    let team = f.team("Madrid").await;
    f.member(team.id, &f.agent().await).await;
    let (before, log) = (f.rotation(team.rotation).await, f.log().await.len());
    f.next(&team, Some(f.opportunity().await)).await;
    let after = f.rotation(team.rotation).await;
    assert_eq!((after.rotation, after.events), (before.rotation, before.events));
    assert_eq!(f.log().await.len(), log + 2, "the contact and the opportunity");
}

fn sticky(otherwise: StickyOtherwise) -> SettingsChanges {
    let sticky = StickyChanges { enabled: Some(true), days: Some(2), otherwise: Some(otherwise) };
    SettingsChanges { sticky, ..SettingsChanges::default() }
}

async fn a_lead_goes_to_who_is_responsible_for_its_contact(f: Fixture) {
    let (team, ana, luis) = (f.team("Madrid").await, f.agent().await, f.agent().await);
    f.member(team.id, &ana).await;
    f.member(team.id, &luis).await;
    let of = async |responsible: UserId| {
        let fields = ContactFields { responsible_user_id: Some(responsible), ..contact_named("Eva", "Ruiz") };
        f.opportunity_of(fields).await
    };
    let lead = of(luis.id).await;
    assert_eq!(f.next(&team, Some(lead)).await.user, Some(ana.id), "not where it is not set");
    f.settings(&team, sticky(StickyOtherwise::Wait)).await;
    let next = f.next(&team, Some(lead)).await;
    assert_eq!((next.user, next.candidates[1].because), (Some(luis.id), Some(Because::Sticky)));
    assert_eq!(f.next(&team, None).await.user, Some(ana.id));
    let strangers = of(f.agent().await.id).await;
    assert_eq!(f.next(&team, Some(strangers)).await.user, Some(ana.id));
    f.set_active(&luis, false).await;
    assert_eq!(f.next(&team, Some(lead)).await.user, None);
    f.settings(&team, sticky(StickyOtherwise::Deal)).await;
    assert_eq!(f.next(&team, Some(lead)).await.user, Some(ana.id));
}

async fn a_lead_goes_to_the_last_holder_of_its_contact(f: Fixture) {
    let (team, ana, luis) = (f.team("Madrid").await, f.agent().await, f.agent().await);
    f.member(team.id, &ana).await;
    f.member(team.id, &luis).await;
    f.settings(&team, sticky(StickyOtherwise::Wait)).await;
    let lead = f.opportunity().await;
    assert_eq!(f.next(&team, Some(lead)).await.user, Some(ana.id));
    f.assign(lead, &luis).await;
    assert_eq!(f.next(&team, Some(lead)).await.user, Some(luis.id));
    f.advance(86_400);
    f.unassign(lead).await;
    assert_eq!(f.next(&team, Some(lead)).await.user, Some(luis.id), "until a moment ago");
    // Another opportunity of the same contact.
    let contact = f.get(lead).await.contact.id;
    f.delete(lead).await;
    let other = f.opportunity_with(|command| command.contact = Some(contact)).await;
    assert_eq!(f.next(&team, Some(other)).await.user, Some(luis.id));
    f.advance(2 * 86_400);
    assert_eq!(f.next(&team, Some(other)).await.user, Some(ana.id), "that was too long ago");
    let again = f.opportunity_with(|command| command.assignee = Some(Assignee::User(luis.id))).await;
    f.advance(5 * 86_400);
    assert_eq!(f.next(&team, Some(again)).await.user, Some(luis.id), "who still holds it");
}
