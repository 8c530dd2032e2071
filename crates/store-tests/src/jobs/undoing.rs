//! Undoing a job.

use reparto_domain::{
    Refusal, Status,
    jobs::{CHUNK, JobItemError, JobKind, JobSet, JobStatus, JobWork, NewJob},
    operations::{OperationKind, OperationQuery},
    opportunities::ItemError,
};

use super::{ERRORS, assign_job};
use crate::{
    Fixture,
    fixture::{ALL_OPERATIONS, refused},
};

rules! { $ job_undoing_rules in jobs::undoing {
    a_job_is_undone_by_a_job,
    items_touched_since_stay_with_a_reason,
    only_done_items_are_undone,
    items_already_undone_are_skipped,
    an_operation_undone_meanwhile_fails_its_items,
    undoing_an_undo_job_restores_its_effect,
    an_unfinished_job_cannot_be_undone,
    exports_cannot_be_undone,
}}

async fn a_job_is_undone_by_a_job(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.many(CHUNK + 4).await);
    f.bulk_assign(&ids[..2], &first).await;
    f.set_status(ids[1], Status::Contacted).await;
    let before = f.states(&ids[..3]).await;
    let done = f.ran(assign_job(&ids, &second)).await;
    assert_eq!(f.holder(ids[CHUNK]).await, Some(second.id));
    let undo = f.undo_job(done.id).await.unwrap();
    assert_eq!((undo.kind, undo.undoes, undo.total), (JobKind::Undo, Some(done.id), ids.len() as u64));
    f.run_jobs().await;
    let undo = f.job_now(undo.id).await;
    assert_eq!((undo.status, undo.done, undo.failed), (JobStatus::Finished, ids.len() as u64, 0));
    assert_eq!(f.states(&ids[..3]).await, before);
    assert_eq!(f.holder(ids[CHUNK]).await, None);
    let undos = f.operations(OperationQuery { kind: Some(OperationKind::Undo), ..ALL_OPERATIONS }).await;
    assert!(undos.len() == 2 && undos.iter().all(|operation| operation.job_id == Some(undo.id)));
    assert_eq!(undos[1].assigned_count, 4, "the newest operation went first");
    assert_eq!(refused(f.undo_job(done.id).await), Refusal::AlreadyUndone);
}

async fn items_touched_since_stay_with_a_reason(f: Fixture) {
    let (agent, other, ids) = (f.agent().await, f.agent().await, f.opportunities(4).await);
    f.bulk_assign(&ids[3..], &other).await;
    let job = f.ran(assign_job(&ids, &agent)).await;
    let touch = f.bulk_assign_operation(&ids[..1], &other).await;
    f.delete(ids[2]).await;
    f.set_active(&other, false).await;
    let undo = f.undo_job(job.id).await.unwrap();
    f.run_jobs().await;
    let undo = f.job_now(undo.id).await;
    assert_eq!((undo.total, undo.done, undo.failed), (4, 1, 3));
    let errors = f.job_items(undo.id, ERRORS).await;
    assert_eq!(errors.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), [ids[0], ids[2], ids[3]]);
    let Some(JobItemError::Item(ItemError::Touched { operation, .. })) = &errors[0].error else {
        panic!("{errors:?}");
    };
    assert_eq!(*operation, touch);
    assert_eq!(errors[1].error, Some(JobItemError::Item(ItemError::NotFound)));
    let holder = (other.id, other.name.clone());
    assert_eq!(errors[2].error, Some(JobItemError::Item(ItemError::EarlierHolderInactive { holder })));
}

async fn only_done_items_are_undone(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK * 2).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    let claim = f.claim(uuid::Uuid::from_u128(1)).await.unwrap();
    f.run_chunk(claim).await;
    f.cancel(job.id).await.unwrap();
    let undo = f.undo_job(job.id).await.unwrap();
    assert_eq!(undo.total, CHUNK as u64);
    f.run_jobs().await;
    assert_eq!(f.holder(ids[0]).await, None);
    let nothing = f.job(assign_job(&ids[..1], &agent)).await;
    f.cancel(nothing.id).await.unwrap();
    let undo = f.undo_job(nothing.id).await.unwrap();
    assert_eq!((undo.total, undo.status), (0, JobStatus::Finished));
}

async fn items_already_undone_are_skipped(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK + 2).await);
    let job = f.ran(assign_job(&ids, &agent)).await;
    let newest = f.history(ids[CHUNK]).await[0].operation_id;
    f.undo(newest).await;
    let undo = f.undo_job(job.id).await.unwrap();
    assert_eq!(undo.total, CHUNK as u64);
    f.run_jobs().await;
    assert_eq!(f.job_now(undo.id).await.done, CHUNK as u64);
}

async fn an_operation_undone_meanwhile_fails_its_items(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let job = f.ran(assign_job(&ids, &agent)).await;
    let undo = f.undo_job(job.id).await.unwrap();
    f.undo(f.history(ids[0]).await[0].operation_id).await;
    f.run_jobs().await;
    let undo = f.job_now(undo.id).await;
    assert_eq!((undo.status, undo.done, undo.failed), (JobStatus::Finished, 0, 2));
    let code = "already_undone".to_owned();
    assert_eq!(f.job_errors(undo.id).await, [(ids[0], code.clone()), (ids[1], code)]);
}

async fn undoing_an_undo_job_restores_its_effect(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK + 1).await);
    let job = f
        .ran(NewJob {
            set: JobSet::Ids(ids.clone()),
            work: assign_job(&ids, &agent).work,
            include_do_not_contact: false,
        })
        .await;
    let undo = f.undo_job(job.id).await.unwrap();
    f.run_jobs().await;
    let redo = f.undo_job(undo.id).await.unwrap();
    f.run_jobs().await;
    assert_eq!(f.job_now(redo.id).await.done, ids.len() as u64);
    assert_eq!((f.holder(ids[0]).await, f.holder(ids[CHUNK]).await), (Some(agent.id), Some(agent.id)));
    let again = f.undo_job(job.id).await.unwrap();
    f.run_jobs().await;
    assert_eq!((f.job_now(again.id).await.done, f.holder(ids[0]).await), (ids.len() as u64, None));
}

async fn an_unfinished_job_cannot_be_undone(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    assert_eq!(refused(f.undo_job(job.id).await), Refusal::JobRunning);
    f.claim(uuid::Uuid::from_u128(1)).await.unwrap();
    assert_eq!(refused(f.undo_job(job.id).await), Refusal::JobRunning);
}

async fn exports_cannot_be_undone(f: Fixture) {
    let ids = f.opportunities(1).await;
    let job = f.ran(NewJob { set: JobSet::Ids(ids), work: JobWork::Export, include_do_not_contact: false }).await;
    assert_eq!(refused(f.undo_job(job.id).await), Refusal::NotUndoable);
}
