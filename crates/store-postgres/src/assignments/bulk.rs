//! Bulk assigning and unassigning: each request is one operation and one audit entry. Requests that wait at one moment
//! are executed together, by one statement (see [`groups`](super::groups)).

use reparto_domain::{
    Caller, JobId, OperationId, Refusal, Roles, Status, UserId,
    audit::action,
    idempotency::{Answer, Keyed},
    operations::OperationKind,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode, BulkOutcome, BulkUnassign},
};
use reparto_store::{StoreError, StoreResult};

use super::{
    bulk_outcome::{Decided, decided, outcomes},
    bulk_params::{lock_keys, send},
    refusals,
};
use crate::{
    PostgresStore,
    engine::{
        errors::{Db, Fault},
        tx::{Conn, autocommit, transact},
    },
    idempotency,
};

/// A bulk request of either kind.
#[derive(Debug)]
pub(super) struct Bulk {
    pub caller: Caller,
    pub kind: OperationKind,
    pub action: &'static str,
    not_allowed: Refusal,
    pub ids: BulkIds,
    pub mode: BulkMode,
    pub job: Option<JobId>,
    pub note: Option<String>,
    pub status: Option<Status>,
    /// The assignee; `None` unassigns.
    pub assignee: Option<Assignee>,
    pub assignable: Roles,
    /// Its idempotency key; `None`: it has none, or comes from the system.
    pub keyed: Option<Keyed<BulkOutcome>>,
}

impl Bulk {
    pub(super) fn assign(caller: Caller, command: BulkAssign, assignable: Roles) -> Self {
        Self {
            caller,
            kind: OperationKind::BulkAssign,
            action: action::BULK_ASSIGN,
            not_allowed: Refusal::BulkAssignAdministratorsOnly,
            ids: command.ids,
            mode: command.mode,
            job: command.job,
            note: command.note.filter(|note| !note.is_empty()),
            status: command.status,
            assignee: Some(command.assignee),
            assignable,
            keyed: None,
        }
    }

    pub(super) fn unassign(caller: Caller, command: BulkUnassign) -> Self {
        Self {
            caller,
            kind: OperationKind::BulkUnassign,
            action: action::BULK_UNASSIGN,
            not_allowed: Refusal::BulkUnassignAdministratorsOnly,
            ids: command.ids,
            mode: command.mode,
            job: command.job,
            note: None,
            status: None,
            assignee: None,
            assignable: Roles::new([]),
            keyed: None,
        }
    }

    /// With an idempotency key. The system has none.
    pub(super) fn with_key(mut self, keyed: Option<Keyed<BulkOutcome>>) -> Self {
        self.keyed = keyed.filter(|_| self.caller.user().is_some());
        self
    }

    /// The assignee.
    pub(super) const fn holder(&self) -> Option<UserId> {
        match self.assignee {
            Some(Assignee::User(id)) => Some(id),
            _ => None,
        }
    }

    /// The refusal that the statement's number stands for.
    pub(super) fn refusal(&self, number: i32) -> Option<Refusal> {
        match number {
            refusals::ACCOUNT_INACTIVE => Some(Refusal::AccountInactive),
            refusals::TOKEN_REVOKED => Some(Refusal::TokenRevoked),
            refusals::PASSWORD_MUST_CHANGE => Some(Refusal::PasswordMustChange),
            refusals::TOTP_SET_UP_REQUIRED => Some(Refusal::TotpSetUpRequired),
            refusals::NOT_ALLOWED => Some(self.not_allowed.clone()),
            refusals::ASSIGNEE_NOT_FOUND => Some(Refusal::AssigneeNotFound),
            refusals::ASSIGNEE_INACTIVE => Some(Refusal::AssigneeInactive),
            refusals::ASSIGNEE_NOT_ASSIGNABLE => {
                Some(Refusal::AssigneeRoleNotAssignable { roles: self.assignable.clone() })
            }
            _ => None,
        }
    }
}

/// The answer to a bulk request.
pub(super) type Answered = StoreResult<Answer<BulkOutcome>>;

/// Executes a request by itself; without a key, by a statement that is its own transaction.
pub(super) async fn alone(store: &PostgresStore, bulk: &Bulk) -> Answered {
    let members = [bulk];
    let answers = if bulk.keyed.is_some() {
        transact!(store, tx => with_keys(tx, &members))?
    } else {
        let answers = autocommit!(store, conn => plainly(conn, &members))?;
        store.notify_write();
        answers
    };
    only(answers).map_err(|fault| fault.into_store(true))?
}

/// Why a group was not answered.
pub(super) enum Ungrouped {
    /// The database rolled it back: each member may be executed by itself.
    RolledBack(StoreError),
    /// Nothing can be done now, or what became of it is unknown: each member is answered with this.
    Failed(StoreError),
}

/// Executes several requests in one transaction. Either all or none of them have keys.
pub(super) async fn together(store: &PostgresStore, members: &[&Bulk]) -> Result<Vec<Answered>, Ungrouped> {
    let keyed = members.first().is_some_and(|first| first.keyed.is_some());
    let answers = if keyed {
        let mut tx = store.begin().await.map_err(Ungrouped::Failed)?;
        let answers = with_keys(&mut tx, members).await;
        match tx.finish(answers).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(error @ StoreError::Unavailable { outcome_unknown: true, .. })) => Err(Ungrouped::Failed(error)),
            Ok(Err(error)) => Err(Ungrouped::RolledBack(error)),
            Err(retry) => Err(Ungrouped::RolledBack(retry.0.into_store(false))),
        }
    } else {
        let mut conn = store.reader().await.map_err(Ungrouped::Failed)?;
        plainly(&mut conn, members).await.map_err(|fault| {
            if fault.is_disconnect() {
                Ungrouped::Failed(fault.into_store(true))
            } else {
                Ungrouped::RolledBack(fault.into_store(false))
            }
        })
    };
    store.notify_write();
    answers
}

/// Executes requests by one statement that is its own transaction.
async fn plainly(conn: &mut Conn, members: &[&Bulk]) -> Db<Vec<Answered>> {
    let operations = operations(members);
    let decided = decided(&send(conn, members, &operations, None).await?, members)?;
    // It is committed: from here on an error must not have it executed again.
    let outcomes = outcomes(conn, members, &operations, &decided).await;
    match outcomes {
        Ok(outcomes) => Ok(outcomes.into_iter().map(|outcome| outcome.map(Answer::Fresh)).collect()),
        Err(fault) => {
            let error = fault.into_store(true);
            Ok(members.iter().map(|_| Err(error.clone())).collect())
        }
    }
}

/// Executes requests with keys in two round trips: the first locks the keys, and executes the requests without a
/// stored answer; the second stores the answers, and commits.
async fn with_keys(tx: &mut Conn, members: &[&Bulk]) -> Db<Vec<Answered>> {
    let operations = operations(members);
    let keys = lock_keys(members);
    let decided = decided(&send(tx, members, &operations, Some(&keys)).await?, members)?;
    let outcomes = outcomes(tx, members, &operations, &decided).await?;
    let mut answers = Vec::with_capacity(members.len());
    for ((bulk, decided), outcome) in members.iter().zip(&decided).zip(outcomes) {
        answers.push(match decided.refusal {
            refusals::KEY_RUNNING => Err(Refusal::IdempotencyKeyRunning.into()),
            refusals::KEY_STORED => match stored(tx, bulk, decided).await {
                Err(Fault::Store(error)) => Err(error),
                answer => Ok(Answer::Stored(answer?)),
            },
            _ => {
                if let Ok(outcome) = &outcome {
                    idempotency::store_answer(tx, decided.actor, bulk.keyed.as_ref(), outcome);
                }
                outcome.map(Answer::Fresh)
            }
        });
    }
    Ok(answers)
}

/// The answer stored for the key of a request.
async fn stored(tx: &mut Conn, bulk: &Bulk, decided: &Decided) -> Db<reparto_domain::idempotency::StoredAnswer> {
    let gone = || Fault::inconsistent("a bulk request found a key that is not there");
    let (Some(keyed), Some(actor)) = (&bulk.keyed, decided.actor) else { return Err(gone()) };
    idempotency::stored_answer(tx, &bulk.caller, actor, keyed).await?.ok_or_else(gone)
}

fn operations(members: &[&Bulk]) -> Vec<OperationId> {
    members.iter().map(|_| OperationId::new()).collect()
}

/// The single answer to a single request.
fn only<T>(answers: Vec<T>) -> Db<T> {
    answers.into_iter().next().ok_or_else(|| Fault::inconsistent("a bulk request gave no row"))
}

/// Executes a chunk of a job in an open transaction.
pub(crate) async fn assign_chunk(
    tx: &mut Conn,
    caller: &Caller,
    command: BulkAssign,
    assignable: &Roles,
) -> Db<BulkOutcome> {
    chunk(tx, Bulk::assign(caller.clone(), command, assignable.clone())).await
}

/// Like [`assign_chunk`], but unassigns.
pub(crate) async fn unassign_chunk(tx: &mut Conn, caller: &Caller, command: BulkUnassign) -> Db<BulkOutcome> {
    chunk(tx, Bulk::unassign(caller.clone(), command)).await
}

async fn chunk(tx: &mut Conn, bulk: Bulk) -> Db<BulkOutcome> {
    let bulk = Bulk { not_allowed: Refusal::AdministratorsOnly, ..bulk };
    let (members, operation) = ([&bulk], [OperationId::new()]);
    let decided = decided(&send(tx, &members, &operation, None).await?, &members)?;
    Ok(only(outcomes(tx, &members, &operation, &decided).await?)??)
}
