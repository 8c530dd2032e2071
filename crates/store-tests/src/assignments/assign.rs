//! Assigning one opportunity.

use futures::future::join_all;
use reparto_domain::{
    OpportunityId, Policy, Refusal, Role, Roles, Status, UserId,
    audit::action,
    operations::OperationKind,
    opportunities::{Assignee, CreateOpportunity, Opportunity, Reassigned, reassign, require_may_assign},
    policy::SelfAssign,
    users::UserChanges,
};
use reparto_store::StoreResult;

use crate::{
    Fixture, Member,
    fixture::{ALL_OPERATIONS, refused},
};

rules! { $ assign_rules in assignments::assign {
    an_administrator_assigns_to_anyone_assignable,
    an_assignment_sets_assigned_whatever_the_status_was,
    assigning_to_the_holder_changes_nothing,
    unassigning_turns_only_assigned_into_pending,
    unassigning_the_unassigned_changes_nothing,
    an_unknown_or_deleted_opportunity_is_not_found,
    the_assignee_is_checked_as_in_bulk,
    an_agent_or_lawyer_claims_an_unassigned_one,
    claiming_ones_own_changes_nothing,
    non_administrators_cannot_claim_what_another_holds,
    non_administrators_assign_only_to_themselves,
    without_crm_rights_nothing_is_assigned,
    unassignable_roles_claim_nothing,
    an_assignment_is_an_operation_and_audited,
    taking_more_than_the_daily_quota_is_told_or_refused,
    of_many_taken_at_once_only_the_quota_is_given,
    every_single_assignment_is_decided_as_in_the_domain,
}}

fn to(member: &Member) -> Assignee {
    Assignee::User(member.id)
}

async fn an_administrator_assigns_to_anyone_assignable(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer, Role::Admin] {
        let (member, id) = (f.user(role).await, f.opportunity().await);
        let caller = f.as_admin();
        let opportunity = f.try_assign(&caller, id, Some(to(&member))).await.unwrap();
        assert_eq!(opportunity.holder.as_ref().map(|person| person.id), Some(member.id));
        assert_eq!((opportunity.status, opportunity.updated_at), (Status::Assigned, caller.at));
        assert_eq!(f.get(id).await, opportunity);
    }
}

async fn an_assignment_sets_assigned_whatever_the_status_was(f: Fixture) {
    let agent = f.agent().await;
    for status in Status::ALL {
        let id = f.opportunity().await;
        f.set_status(id, *status).await;
        assert_eq!(f.assign(id, &agent).await.status, Status::Assigned, "{status}");
    }
}

async fn assigning_to_the_holder_changes_nothing(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.assign(id, &agent).await;
    let before = f.set_status(id, Status::Contacted).await;
    let steps = f.history(id).await;
    assert_eq!(f.assign(id, &agent).await, before);
    assert_eq!(f.history(id).await, steps);
}

async fn unassigning_turns_only_assigned_into_pending(f: Fixture) {
    let agent = f.agent().await;
    for status in Status::ALL {
        let id = f.opportunity().await;
        f.assign(id, &agent).await;
        f.set_status(id, *status).await;
        let opportunity = f.unassign(id).await;
        assert_eq!((opportunity.holder, opportunity.status), (None, status.after_unassign()));
    }
}

async fn unassigning_the_unassigned_changes_nothing(f: Fixture) {
    let id = f.opportunity().await;
    let before = f.get(id).await;
    assert_eq!(f.unassign(id).await, before);
    assert_eq!(f.history(id).await.len(), 1);
}

async fn an_unknown_or_deleted_opportunity_is_not_found(f: Fixture) {
    let (agent, gone) = (f.agent().await, f.deleted_opportunity().await);
    for id in [OpportunityId::new(), gone] {
        for caller in [f.as_admin(), f.by(&agent)] {
            assert_eq!(refused(f.try_assign(&caller, id, Some(to(&agent))).await), Refusal::OpportunityNotFound);
        }
        assert_eq!(refused(f.try_assign(&f.as_admin(), id, None).await), Refusal::OpportunityNotFound);
    }
}

async fn the_assignee_is_checked_as_in_bulk(f: Fixture) {
    let id = f.opportunity().await;
    let (inactive, deleted, user) = (f.inactive_agent().await, f.deleted_agent().await, f.user(Role::User).await);
    for (assignee, expected) in [
        (Assignee::Unknown, Refusal::AssigneeNotFound),
        (Assignee::User(UserId::new()), Refusal::AssigneeNotFound),
        (Assignee::User(deleted.id), Refusal::AssigneeNotFound),
        (Assignee::User(inactive.id), Refusal::AssigneeInactive),
        (Assignee::User(user.id), Refusal::AssigneeRoleNotAssignable { roles: Roles::default() }),
    ] {
        assert_eq!(refused(f.try_assign(&f.as_admin(), id, Some(assignee)).await), expected);
    }
    assert_eq!(f.state(id).await, (None, Status::Pending));
}

async fn an_agent_or_lawyer_claims_an_unassigned_one(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer] {
        let (member, id) = (f.user(role).await, f.opportunity().await);
        let opportunity = f.try_assign(&f.by(&member), id, Some(to(&member))).await.unwrap();
        assert_eq!((opportunity.holder.map(|p| p.id), opportunity.status), (Some(member.id), Status::Assigned));
        assert_eq!(f.history(id).await[0].actor_id, Some(member.id));
    }
}

async fn claiming_ones_own_changes_nothing(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    let before = f.get(id).await;
    assert_eq!(f.try_assign(&f.by(&agent), id, Some(to(&agent))).await.unwrap(), before);
    assert_eq!(f.history(id).await.len(), 1);
}

async fn non_administrators_cannot_claim_what_another_holds(f: Fixture) {
    let (agent, lawyer) = (f.agent().await, f.user(Role::Lawyer).await);
    let id = f.opportunity_held_by(&agent).await;
    assert_eq!(refused(f.try_assign(&f.by(&lawyer), id, Some(to(&lawyer))).await), Refusal::OpportunityTaken);
    f.set_active(&agent, false).await;
    assert_eq!(refused(f.try_assign(&f.by(&lawyer), id, Some(to(&lawyer))).await), Refusal::OpportunityTaken);
    assert_eq!(f.holder(id).await, Some(agent.id));
}

async fn non_administrators_assign_only_to_themselves(f: Fixture) {
    let (agent, other, free) = (f.agent().await, f.agent().await, f.opportunity().await);
    let own = f.opportunity_held_by(&agent).await;
    for id in [free, own, OpportunityId::new()] {
        for assignee in [Some(to(&other)), None, Some(Assignee::Unknown), Some(Assignee::User(UserId::new()))] {
            let result = f.try_assign(&f.by(&agent), id, assignee).await;
            assert_eq!(refused(result), Refusal::SelfAssignOnly, "{assignee:?}");
        }
    }
    assert_eq!((f.holder(free).await, f.holder(own).await), (None, Some(agent.id)));
}

async fn without_crm_rights_nothing_is_assigned(f: Fixture) {
    let (user, id) = (f.user(Role::User).await, f.opportunity().await);
    assert_eq!(refused(f.try_assign(&f.by(&user), id, Some(to(&user))).await), Refusal::StaffOnly);
}

async fn unassignable_roles_claim_nothing(f: Fixture) {
    let (agent, id, roles) = (f.agent().await, f.opportunity().await, Roles::new([Role::Lawyer]));
    let result = f.with_assignable(&roles).try_assign(&f.by(&agent), id, Some(to(&agent))).await;
    assert_eq!(refused(result), Refusal::AssigneeRoleNotAssignable { roles });
    assert_eq!(f.holder(id).await, None);
}

async fn an_assignment_is_an_operation_and_audited(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.assign(id, &agent).await;
    f.unassign(id).await;
    let kinds: Vec<OperationKind> = f.operations(ALL_OPERATIONS).await.into_iter().map(|o| o.kind).collect();
    assert_eq!(kinds, [OperationKind::Unassign, OperationKind::Assign, OperationKind::Create]);
    for action in [action::OPPORTUNITY_ASSIGNED, action::OPPORTUNITY_UNASSIGNED] {
        let log = f.log_of(action).await;
        assert_eq!(log.len(), 1, "{action}");
        assert_eq!((log[0].actor_id, log[0].entity_type.as_str()), (Some(f.admin().id), "opportunity"));
        assert_eq!(log[0].entity_id, Some(id.to_string()));
    }
}

/// An agent with this daily quota.
async fn with_quota(f: &Fixture, daily_lead_quota: i64) -> Member {
    let agent = f.agent().await;
    let changes = UserChanges { daily_lead_quota: Some(daily_lead_quota), ..UserChanges::default() };
    f.store().user_update(&f.system(), agent.id, changes).await.unwrap();
    agent
}

/// The agent takes an opportunity.
async fn take(f: &Fixture, agent: &Member, id: OpportunityId, self_assign: SelfAssign) -> StoreResult<Opportunity> {
    let policy = Policy { self_assign, ..f.policy() };
    let answer = f.store().opportunity_assign(&f.by(agent), id, Some(to(agent)), &policy, None).await;
    answer.map(|answer| answer.fresh().expect("fresh without a key"))
}

async fn taking_more_than_the_daily_quota_is_told_or_refused(f: Fixture) {
    let agent = with_quota(&f, 3).await;
    let ids = f.opportunities(9).await;
    // What others gave counts, too; a change of status by the holder does not.
    f.bulk_assign(&ids[..2], &agent).await;
    f.set_status(ids[0], Status::Contacted).await;
    assert_eq!(take(&f, &agent, ids[2], SelfAssign::Refuse).await.unwrap().over_quota, None);
    let told = take(&f, &agent, ids[3], SelfAssign::Tell).await.unwrap();
    assert_eq!((told.over_quota, told.holder.map(|holder| holder.id)), (Some(3), Some(agent.id)));
    assert_eq!(f.get(ids[3]).await.over_quota, None);
    let operations = f.operation_count().await;
    let reached = Refusal::DailyQuotaReached { quota: 3 };
    assert_eq!(refused(take(&f, &agent, ids[4], SelfAssign::Refuse).await), reached);
    assert_eq!((f.holder(ids[4]).await, f.operation_count().await), (None, operations));
    let contact = f.contact().await;
    let command = CreateOpportunity { assignee: Some(to(&agent)), ..Fixture::new_opportunity(contact) };
    let policy = Policy { self_assign: SelfAssign::Refuse, ..f.policy() };
    let create = async || f.store().opportunity_create(&f.by(&agent), command.clone(), &policy, None).await;
    assert_eq!(refused(create().await), reached);
    // What is theirs already is not taken, what another has not refused for the quota, and administrators give at will.
    assert_eq!(take(&f, &agent, ids[3], SelfAssign::Refuse).await.unwrap().over_quota, None);
    let other = f.opportunity_held_by(&f.agent().await).await;
    assert_eq!(refused(take(&f, &agent, other, SelfAssign::Refuse).await), Refusal::OpportunityTaken);
    assert_eq!(f.assign(ids[5], &agent).await.over_quota, None);
    f.advance(86_400);
    assert_eq!(create().await.unwrap().fresh().unwrap().over_quota, None);
    assert_eq!(take(&f, &agent, ids[6], SelfAssign::Refuse).await.unwrap().over_quota, None);
}

async fn of_many_taken_at_once_only_the_quota_is_given(f: Fixture) {
    let agent = with_quota(&f, 2).await;
    let ids = f.opportunities(8).await;
    let taken = join_all(ids.iter().map(|id| take(&f, &agent, *id, SelfAssign::Refuse))).await;
    assert_eq!(taken.iter().filter(|answer| answer.is_ok()).count(), 2);
    for answer in taken.into_iter().filter(Result::is_err) {
        assert_eq!(refused(answer), Refusal::DailyQuotaReached { quota: 2 });
    }
}

/// What the domain decides for an active assignee: an engine may decide it in SQL, but not otherwise.
fn decided(
    caller: &Member,
    (holder, status): (Option<&Member>, Status),
    assignee: Option<&Member>,
) -> Result<Option<Reassigned>, Refusal> {
    require_may_assign(caller.role, Some(caller.id), assignee.map(to))?;
    if let Some(assignee) = assignee {
        Roles::default().require_assignable(assignee.role, true)?;
    }
    reassign(caller.role, (holder.map(|member| member.id), status), assignee.map(|member| member.id))
}

async fn every_single_assignment_is_decided_as_in_the_domain(f: Fixture) {
    let (agent, user) = (f.agent().await, f.user(Role::User).await);
    for role in [Role::Superuser, Role::Admin, Role::Lawyer, Role::User] {
        let caller = f.user(role).await;
        let own = Some(&caller).filter(|caller| Roles::default().contains(caller.role));
        for holder in [None, Some(&agent)].into_iter().chain(own.map(Some)) {
            for assignee in [None, Some(&caller), Some(&agent), Some(&user)] {
                for status in [Status::Pending, Status::Assigned, Status::Contacted] {
                    let id = f.opportunity_with(|command| command.assignee = holder.map(to)).await;
                    f.set_status(id, status).await;
                    let steps = f.history(id).await.len();
                    let outcome = f.try_assign(&f.by(&caller), id, assignee.map(to)).await;
                    let case = format!("{role}: {holder:?}, {status} to {assignee:?}");
                    match decided(&caller, (holder, status), assignee) {
                        Err(refusal) => assert_eq!(refused(outcome), refusal, "{case}"),
                        Ok(None) => {
                            assert_eq!(f.state(id).await, (holder.map(|member| member.id), status), "{case}");
                            assert_eq!(f.history(id).await.len(), steps, "{case}");
                        }
                        Ok(Some(changed)) => {
                            let expected = (assignee.map(|member| member.id), changed.status);
                            assert_eq!(f.state(id).await, expected, "{case}");
                            assert_eq!(f.history(id).await[0].kind, changed.kind, "{case}");
                        }
                    }
                }
            }
        }
    }
}
