//! Assigning and unassigning one opportunity: one statement, similar to that of a bulk request.

use reparto_domain::{
    AuditId, Authority, Caller, OperationId, OpportunityId, Policy, Refusal, Roles, SessionId, Timestamp, UserId,
    audit::action,
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{Assignee, Opportunity, require_may_assign},
};
use reparto_store_rows::audit::{request_id, user_agent};
use serde_json::json;

use super::{
    quota,
    refusals::{self, named},
};
use crate::{
    actor::authorize,
    engine::{
        errors::{Db, Fault},
        params::{At, Text, opt},
        tx::Conn,
    },
    idempotency::once,
    opportunities,
    rows::Reader,
    statements::statements,
};

statements! {
    // $1 actor (NULL: the system)   $2 generation of the token   $3 when it was issued
    // $4 whether to assign (else the holder is taken away)   $5 assignee   $6 assignable roles   $7 opportunity   $8 now
    // $9 id of the operation   $10 id of the audit entry   $11 kind   $12 action   $13 details   $14 address
    // $15 user agent   $16 session of the token (NULL: none)   $17 request id
    //
    // Locks, order and time as in the bulk statement. All writes depend on `op`, which has a row only if the holder
    // changes.
    ASSIGN => named("WITH \
        actor AS MATERIALIZED ( \
            SELECT u.seq, u.email, u.role, u.is_active AND u.deleted_at IS NULL AS active, \
                CASE WHEN $2::bigint IS NULL THEN u.tokens_valid_from IS NULL OR $3::timestamptz >= u.tokens_valid_from \
                    ELSE u.token_generation = $2 AND ($16::uuid IS NULL OR EXISTS (SELECT FROM sessions s \
                        WHERE s.id = $16 AND s.user_seq = u.seq AND s.ended_at IS NULL)) END AS holds \
            FROM users u WHERE u.id = $1::uuid FOR KEY SHARE), \
        assignee AS MATERIALIZED ( \
            SELECT u.seq, u.is_active AS active, u.role = ANY ($6::text[]) AS assignable, u.updated_at \
            FROM users u WHERE u.id = $5::uuid AND u.deleted_at IS NULL FOR KEY SHARE), \
        gate AS MATERIALIZED ( \
            SELECT actor.seq AS actor, coalesce(actor.email, 'system') AS email, \
                $1 IS NULL OR actor.role IN ('admin', 'superuser') AS administrator, \
                CASE WHEN $1 IS NULL THEN {refusal.none} \
                    WHEN actor.active IS NOT TRUE THEN {refusal.account_inactive} \
                    WHEN NOT actor.holds THEN {refusal.token_revoked} \
                    WHEN actor.role IN ('admin', 'superuser') THEN {refusal.none} \
                    WHEN actor.role NOT IN ('agent', 'lawyer') THEN {refusal.not_allowed} \
                    WHEN NOT $4::boolean OR $5 IS DISTINCT FROM $1 THEN {refusal.self_assign_only} \
                    ELSE {refusal.none} END AS refusal \
            FROM (SELECT 1) AS one LEFT JOIN actor ON true), \
        locked AS MATERIALIZED ( \
            SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.updated_at, \
                a.do_not_contact FROM assignments a \
            WHERE a.seq = (SELECT o.seq FROM opportunities o WHERE o.id = $7::uuid) AND NOT a.deleted \
                AND (SELECT refusal FROM gate) = {refusal.none} \
            FOR NO KEY UPDATE), \
        checked AS MATERIALIZED ( \
            SELECT gate.actor, gate.email, l.seq, l.holder AS held, l.status, l.last_operation, l.effective_operation, \
                assignee.seq AS holder, greatest($8::timestamptz, l.updated_at, assignee.updated_at) AS at, \
                (CASE WHEN $4 THEN {status.assigned} WHEN l.status = {status.assigned} THEN {status.pending} \
                    ELSE l.status END)::smallint AS new_status, \
                CASE WHEN gate.refusal <> {refusal.none} THEN gate.refusal \
                    WHEN l.seq IS NULL THEN {refusal.opportunity_not_found} \
                    WHEN $4 AND assignee.seq IS NULL THEN {refusal.assignee_not_found} \
                    WHEN $4 AND NOT assignee.active THEN {refusal.assignee_inactive} \
                    WHEN $4 AND NOT assignee.assignable THEN {refusal.assignee_not_assignable} \
                    WHEN NOT gate.administrator AND l.holder <> assignee.seq THEN {refusal.opportunity_taken} \
                    WHEN $4 AND l.do_not_contact AND l.holder IS DISTINCT FROM assignee.seq \
                        THEN {refusal.do_not_contact} \
                    ELSE {refusal.none} END AS refusal \
            FROM gate LEFT JOIN locked l ON true LEFT JOIN assignee ON true), \
        op AS MATERIALIZED ( \
            SELECT nextval('operations_seq_seq') AS seq FROM checked c \
            WHERE c.refusal = {refusal.none} AND c.held IS DISTINCT FROM c.holder), \
        updated AS ( \
            UPDATE assignments a SET holder = c.holder, status = c.new_status, updated_at = c.at, \
                last_operation = op.seq, effective_operation = op.seq \
            FROM checked c, op WHERE a.seq = c.seq), \
        counted AS ( \
            INSERT INTO assignment_deltas (operation, statuses, holders, ns) \
            SELECT op.seq, ARRAY[c.status, c.new_status], ARRAY[coalesce(c.held, 0), coalesce(c.holder, 0)], \
                ARRAY[-1, 1]::bigint[] FROM checked c, op), \
        recorded AS ( \
            INSERT INTO operations (seq, id, kind, actor, at, new_holder, new_status, item_count, item_seqs, \
                previous_holders, previous_statuses, previous_operations, previous_effectives) \
            SELECT op.seq, $9::uuid, $11::smallint, c.actor, c.at, c.holder, c.new_status, 1, ARRAY[c.seq], \
                ARRAY[c.held], ARRAY[c.status], ARRAY[c.last_operation], ARRAY[c.effective_operation] \
            FROM checked c, op), \
        audited AS ( \
            INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, entity_id, operation, details, \
                ip_address, user_agent, created_at, request_id) \
            SELECT $10::uuid, c.actor, c.email, $12::text, 'opportunity', $7, op.seq, $13::text, $14::text, $15::text, c.at, \
                $17::text \
            FROM checked c, op) \
        SELECT c.refusal, c.seq, EXISTS (SELECT FROM op) FROM checked c");
}

/// The refusal that the statement's number stands for.
fn refusal(number: i32, assignable: &Roles) -> Option<Refusal> {
    Some(match number {
        refusals::ACCOUNT_INACTIVE => Refusal::AccountInactive,
        refusals::TOKEN_REVOKED => Refusal::TokenRevoked,
        refusals::NOT_ALLOWED => Refusal::StaffOnly,
        refusals::SELF_ASSIGN_ONLY => Refusal::SelfAssignOnly,
        refusals::OPPORTUNITY_NOT_FOUND => Refusal::OpportunityNotFound,
        refusals::ASSIGNEE_NOT_FOUND => Refusal::AssigneeNotFound,
        refusals::ASSIGNEE_INACTIVE => Refusal::AssigneeInactive,
        refusals::ASSIGNEE_NOT_ASSIGNABLE => Refusal::AssigneeRoleNotAssignable { roles: assignable.clone() },
        refusals::OPPORTUNITY_TAKEN => Refusal::OpportunityTaken,
        refusals::DO_NOT_CONTACT => Refusal::DoNotContact,
        other => {
            debug_assert_eq!(other, refusals::NONE);
            return None;
        }
    })
}

pub(super) async fn assign(
    tx: &mut Conn,
    caller: &Caller,
    id: OpportunityId,
    assignee: Option<Assignee>,
    policy: &Policy,
    keyed: Option<&Keyed<Opportunity>>,
) -> Db<Answer<Opportunity>> {
    if keyed.is_none() {
        return execute(tx, caller, id, assignee, policy).await.map(Answer::Fresh);
    }
    // A caller who has lost the right since gets no stored answer.
    let actor = authorize(tx, caller).await?;
    require_may_assign(actor.role, actor.id, assignee)?;
    once!(
        tx, caller, &actor, keyed,
        _answer => opportunities::require_visible(tx, &actor, Some(id)),
        execute(tx, caller, id, assignee, policy)
    )
}

async fn execute(
    tx: &mut Conn,
    caller: &Caller,
    id: OpportunityId,
    assignee: Option<Assignee>,
    policy: &Policy,
) -> Db<Opportunity> {
    quota::alone(tx, caller, policy.self_assign, holder_of(assignee) == caller.user()).await?;
    let (actor, generation, issued_at) = match caller.authority {
        Authority::User { id, issued_at, generation, .. } => (Some(id.uuid()), generation, issued_at),
        Authority::System => (None, None, Timestamp::default()),
    };
    let holder = holder_of(assignee);
    let (kind, action) = if assignee.is_some() {
        (OperationKind::Assign, action::OPPORTUNITY_ASSIGNED)
    } else {
        (OperationKind::Unassign, action::OPPORTUNITY_UNASSIGNED)
    };
    let roles: Vec<Text<'_>> = policy.assignable.as_slice().iter().map(|role| Text(role.as_str())).collect();
    let details = json!({ "assigned_to_id": holder }).to_string();
    let row = tx
        .one(
            &ASSIGN,
            &[
                &actor,
                &generation,
                &At(issued_at),
                &assignee.is_some(),
                &holder.map(UserId::uuid),
                &roles,
                &id.uuid(),
                &At(tx.taking_effect(caller, []).at),
                &OperationId::new().uuid(),
                &AuditId::new().uuid(),
                &kind.number(),
                &Text(action),
                &Text(&details),
                &opt(&caller.origin.ip),
                &user_agent(&caller.origin).map(Text),
                &caller.session().map(SessionId::uuid),
                &request_id(&caller.origin).map(Text),
            ],
        )
        .await?;
    let mut row = Reader::new(&row);
    if let Some(refusal) = refusal(row.next()?, &policy.assignable) {
        return Err(refusal.into());
    }
    let seq: Option<i64> = row.next()?;
    let seq = seq.ok_or_else(|| Fault::inconsistent("an opportunity that was assigned has no number"))?;
    let is_changed: bool = row.next()?;
    let opportunity = opportunities::by_seq(tx, seq).await?;
    if is_changed { quota::check(tx, caller, policy.self_assign, opportunity).await } else { Ok(opportunity) }
}

/// The user who is to hold it; nobody knows one whose id is no UUID.
const fn holder_of(assignee: Option<Assignee>) -> Option<UserId> {
    match assignee {
        Some(Assignee::User(user)) => Some(user),
        _ => None,
    }
}
