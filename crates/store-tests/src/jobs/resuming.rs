//! Resuming cancelled and failed jobs, and the removal of old details.

use reparto_domain::{
    JobId, Refusal, Role, Timestamp,
    audit::action,
    events::{EventType, FeedPosition},
    jobs::{CHUNK, JOBS_PER_USER, JobSet, JobStatus, JobWork, NewJob},
};
use uuid::Uuid;

use super::{ALL, assign_job};
use crate::{Fixture, fixture::refused};

rules! { $ job_resuming_rules in jobs::resuming {
    a_cancelled_job_resumes_with_what_was_left,
    a_resumed_job_is_undone_as_a_whole,
    claims_from_before_a_cancel_are_void,
    a_failed_job_resumes_once_its_creator_may_again,
    only_cancelled_or_failed_jobs_resume,
    a_resumed_jobs_end_is_an_event_too,
    resumed_jobs_count_towards_the_limit,
    resuming_is_for_administrators_alone,
    details_of_old_jobs_are_removed_and_the_job_stays,
}}

const RUNNER: Uuid = Uuid::from_u128(1);

async fn a_cancelled_job_resumes_with_what_was_left(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK * 3).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    let claim = f.claim(RUNNER).await.unwrap();
    f.run_chunk(claim).await;
    f.cancel(job.id).await.unwrap();
    let resumed = f.resume(job.id).await.unwrap();
    assert_eq!((resumed.status, resumed.done, resumed.failed), (JobStatus::Running, CHUNK as u64, 0));
    assert_eq!((resumed.finished_at, resumed.total), (None, job.total));
    assert!(f.job_errors(job.id).await.is_empty());
    f.run_jobs().await;
    let ended = f.job_now(job.id).await;
    assert_eq!((ended.status, ended.done, ended.failed), (JobStatus::Finished, job.total, 0));
    for id in [ids[0], ids[CHUNK], ids[CHUNK * 3 - 1]] {
        assert_eq!((f.holder(id).await, f.history(id).await.len()), (Some(agent.id), 2), "once");
    }
    let log = f.log_of(action::JOB_RESUMED).await;
    assert_eq!((log.len(), log[0].actor_id), (1, Some(f.admin().id)));
    let waiting = f.job(assign_job(&ids, &agent)).await;
    f.cancel(waiting.id).await.unwrap();
    assert_eq!(f.resume(waiting.id).await.unwrap().status, JobStatus::Queued, "it had not begun");
}

async fn a_resumed_job_is_undone_as_a_whole(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK * 2).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    let claim = f.claim(RUNNER).await.unwrap();
    f.run_chunk(claim).await;
    f.cancel(job.id).await.unwrap();
    f.resume(job.id).await.unwrap();
    f.run_jobs().await;
    let undo = f.undo_job(job.id).await.unwrap();
    assert_eq!(undo.total, ids.len() as u64);
    f.run_jobs().await;
    assert_eq!((f.job_now(undo.id).await.done, f.holder(ids[CHUNK]).await), (ids.len() as u64, None));
}

async fn claims_from_before_a_cancel_are_void(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    let before = f.claim(RUNNER).await.unwrap();
    f.cancel(job.id).await.unwrap();
    f.resume(job.id).await.unwrap();
    let after = f.claim(Uuid::from_u128(2)).await.expect("free at once");
    assert_eq!(f.run_chunk(before).await.done, 0);
    assert_eq!(f.run_chunk(after).await.done, 2);
    assert_eq!(f.history(ids[0]).await.len(), 2);
}

async fn a_failed_job_resumes_once_its_creator_may_again(f: Fixture) {
    let (agent, ids, maker) = (f.agent().await, f.opportunities(2).await, f.user(Role::Admin).await);
    let job = f.try_job(&f.by(&maker), assign_job(&ids, &agent)).await.unwrap();
    f.set_role(&maker, Role::Agent).await;
    f.run_jobs().await;
    assert_eq!(f.job_now(job.id).await.status, JobStatus::Failed);
    f.resume(job.id).await.unwrap();
    f.run_jobs().await;
    assert_eq!(f.job_now(job.id).await.status, JobStatus::Failed, "they still may not");
    f.set_role(&maker, Role::Admin).await;
    f.resume(job.id).await.unwrap();
    f.run_jobs().await;
    let ended = f.job_now(job.id).await;
    assert_eq!((ended.status, ended.done, ended.failure), (JobStatus::Finished, 2, None));
}

async fn only_cancelled_or_failed_jobs_resume(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    assert_eq!(refused(f.resume(job.id).await), Refusal::JobRunning);
    f.run_jobs().await;
    assert_eq!(refused(f.resume(job.id).await), Refusal::JobNotResumable);
    let nothing =
        f.job(NewJob { set: JobSet::Ids(Vec::new()), work: JobWork::Export, include_do_not_contact: false }).await;
    assert_eq!(refused(f.resume(nothing.id).await), Refusal::JobNotResumable);
    assert_eq!(refused(f.resume(JobId::new()).await), Refusal::JobNotFound);
}

async fn a_resumed_jobs_end_is_an_event_too(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    f.cancel(job.id).await.unwrap();
    let ends = async |after: FeedPosition| {
        let events = f.events(after, 100).await;
        events.into_iter().filter(|event| event.body.event_type() == EventType::JobFinished).collect::<Vec<_>>()
    };
    let first = ends(FeedPosition::default()).await;
    assert_eq!(first.len(), 1);
    f.resume(job.id).await.unwrap();
    f.run_jobs().await;
    let second = ends(first[0].position).await;
    assert_eq!(second.len(), 1);
    assert!(second[0].position.job > first[0].position.job);
}

async fn resumed_jobs_count_towards_the_limit(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let stopped = f.job(assign_job(&ids, &agent)).await;
    f.cancel(stopped.id).await.unwrap();
    for _ in 0..JOBS_PER_USER {
        f.job(assign_job(&ids, &agent)).await;
    }
    assert_eq!(refused(f.resume(stopped.id).await), Refusal::TooManyJobs);
    f.run_jobs().await;
    f.resume(stopped.id).await.unwrap();
}

async fn resuming_is_for_administrators_alone(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    f.cancel(job.id).await.unwrap();
    for id in [job.id, JobId::new()] {
        assert_eq!(refused(f.store().job_resume(&f.by(&agent), id, None).await), Refusal::AdministratorsOnly);
    }
}

async fn details_of_old_jobs_are_removed_and_the_job_stays(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK * 2).await);
    let old = f.ran(assign_job(&ids, &agent)).await;
    let export =
        f.ran(NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::Export, include_do_not_contact: false }).await;
    let stopped = f.job(assign_job(&ids, &agent)).await;
    f.cancel(stopped.id).await.unwrap();
    f.advance(1_000);
    let cut = f.tick();
    let young = f
        .ran(NewJob { set: JobSet::Ids(ids[..2].to_vec()), work: JobWork::Export, include_do_not_contact: false })
        .await;
    let waiting = f.job(assign_job(&ids, &agent)).await;
    let never = Timestamp::from_seconds(0);
    assert_eq!(f.store().trim(f.tick(), never, never).await.unwrap(), 0);
    while f.store().trim(f.tick(), cut, never).await.unwrap() > 0 {}
    for job in [&old, &export] {
        assert_eq!(f.job_now(job.id).await, *job);
        assert!(f.job_items(job.id, ALL).await.is_empty());
    }
    assert_eq!(f.store().job_output(export.id, 0).await.unwrap(), None);
    assert_eq!(refused(f.resume(stopped.id).await), Refusal::JobNotResumable);
    assert_eq!(f.job_items(young.id, ALL).await.len(), 2);
    assert!(f.store().job_output(young.id, 0).await.unwrap().is_some());
    assert_eq!(f.job_items(waiting.id, ALL).await.len(), ids.len());
    f.cancel(waiting.id).await.unwrap();
    let undo = f.undo_job(old.id).await.unwrap();
    f.run_jobs().await;
    assert_eq!((f.job_now(undo.id).await.done, f.holder(ids[0]).await), (ids.len() as u64, None));
}
