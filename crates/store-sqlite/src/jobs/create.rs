//! Creating jobs: the set is checked and frozen on a reader, written in steps, and made claimable by one last
//! transaction that checks everything again.

use std::sync::Arc;

use reparto_domain::{
    Caller, JobId, Refusal, Roles, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    jobs::{Job, JobPreview, JobStatus, JobWork, NewJob},
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{
    columns::{self, JOB_MADE},
    jobs::NewJobRow,
    numbers::signed,
};
use rusqlite::{Connection, params};

use super::{
    admit::admit,
    end, rows,
    set::{self, Frozen},
};
use crate::{
    SqliteStore,
    actor::{Actor, administrator},
    assignee::{Holder, user_for_assignment},
    audit,
    engine::Conn as _,
    idempotency,
    statements::statements,
};

statements! {
    INSERT => columns::insert('?', "jobs", &JOB_MADE);
}

/// The creator of a job: an administrator who is a user. The system creates none, since a job runs with its creator's
/// current rights.
fn creator(conn: &Connection, caller: &Caller) -> StoreResult<(Actor, i64)> {
    let actor = administrator(conn, caller)?;
    let seq = actor.seq.ok_or(Refusal::AdministratorsOnly)?;
    Ok((actor, seq))
}

fn assignee(conn: &Connection, work: &JobWork, assignable: &Roles) -> StoreResult<Option<Holder>> {
    work.assignee().map(|assignee| user_for_assignment(conn, assignee, assignable)).transpose()
}

/// The opportunities that a job would affect.
pub(super) fn preview(conn: &Connection, caller: &Caller, job: &NewJob, assignable: &Roles) -> StoreResult<JobPreview> {
    let (_, creator) = creator(conn, caller)?;
    job.set.check()?;
    assignee(conn, &job.work, assignable)?;
    admit(conn, creator)?;
    set::preview(conn, job)
}

/// What a job does.
#[derive(Debug)]
pub(super) enum Plan {
    /// New work.
    Do(NewJob, Roles),
    /// Undo another job.
    Undo(JobId),
}

impl Plan {
    fn freeze(&self, conn: &Connection, creator: i64) -> StoreResult<Frozen> {
        match self {
            Self::Do(job, assignable) => {
                job.set.check()?;
                assignee(conn, &job.work, assignable)?;
                admit(conn, creator)?;
                set::freeze(conn, job)
            }
            Self::Undo(id) => {
                undoable(conn, *id)?;
                admit(conn, creator)?;
                set::freeze_undo(conn, *id)
            }
        }
    }

    fn row(&self, conn: &Connection) -> StoreResult<NewJobRow> {
        match self {
            Self::Do(job, assignable) => Ok(NewJobRow::of_work(job, assignee(conn, &job.work, assignable)?)),
            Self::Undo(id) => Ok(NewJobRow::of_undo(undoable(conn, *id)?, *id)),
        }
    }
}

/// The seq of a job that can be undone.
fn undoable(conn: &Connection, id: JobId) -> StoreResult<i64> {
    let stored = rows::get(conn, id)?;
    stored.job.require_undoable()?;
    Ok(stored.seq)
}

/// Creates a job.
pub(super) async fn make(
    store: &SqliteStore,
    caller: Caller,
    plan: Plan,
    keyed: Option<Keyed<Job>>,
) -> StoreResult<Answer<Job>> {
    let plan = Arc::new(plan);
    let (asker, key, what) = (caller.clone(), keyed.clone(), Arc::clone(&plan));
    let frozen = store
        .read(move |conn| {
            let (actor, creator) = creator(conn, &asker)?;
            match idempotency::stored(conn, &asker, &actor, key.as_ref())? {
                Some(answer) => Ok(Err(answer)),
                None => what.freeze(conn, creator).map(Ok),
            }
        })
        .await?;
    let frozen = match frozen {
        Ok(frozen) => frozen,
        Err(answer) => return Ok(Answer::Stored(answer)),
    };
    let (total, chunks) = (frozen.total, frozen.chunks.len());
    // A small set is written together with the job's own row, a large one before it.
    let (small, set) = if chunks <= set::STEP {
        (frozen.chunks, None)
    } else {
        (Vec::new(), Some(set::write(store, frozen.chunks, caller.at).await?))
    };
    let made = store
        .write_for(&caller, move |conn, caller| {
            let (actor, creator) = creator(conn, caller)?;
            idempotency::once(conn, caller, &actor, keyed.as_ref(), |conn| {
                let new = plan.row(conn)?;
                admit(conn, creator)?;
                let seq = match set {
                    Some(set) => set::exists(conn, set)?.then_some(set).ok_or(StoreError::Busy)?,
                    None => set::write_small(conn, &small, caller.at)?,
                };
                record(conn, caller, &actor, (seq, creator), &new, (total, chunks))
            })
        })
        .await;
    if let Some(set) = set
        && !matches!(made, Ok(Answer::Fresh(_)))
    {
        // If this fails, the set is removed later, as after a crash.
        if let Err(error) = set::discard(store, set).await {
            tracing::warn!(%error, "the set of a job that was not made is left behind");
        }
    }
    made
}

/// Writes the job's own row and its audit entry.
fn record(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    (seq, creator): (i64, i64),
    new: &NewJobRow,
    (total, chunks): (u64, usize),
) -> StoreResult<Job> {
    let id = JobId::new();
    conn.run(
        &INSERT,
        params![
            seq,
            id.as_bytes(),
            new.kind.number(),
            JobStatus::Queued.number(),
            creator,
            new.holder.as_ref().map(|holder| holder.seq),
            new.status.map(Status::number),
            new.note,
            new.undoes.map(|(undone, _)| undone),
            signed(total),
            signed(chunks),
            caller.at.micros(),
            new.include_do_not_contact,
        ],
    )?;
    if chunks == 0 {
        end::end(conn, seq, JobStatus::Finished, None, caller.at)?;
    }
    let entry = audit::Entry {
        action: action::JOB_CREATED,
        entity: EntityType::Job,
        entity_id: Some(*id.as_bytes()),
        operation: None,
        details: new.details(total).into(),
    };
    audit::record(conn, caller, actor, &entry)?;
    Ok(rows::get(conn, id)?.job)
}
