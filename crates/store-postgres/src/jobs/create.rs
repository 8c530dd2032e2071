//! Creating jobs, in one transaction.

use reparto_domain::{
    Caller, JobId, Refusal, Roles, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    jobs::{JOBS_PER_USER, JOBS_TOTAL, Job, JobKind, JobPreview, JobStatus, JobWork, NewJob},
};
use serde_json::json;

use super::{
    end, rows,
    set::{self, Frozen},
};
use crate::{
    actor::{Actor, authorize},
    assignee::{Holder, user_for_assignment},
    audit,
    engine::{
        errors::Db,
        params::{At, opt},
        tx::Conn,
    },
    idempotency::once,
    statements::statements,
};

statements! {
    ALONE = "SELECT FROM locks WHERE name = 'jobs' FOR UPDATE";
    ALIVE = "SELECT count(*), count(*) FILTER (WHERE actor = $1) FROM jobs WHERE ended IS NULL";
    NEW = "INSERT INTO jobs (seq, id, kind, actor, assignee, new_status, note, undoes, total, chunks, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
}

/// What a job does.
#[derive(Debug)]
pub(super) enum Plan {
    /// New work.
    Do(NewJob, Roles),
    /// Undo another job.
    Undo(JobId),
}

/// The creator of a job: an administrator who is a user. The system creates none, since a job runs with its creator's
/// current rights.
async fn creator(tx: &mut Conn, caller: &Caller) -> Db<(Actor, i64)> {
    let actor = authorize(tx, caller).await?;
    actor.require_administrator(Refusal::AdministratorsOnly)?;
    let seq = actor.seq.ok_or(Refusal::AdministratorsOnly)?;
    Ok((actor, seq))
}

/// Refuses another job if too many are queued or running.
pub(super) async fn check_bounds(tx: &mut Conn, creator: i64) -> Db<()> {
    let row = tx.one(ALIVE, &[&creator]).await?;
    let (all, own): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if own.unsigned_abs() >= JOBS_PER_USER || all.unsigned_abs() >= JOBS_TOTAL {
        return Err(Refusal::TooManyJobs.into());
    }
    Ok(())
}

async fn assignee(tx: &mut Conn, work: &JobWork, assignable: &Roles) -> Db<Option<Holder>> {
    match work {
        JobWork::BulkAssign { assignee, .. } => user_for_assignment(tx, *assignee, assignable).await.map(Some),
        JobWork::BulkUnassign | JobWork::SetStatus(_) | JobWork::Export => Ok(None),
    }
}

/// The opportunities that a job would affect.
pub(super) async fn preview(tx: &mut Conn, caller: &Caller, job: &NewJob, assignable: &Roles) -> Db<JobPreview> {
    let (_, creator) = creator(tx, caller).await?;
    job.set.check()?;
    assignee(tx, &job.work, assignable).await?;
    check_bounds(tx, creator).await?;
    set::preview(tx, &job.set).await
}

/// Creates a job.
pub(super) async fn make(tx: &mut Conn, caller: &Caller, plan: &Plan, keyed: Option<&Keyed<Job>>) -> Db<Answer<Job>> {
    let (actor, creator) = creator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, execute(tx, caller, &actor, creator, plan))
}

/// A job's own row before it is written.
struct New {
    kind: JobKind,
    holder: Option<Holder>,
    status: Option<Status>,
    note: Option<String>,
    undoes: Option<(i64, JobId)>,
}

async fn execute(tx: &mut Conn, caller: &Caller, actor: &Actor, creator: i64, plan: &Plan) -> Db<Job> {
    let (new, frozen) = match plan {
        Plan::Do(job, assignable) => {
            job.set.check()?;
            let holder = assignee(tx, &job.work, assignable).await?;
            let (status, note) = match &job.work {
                JobWork::BulkAssign { status, note, .. } => (*status, note.clone()),
                JobWork::SetStatus(status) => (Some(*status), None),
                JobWork::BulkUnassign | JobWork::Export => (None, None),
            };
            check_bounds(tx, creator).await?;
            let frozen = set::freeze(tx, &job.set).await?;
            (New { kind: job.work.kind(), holder, status, note, undoes: None }, frozen)
        }
        Plan::Undo(id) => {
            let undoes = Some((undoable(tx, *id).await?, *id));
            check_bounds(tx, creator).await?;
            let frozen = set::freeze_undo(tx, *id).await?;
            (New { kind: JobKind::Undo, holder: None, status: None, note: None, undoes }, frozen)
        }
    };
    // Serialises counting, but only for as long as it takes to write a row.
    tx.run(ALONE, &[]).await?;
    check_bounds(tx, creator).await?;
    record(tx, caller, actor, creator, &new, frozen).await
}

/// The seq of a job that can be undone.
async fn undoable(tx: &mut Conn, id: JobId) -> Db<i64> {
    let stored = rows::get(tx, id).await?;
    if stored.job.kind == JobKind::Export {
        return Err(Refusal::NotUndoable.into());
    }
    if !stored.job.status.has_ended() {
        return Err(Refusal::JobRunning.into());
    }
    Ok(stored.seq)
}

/// Writes the job's own row and its audit entry.
async fn record(tx: &mut Conn, caller: &Caller, actor: &Actor, creator: i64, new: &New, frozen: Frozen) -> Db<Job> {
    let id = JobId::new();
    tx.run(
        NEW,
        &[
            &frozen.seq,
            &id.uuid(),
            &new.kind.number(),
            &creator,
            &new.holder.as_ref().map(|holder| holder.seq),
            &new.status.map(Status::number),
            &opt(&new.note),
            &new.undoes.map(|(undone, _)| undone),
            &frozen.total,
            &frozen.chunks,
            &At(caller.at),
        ],
    )
    .await?;
    if frozen.chunks == 0 {
        end::end(tx, frozen.seq, JobStatus::Finished, None, caller.at).await?;
    }
    let entry = audit::Entry {
        action: action::JOB_CREATED,
        entity: EntityType::Job,
        entity_id: Some(id.uuid()),
        operation: None,
        details: json!({
            "kind": new.kind,
            "total": frozen.total,
            "assigned_to_id": new.holder.as_ref().map(|holder| holder.id),
            "status": new.status,
            "undoes": new.undoes.map(|(_, id)| id),
        })
        .into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    rows::shown(tx, id).await
}
