//! Running jobs: in chunks, by several runners, to completion.

use futures::future::join_all;
use reparto_domain::{
    OpportunityId, Refusal, Role, Status,
    jobs::{CHUNK, EXPORT_CHUNK, JobKind, JobSet, JobStatus, JobWork, NewJob},
    operations::{OperationKind, OperationQuery},
    opportunities::{Assignee, OpportunityFilter},
};
use serde_json::json;
use uuid::Uuid;

use super::{ALL, ERRORS, assign_job, line, moment};
use crate::{
    Fixture,
    fixture::{ALL_OPERATIONS, refused},
};

rules! { $ job_running_rules in jobs::running {
    each_chunk_is_an_operation_under_the_job,
    a_job_unassigns,
    a_job_sets_a_status_and_records_only_changes,
    an_export_stores_the_rendered_rows,
    a_deleted_opportunity_is_a_failed_item,
    malformed_ids_are_shown_as_sent,
    the_audit_log_names_failed_items_as_sent,
    a_job_fails_when_its_creator_loses_the_right,
    a_job_fails_when_its_assignee_becomes_unassignable,
    a_cancelled_job_stops_and_fails_the_rest,
    an_ended_job_cannot_be_cancelled,
    a_claim_is_exclusive_until_its_lease_ends,
    a_chunk_claimed_twice_is_done_once,
    users_take_turns_whatever_the_size_of_their_jobs,
    many_runners_do_each_item_once,
}}

fn runner(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn each_chunk_is_an_operation_under_the_job(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK + 2).await);
    let work = JobWork::BulkAssign { assignee: Assignee::User(agent.id), status: None, note: Some("lote".into()) };
    let job = f.job(NewJob { set: JobSet::Ids(ids.clone()), work, include_do_not_contact: false }).await;
    let claim = f.claim(runner(1)).await.unwrap();
    let begun = f.job_now(job.id).await;
    assert_eq!((begun.status, begun.done, begun.started_at.is_some()), (JobStatus::Running, 0, true));
    let half = f.run_chunk(claim).await;
    assert_eq!((half.status, half.done, half.failed, half.finished_at), (JobStatus::Running, CHUNK as u64, 0, None));
    f.run_jobs().await;
    let job = f.job_now(job.id).await;
    assert_eq!((job.status, job.done, job.failed), (JobStatus::Finished, ids.len() as u64, 0));
    assert_eq!(job.started_at, begun.started_at);
    assert!(job.finished_at > job.started_at);
    let operations = f.operations(OperationQuery { kind: Some(OperationKind::BulkAssign), ..ALL_OPERATIONS }).await;
    assert_eq!(operations.iter().map(|op| op.assigned_count).collect::<Vec<_>>(), [2, CHUNK as u64]);
    for operation in operations {
        assert_eq!((operation.job_id, operation.actor_id), (Some(job.id), Some(f.admin().id)));
        assert_eq!(operation.note.as_deref(), Some("lote"));
    }
    assert_eq!(f.state(ids[0]).await, (Some(agent.id), Status::Pending));
    assert_eq!(f.notes(ids[CHUNK]).await.as_deref(), Some("lote"));
}

async fn a_job_unassigns(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    f.bulk_assign(&ids[..2], &agent).await;
    f.set_status(ids[1], Status::Contacted).await;
    let job = f
        .ran(NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::BulkUnassign, include_do_not_contact: false })
        .await;
    assert_eq!((job.done, job.failed), (3, 0));
    assert_eq!(f.states(&ids).await, [(None, Status::Pending), (None, Status::Contacted), (None, Status::Pending)]);
}

async fn a_job_sets_a_status_and_records_only_changes(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    f.bulk_assign(&ids[..1], &agent).await;
    f.set_status(ids[2], Status::Lost).await;
    let set = JobSet::Ids(ids.clone());
    let job =
        f.ran(NewJob { set: set.clone(), work: JobWork::SetStatus(Status::Lost), include_do_not_contact: false }).await;
    assert_eq!((job.kind, job.status, job.done, job.failed), (JobKind::SetStatus, JobStatus::Finished, 3, 0));
    let state = (None, Status::Lost);
    assert_eq!(f.states(&ids).await, [(Some(agent.id), Status::Lost), state, state]);
    let query = OperationQuery { kind: Some(OperationKind::Update), ..ALL_OPERATIONS };
    let newest = f.operations(query.clone()).await[0].clone();
    assert_eq!((newest.job_id, newest.assigned_count), (Some(job.id), 2));
    let before = f.operation_count().await;
    let again = f.ran(NewJob { set, work: JobWork::SetStatus(Status::Lost), include_do_not_contact: false }).await;
    assert_eq!((again.done, f.operation_count().await), (3, before));
}

async fn an_export_stores_the_rendered_rows(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(EXPORT_CHUNK + 1).await);
    f.bulk_assign(&ids[..1], &agent).await;
    let before = f.operation_count().await;
    let job =
        f.job(NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::Export, include_do_not_contact: false }).await;
    assert_eq!(f.store().job_output(job.id, 0).await.unwrap(), None, "nothing is written yet");
    f.run_jobs().await;
    let mut expected = String::new();
    for id in &ids {
        expected.push_str(&line(&f.get(*id).await));
    }
    let mut written = Vec::new();
    for chunk in 0..2 {
        written.extend(f.store().job_output(job.id, chunk).await.unwrap().expect("a chunk that is done"));
    }
    assert_eq!(String::from_utf8(written).unwrap(), expected);
    assert_eq!(f.store().job_output(job.id, 2).await.unwrap(), None);
    assert_eq!(f.operation_count().await, before);
    assert_eq!(f.job_now(job.id).await.done, ids.len() as u64);
}

async fn a_deleted_opportunity_is_a_failed_item(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    let (unknown, deleted) = (OpportunityId::new(), f.deleted_opportunity().await);
    let asked = [ids[0], unknown, ids[1], deleted, ids[2]];
    for work in
        [assign_job(&ids, &agent).work, JobWork::SetStatus(Status::Lost), JobWork::Export, JobWork::BulkUnassign]
    {
        let job = f.job(NewJob { set: JobSet::Ids(asked.to_vec()), work, include_do_not_contact: false }).await;
        f.run_jobs().await;
        let ended = f.job_now(job.id).await;
        assert_eq!((ended.status, ended.done, ended.failed), (JobStatus::Finished, 3, 2));
        let code = "opportunity_not_found".to_owned();
        assert_eq!(f.job_errors(job.id).await, [(unknown, code.clone()), (deleted, code)]);
        assert_eq!(f.job_items(job.id, ALL).await.len(), 5);
    }
    let job = f
        .job(NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::BulkUnassign, include_do_not_contact: false })
        .await;
    f.delete(ids[1]).await;
    f.run_jobs().await;
    assert_eq!(f.job_errors(job.id).await, [(ids[1], "opportunity_not_found".to_owned())]);
}

async fn malformed_ids_are_shown_as_sent(f: Fixture) {
    let mut ids = f.many(CHUNK + 2).await;
    let malformed = [(0, "x"), (CHUNK, "ñ\0 \"'"), (CHUNK + 3, "y")].map(|(place, text)| (place, Box::from(text)));
    for (place, _) in &malformed {
        ids.insert(*place, OpportunityId::new());
    }
    let set = JobSet::Sent { ids: ids.clone(), malformed: malformed.to_vec() };
    let job = f.ran(NewJob { set, work: JobWork::SetStatus(Status::Lost), include_do_not_contact: false }).await;
    assert_eq!((job.total, job.done, job.failed), (ids.len() as u64, CHUNK as u64 + 2, 3));
    let all = f.job_items(job.id, ALL).await;
    assert_eq!(all.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), ids);
    let shown: Vec<_> = all.iter().enumerate().filter_map(|(at, item)| Some((at, item.sent.as_deref()?))).collect();
    assert_eq!(shown, malformed.iter().map(|(place, text)| (*place, &**text)).collect::<Vec<_>>());
    let errors = f.job_items(job.id, ERRORS).await;
    assert!(errors.len() == 3 && errors.iter().all(|item| item.sent.is_some()), "{errors:?}");
}

async fn the_audit_log_names_failed_items_as_sent(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(2).await);
    let unknown = OpportunityId::new();
    let set = JobSet::Sent {
        ids: vec![ids[0], OpportunityId::new(), unknown, ids[1], OpportunityId::new()],
        malformed: vec![(1, "ñ \"'".into()), (4, "7".into())],
    };
    let assign = JobWork::BulkAssign { assignee: Assignee::User(agent.id), status: None, note: None };
    for work in [assign, JobWork::BulkUnassign, JobWork::SetStatus(Status::Lost)] {
        let job = f.ran(NewJob { set: set.clone(), work: work.clone(), include_do_not_contact: false }).await;
        assert_eq!((job.done, job.failed), (2, 3), "{work:?}");
        let entry = f
            .log()
            .await
            .into_iter()
            .find(|entry| entry.details.to_value().get("failed_ids").is_some())
            .expect("an entry");
        assert_eq!(entry.details.to_value()["failed_ids"], json!(["ñ \"'", unknown, "7"]), "{work:?}");
    }
}

async fn a_job_fails_when_its_creator_loses_the_right(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK + 3).await);
    for (demoted, code) in [(true, "administrators_only"), (false, "account_inactive")] {
        for work in
            [assign_job(&ids, &agent).work, JobWork::BulkUnassign, JobWork::SetStatus(Status::Lost), JobWork::Export]
        {
            let (maker, first) = (f.user(Role::Admin).await, work.chunk());
            let job = NewJob { set: JobSet::Ids(ids.clone()), work, include_do_not_contact: false };
            let job = f.try_job(&f.by(&maker), job).await.unwrap();
            let claim = f.claim(runner(1)).await.unwrap();
            f.run_chunk(claim).await;
            if demoted {
                f.set_role(&maker, Role::Agent).await;
            } else {
                f.set_active(&maker, false).await;
            }
            let before = f.operation_count().await;
            f.run_jobs().await;
            let job = f.job_now(job.id).await;
            assert_eq!((job.status, job.failure.as_deref()), (JobStatus::Failed, Some(code)));
            assert_eq!((job.done, job.failed), (first as u64, (ids.len() - first) as u64));
            assert_eq!(f.operation_count().await, before);
            let rest: Vec<_> = ids[first..].iter().map(|id| (*id, code.to_owned())).collect();
            assert_eq!(f.job_errors(job.id).await, rest);
        }
    }
}

async fn a_job_fails_when_its_assignee_becomes_unassignable(f: Fixture) {
    let ids = f.opportunities(2).await;
    for (role, code) in [(false, "assignee_inactive"), (true, "assignee_role_not_assignable")] {
        let agent = f.agent().await;
        let job = f.job(assign_job(&ids, &agent)).await;
        if role {
            f.set_role(&agent, Role::User).await;
        } else {
            f.set_active(&agent, false).await;
        }
        f.run_jobs().await;
        let job = f.job_now(job.id).await;
        assert_eq!((job.status, job.failure.as_deref()), (JobStatus::Failed, Some(code)));
        assert_eq!((job.done, job.failed, job.finished_at.is_some()), (0, 2, true));
        assert_eq!(f.job_errors(job.id).await[1], (ids[1], code.to_owned()));
    }
    assert_eq!(f.holder(ids[0]).await, None);
}

async fn a_cancelled_job_stops_and_fails_the_rest(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK * 2).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    let claim = f.claim(runner(1)).await.unwrap();
    f.run_chunk(claim).await;
    let claimed = f.claim(runner(1)).await.unwrap();
    let stopped = f.cancel(job.id).await.unwrap();
    assert_eq!((stopped.status, stopped.done, stopped.failed), (JobStatus::Cancelled, CHUNK as u64, CHUNK as u64));
    assert_eq!(f.run_chunk(claimed).await, stopped, "what was claimed before is not begun");
    assert_eq!(f.claim(runner(2)).await, None);
    assert_eq!(f.holder(ids[CHUNK]).await, None);
    let errors = f.job_errors(job.id).await;
    assert_eq!((errors.len(), errors[0].clone()), (CHUNK, (ids[CHUNK], "job_cancelled".to_owned())));
}

async fn an_ended_job_cannot_be_cancelled(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let job = f.ran(assign_job(&ids, &agent)).await;
    assert_eq!(refused(f.cancel(job.id).await), Refusal::JobEnded);
    let other = f.job(assign_job(&ids, &agent)).await;
    f.cancel(other.id).await.unwrap();
    assert_eq!(refused(f.cancel(other.id).await), Refusal::JobEnded);
}

async fn a_claim_is_exclusive_until_its_lease_ends(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    f.job(assign_job(&ids, &agent)).await;
    let claim = |number, now| f.store().job_claim(runner(number), moment(now), moment(now + 30));
    let first = claim(1, 1_000).await.unwrap().expect("a chunk");
    assert_eq!((first.chunk, first.runner), (0, runner(1)));
    assert_eq!(claim(2, 1_029).await.unwrap(), None);
    let second = claim(2, 1_030).await.unwrap().expect("the lease has ended");
    assert_eq!((second.job, second.chunk, second.runner), (first.job, 0, runner(2)));
}

async fn a_chunk_claimed_twice_is_done_once(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    let claim = |number, now| f.store().job_claim(runner(number), moment(now), moment(now + 30));
    let first = claim(1, 1_000).await.unwrap().unwrap();
    let second = claim(2, 1_030).await.unwrap().unwrap();
    let before = f.operation_count().await;
    assert_eq!(f.run_chunk(first).await.done, 0, "it is somebody else's by now");
    assert_eq!(f.operation_count().await, before);
    assert_eq!(f.run_chunk(second).await.done, 2);
    for claim in [first, second] {
        assert_eq!(f.run_chunk(claim).await, f.job_now(job.id).await, "it is done already");
    }
    assert_eq!(f.operation_count().await, before + 1);
}

async fn users_take_turns_whatever_the_size_of_their_jobs(f: Fixture) {
    let (other, ids) = (f.user(Role::Admin).await, f.many(EXPORT_CHUNK * 4).await);
    let export = |ids: &[OpportunityId]| NewJob {
        set: JobSet::Ids(ids.to_vec()),
        work: JobWork::Export,
        include_do_not_contact: false,
    };
    let large = f.job(export(&ids)).await;
    let second = f.job(export(&ids[..EXPORT_CHUNK])).await;
    let small = f.try_job(&f.by(&other), export(&ids[..EXPORT_CHUNK * 2])).await.unwrap();
    let mut turns = Vec::new();
    while let Some(claim) = f.claim(runner(1)).await {
        turns.push(claim.job);
        f.run_chunk(claim).await;
    }
    assert_eq!(turns.len(), 7);
    let place = |job| turns.iter().rposition(|turn| *turn == job).unwrap();
    assert!(place(small.id) <= 3, "two users, two chunks: {turns:?}");
    assert!(place(second.id) < place(large.id), "one's own jobs take turns too: {turns:?}");
}

async fn many_runners_do_each_item_once(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(CHUNK * 6 + 1).await);
    let first = f.job(assign_job(&ids, &agent)).await;
    let second = f
        .job(NewJob {
            set: JobSet::Filter(OpportunityFilter::default()),
            work: JobWork::BulkUnassign,
            include_do_not_contact: false,
        })
        .await;
    let running = (0..4).map(|number| {
        let f = f.clone();
        tokio::spawn(async move {
            while let Some(claim) = f.claim(runner(number)).await {
                f.run_chunk(claim).await;
            }
        })
    });
    for ended in join_all(running.collect::<Vec<_>>()).await {
        ended.expect("no panic");
    }
    for job in [first, second] {
        let job = f.job_now(job.id).await;
        assert_eq!((job.status, job.done, job.failed), (JobStatus::Finished, ids.len() as u64, 0));
    }
    assert_eq!(f.history(ids[0]).await.len(), 3);
    assert_eq!(f.history(ids[CHUNK * 6]).await.len(), 3);
}
