//! Creating jobs, in one transaction.

use reparto_domain::{
    Caller, JobId, Refusal, Roles, Status,
    audit::{EntityType, action},
    idempotency::{Answer, Keyed},
    jobs::{Job, JobPreview, JobStatus, JobWork, NewJob},
};
use reparto_store_rows::{
    columns::{self, JOB_MADE},
    jobs::NewJobRow,
};

use super::{
    admit::{admit, lock_count},
    end, rows,
    set::{self, Frozen},
};
use crate::{
    actor::{Actor, administrator},
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
    INSERT => columns::insert('$', "jobs", &JOB_MADE);
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
    let actor = administrator(tx, caller).await?;
    let seq = actor.seq.ok_or(Refusal::AdministratorsOnly)?;
    Ok((actor, seq))
}

async fn assignee(tx: &mut Conn, work: &JobWork, assignable: &Roles) -> Db<Option<Holder>> {
    match work.assignee() {
        Some(assignee) => user_for_assignment(tx, assignee, assignable).await.map(Some),
        None => Ok(None),
    }
}

/// The opportunities that a job would affect.
pub(super) async fn preview(tx: &mut Conn, caller: &Caller, job: &NewJob, assignable: &Roles) -> Db<JobPreview> {
    let (_, creator) = creator(tx, caller).await?;
    job.set.check()?;
    assignee(tx, &job.work, assignable).await?;
    admit(tx, creator).await?;
    set::preview(tx, job).await
}

/// Creates a job.
pub(super) async fn make(tx: &mut Conn, caller: &Caller, plan: &Plan, keyed: Option<&Keyed<Job>>) -> Db<Answer<Job>> {
    let (actor, creator) = creator(tx, caller).await?;
    once!(tx, caller, &actor, keyed, execute(tx, caller, &actor, creator, plan))
}

async fn execute(tx: &mut Conn, caller: &Caller, actor: &Actor, creator: i64, plan: &Plan) -> Db<Job> {
    let (new, frozen) = match plan {
        Plan::Do(job, assignable) => {
            job.set.check()?;
            let holder = assignee(tx, &job.work, assignable).await?;
            admit(tx, creator).await?;
            (NewJobRow::of_work(job, holder), set::freeze(tx, job).await?)
        }
        Plan::Undo(id) => {
            let seq = undoable(tx, *id).await?;
            admit(tx, creator).await?;
            (NewJobRow::of_undo(seq, *id), set::freeze_undo(tx, *id).await?)
        }
    };
    // Locked only for as long as it takes to write a row.
    lock_count(tx).await?;
    admit(tx, creator).await?;
    record(tx, caller, actor, creator, &new, frozen).await
}

/// The seq of a job that can be undone.
async fn undoable(tx: &mut Conn, id: JobId) -> Db<i64> {
    let stored = rows::get(tx, id).await?;
    stored.job.require_undoable()?;
    Ok(stored.seq)
}

/// Writes the job's own row and its audit entry.
async fn record(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    creator: i64,
    new: &NewJobRow,
    frozen: Frozen,
) -> Db<Job> {
    let id = JobId::new();
    tx.run(
        &INSERT,
        &[
            &frozen.seq,
            &id.uuid(),
            &new.kind.number(),
            &JobStatus::Queued.number(),
            &creator,
            &new.holder.as_ref().map(|holder| holder.seq),
            &new.status.map(Status::number),
            &opt(&new.note),
            &new.undoes.map(|(undone, _)| undone),
            &frozen.total,
            &frozen.chunks,
            &At(caller.at),
            &new.include_do_not_contact,
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
        details: new.details(frozen.total.unsigned_abs()).into(),
    };
    audit::record(tx, caller, actor, &entry).await?;
    rows::shown(tx, id).await
}
