//! Bulk assigning and unassigning: one statement, one operation, one audit entry.

use std::collections::HashMap;

use reparto_domain::{
    AuditId, Authority, Caller, JobId, OperationId, OpportunityId, Refusal, Roles, SessionId, Status, Timestamp,
    UserId,
    audit::action,
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{
        Assignee, BulkAssign, BulkIds, BulkItem, BulkMode, BulkOutcome, BulkUnassign, ExpectedHolder, ItemError,
        ItemFailure,
    },
    users::Person,
};
use reparto_store::StoreResult;
use reparto_store_rows::audit::{request_id, user_agent};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    bulk_sql::{BULK, BULK_ONCE},
    refusals,
};
use crate::{
    PostgresStore,
    engine::{
        errors::{Db, Fault},
        params::{At, Param, Text, opt},
        tx::{Conn, autocommit, transact},
    },
    idempotency::{self, LOCK_AHEAD},
    operations::people::people,
    rows::Reader,
};

/// The common parameters of both bulk requests.
pub(super) struct Bulk<'a> {
    kind: OperationKind,
    action: &'static str,
    not_allowed: Refusal,
    ids: &'a BulkIds,
    mode: BulkMode,
    job: Option<JobId>,
    note: Option<&'a str>,
    status: Option<Status>,
    /// The assignee; `None` unassigns.
    assignee: Option<Assignee>,
    assignable: Option<&'a Roles>,
}

impl<'a> Bulk<'a> {
    pub(super) fn assign(command: &'a BulkAssign, assignable: &'a Roles) -> Self {
        Self {
            kind: OperationKind::BulkAssign,
            action: action::BULK_ASSIGN,
            not_allowed: Refusal::BulkAssignAdministratorsOnly,
            ids: &command.ids,
            mode: command.mode,
            job: command.job,
            note: command.note.as_deref().filter(|note| !note.is_empty()),
            status: command.status,
            assignee: Some(command.assignee),
            assignable: Some(assignable),
        }
    }

    pub(super) const fn unassign(command: &'a BulkUnassign) -> Self {
        Self {
            kind: OperationKind::BulkUnassign,
            action: action::BULK_UNASSIGN,
            not_allowed: Refusal::BulkUnassignAdministratorsOnly,
            ids: &command.ids,
            mode: command.mode,
            job: command.job,
            note: None,
            status: None,
            assignee: None,
            assignable: None,
        }
    }

    /// The assignee.
    const fn holder(&self) -> Option<UserId> {
        match self.assignee {
            Some(Assignee::User(id)) => Some(id),
            _ => None,
        }
    }

    /// The refusal that the statement's number stands for.
    fn refusal(&self, number: i32) -> Option<Refusal> {
        match number {
            refusals::ACCOUNT_INACTIVE => Some(Refusal::AccountInactive),
            refusals::TOKEN_REVOKED => Some(Refusal::TokenRevoked),
            refusals::NOT_ALLOWED => Some(self.not_allowed.clone()),
            refusals::ASSIGNEE_NOT_FOUND => Some(Refusal::AssigneeNotFound),
            refusals::ASSIGNEE_INACTIVE => Some(Refusal::AssigneeInactive),
            refusals::ASSIGNEE_NOT_ASSIGNABLE => {
                Some(Refusal::AssigneeRoleNotAssignable { roles: self.assignable.cloned().unwrap_or_default() })
            }
            _ => None,
        }
    }
}

/// Executes a bulk request; without a key, by a statement that is its own transaction.
pub(super) async fn run(
    store: &PostgresStore,
    caller: &Caller,
    bulk: &Bulk<'_>,
    keyed: Option<&Keyed<BulkOutcome>>,
) -> StoreResult<Answer<BulkOutcome>> {
    if let Some(keyed) = keyed
        && caller.user().is_some()
    {
        return transact!(store, tx => with_key(tx, caller, bulk, keyed));
    }
    let outcome = autocommit!(store, conn => execute(conn, caller, bulk)).map(Answer::Fresh);
    store.notify_write();
    outcome
}

/// In two round trips: the first locks the key, and executes the request unless its answer is stored; the second stores
/// the answer, and commits.
async fn with_key(
    tx: &mut Conn,
    caller: &Caller,
    bulk: &Bulk<'_>,
    keyed: &Keyed<BulkOutcome>,
) -> Db<Answer<BulkOutcome>> {
    let operation = OperationId::new();
    let row = send(tx, caller, bulk, operation, Some(&keyed.key)).await?;
    let mut row = Reader::new(&row);
    let (refusal, actor, at) = (row.next()?, row.next::<Option<i64>>()?, row.time()?);
    match refusal {
        refusals::KEY_RUNNING => return Err(Refusal::IdempotencyKeyRunning.into()),
        refusals::KEY_STORED => {
            let gone = || Fault::inconsistent("a bulk request found a key that is not there");
            let kept = idempotency::stored_answer(tx, caller, actor.ok_or_else(gone)?, keyed).await?;
            return Ok(Answer::Stored(kept.ok_or_else(gone)?));
        }
        _ => {}
    }
    let outcome = outcome(tx, bulk, (operation, at), refusal, row).await?;
    idempotency::store_answer(tx, actor, Some(keyed), &outcome);
    Ok(Answer::Fresh(outcome))
}

/// Executes a chunk of a job in an open transaction.
pub(crate) async fn assign_chunk(
    tx: &mut Conn,
    caller: &Caller,
    command: &BulkAssign,
    assignable: &Roles,
) -> Db<BulkOutcome> {
    let bulk = Bulk { not_allowed: Refusal::AdministratorsOnly, ..Bulk::assign(command, assignable) };
    execute(tx, caller, &bulk).await
}

/// Like [`assign_chunk`], but unassigns.
pub(crate) async fn unassign_chunk(tx: &mut Conn, caller: &Caller, command: &BulkUnassign) -> Db<BulkOutcome> {
    let bulk = Bulk { not_allowed: Refusal::AdministratorsOnly, ..Bulk::unassign(command) };
    execute(tx, caller, &bulk).await
}

async fn execute(conn: &mut Conn, caller: &Caller, bulk: &Bulk<'_>) -> Db<BulkOutcome> {
    let operation = OperationId::new();
    let row = send(conn, caller, bulk, operation, None).await?;
    let mut row = Reader::new(&row);
    let (refusal, _, at) = (row.next()?, row.next::<Option<i64>>()?, row.time()?);
    outcome(conn, bulk, (operation, at), refusal, row).await
}

/// Decodes the outcome from the remaining columns of the statement's row.
async fn outcome(
    conn: &mut Conn,
    bulk: &Bulk<'_>,
    (operation, at): (OperationId, Timestamp),
    refusal: i32,
    mut row: Reader<'_>,
) -> Db<BulkOutcome> {
    if let Some(refusal) = bulk.refusal(refusal) {
        return Err(refusal.into());
    }
    let written: bool = row.next()?;
    let places: Vec<i32> = row.next::<Option<_>>()?.unwrap_or_default();
    let statuses: Vec<i16> = row.next::<Option<_>>()?.unwrap_or_default();
    let others: Vec<i32> = row.next::<Option<_>>()?.unwrap_or_default();
    let held_by: Vec<Option<i64>> = row.next::<Option<_>>()?.unwrap_or_default();
    let taken: Vec<Option<i64>> = row.next::<Option<_>>()?.unwrap_or_default();
    let unwanted: Vec<i32> = row.next::<Option<_>>()?.unwrap_or_default();
    let done = done(bulk, at, &places, &statuses)?;
    let named: Vec<i64> = held_by.iter().chain(&taken).filter_map(|holder| *holder).collect();
    let people = people(conn, named).await?;
    let failed = failed(bulk, &places, (others.iter().zip(held_by), &unwanted), &people)?;
    if bulk.mode.all_or_nothing && !failed.is_empty() {
        return Err(Refusal::NothingDone { failed }.into());
    }
    let taken_from = taken_from(&taken, &people)?;
    Ok(BulkOutcome { operation: written.then_some(operation), done, failed, taken_from })
}

/// Sends the statement; with a key, right after the one that locks the key.
async fn send(conn: &mut Conn, caller: &Caller, bulk: &Bulk<'_>, operation: OperationId, key: Option<&str>) -> Db<Row> {
    let (actor, generation, issued_at) = match caller.authority {
        Authority::User { id, issued_at, generation, .. } => (Some(id.uuid()), generation, issued_at),
        Authority::System => (None, None, Timestamp::default()),
    };
    let session = caller.session().map(SessionId::uuid);
    let ids: Vec<Option<Uuid>> = bulk.ids.iter().map(|requested| requested.id.map(OpportunityId::uuid)).collect();
    let roles: Vec<Text<'_>> =
        bulk.assignable.into_iter().flat_map(Roles::as_slice).map(|role| Text(role.as_str())).collect();
    let (expected, expected_user) = match bulk.mode.expected_holder {
        None => (0_i16, None),
        Some(ExpectedHolder::Nobody) => (1, None),
        Some(ExpectedHolder::User(id)) => (2, Some(id.uuid())),
        Some(ExpectedHolder::Unknown) => (3, None),
    };
    let (assigns, holder) = (bulk.assignee.is_some(), bulk.holder().map(UserId::uuid));
    let (status, note, at) =
        (bulk.status.map(Status::number), bulk.note.map(Text), At(conn.taking_effect(caller, []).at));
    let (operation, entry, job) = (operation.uuid(), AuditId::new().uuid(), bulk.job.map(JobId::uuid));
    let (kind, action, issued_at) = (bulk.kind.number(), Text(bulk.action), At(issued_at));
    let (ip, agent) = (opt(&caller.origin.ip), user_agent(&caller.origin).map(Text));
    let request = request_id(&caller.origin).map(Text);
    let (sent, status_name) = (sent(bulk.ids), bulk.status.map(|status| Text(status.as_str())));
    let mut params: Vec<&dyn Param> = vec![
        &actor,
        &generation,
        &issued_at,
        &assigns,
        &holder,
        &roles,
        &ids,
        &status,
        &note,
        &at,
        &operation,
        &entry,
        &kind,
        &action,
        &job,
        &bulk.mode.all_or_nothing,
        &bulk.mode.dry_run,
        &expected,
        &expected_user,
        &ip,
        &agent,
        &sent,
        &status_name,
        &session,
        &bulk.mode.include_do_not_contact,
        &request,
    ];
    let Some(key) = key.map(Text) else { return conn.one(&BULK, &params).await };
    params.push(&key);
    let rows = conn.query_after((LOCK_AHEAD, &[&actor, &key]), (&BULK_ONCE, &params)).await?;
    rows.into_iter().next().ok_or_else(|| Fault::inconsistent("a bulk request gave no row"))
}

/// The ids as sent, if any is spelled differently from the database's format; otherwise nothing, to keep the request
/// short.
fn sent(ids: &BulkIds) -> Vec<Text<'_>> {
    let differs = ids.iter().any(|requested| requested.id.is_none_or(|id| id.to_string() != requested.sent));
    if differs { ids.iter().map(|requested| Text(&requested.sent)).collect() } else { Vec::new() }
}

fn done(bulk: &Bulk<'_>, at: Timestamp, places: &[i32], statuses: &[i16]) -> Db<Vec<BulkItem>> {
    let ids: Vec<Option<OpportunityId>> = bulk.ids.iter().map(|requested| requested.id).collect();
    let items = places.iter().zip(statuses).map(|(place, status)| {
        let id = usize::try_from(*place - 1).ok().and_then(|place| ids.get(place).copied().flatten());
        let status = Status::from_number(i64::from(*status));
        let (Some(id), Some(status)) = (id, status) else {
            return Err(Fault::inconsistent("a bulk request gave an item that nobody asked for"));
        };
        Ok(BulkItem { id, assigned_to_id: bulk.holder(), status, updated_at: at })
    });
    items.collect()
}

/// The failed items, in request order.
fn failed<'a>(
    bulk: &Bulk<'_>,
    places: &[i32],
    (held, unwanted): (impl Iterator<Item = (&'a i32, Option<i64>)>, &[i32]),
    people: &HashMap<i64, Person>,
) -> Db<Vec<ItemFailure>> {
    let held: HashMap<i32, Option<i64>> = held.map(|(place, holder)| (*place, holder)).collect();
    let done: std::collections::HashSet<i32> = places.iter().copied().collect();
    let mut failed = Vec::new();
    for (place, requested) in (1_i32..).zip(bulk.ids) {
        if done.contains(&place) {
            continue;
        }
        let error = match held.get(&place) {
            None => ItemError::NotFound,
            Some(_) if unwanted.contains(&place) => ItemError::DoNotContact,
            Some(None) => ItemError::HeldByAnother { holder: None },
            Some(Some(seq)) => {
                let person = known(people, *seq)?;
                ItemError::HeldByAnother { holder: Some((person.id, person.name.clone())) }
            }
        };
        failed.push(ItemFailure { sent: requested.sent.clone(), error });
    }
    Ok(failed)
}

/// How many items each current holder would lose, largest number first.
fn taken_from(taken: &[Option<i64>], people: &HashMap<i64, Person>) -> Db<Vec<(Option<Person>, u64)>> {
    let mut counts: HashMap<Option<i64>, u64> = HashMap::new();
    for holder in taken {
        *counts.entry(*holder).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(holder, n)| (std::cmp::Reverse(*n), *holder));
    counts.into_iter().map(|(holder, n)| Ok((holder.map(|seq| known(people, seq).cloned()).transpose()?, n))).collect()
}

fn known(people: &HashMap<i64, Person>, seq: i64) -> Db<&Person> {
    people.get(&seq).ok_or_else(|| Fault::inconsistent(format!("users has no row with seq {seq}")))
}
