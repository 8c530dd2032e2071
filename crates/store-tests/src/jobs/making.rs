//! Creating jobs: rights, sets, limits.

use reparto_domain::{
    JobId, OpportunityId, Priority, Refusal, Role, Roles, Score, Status,
    audit::action,
    idempotency::Answer,
    jobs::{CHUNK, JOBS_PER_USER, JobKind, JobPreview, JobSet, JobStatus, JobWork, NewJob},
    opportunities::{Assignee, HeldBy, OfContact, OfImport, OpportunityFilter},
    search::Search,
};
use serde_json::json;

use super::{ALL, assign_job};
use crate::{
    Fixture,
    fixture::{contact_named, keyed, refused},
};

rules! { $ job_making_rules in jobs::making {
    a_job_waits_until_it_is_run,
    jobs_are_for_administrators_alone,
    the_assignee_is_checked_as_in_bulk_assign,
    a_list_that_names_an_id_twice_is_refused,
    an_empty_job_finishes_at_once,
    the_set_is_frozen_when_the_job_is_made,
    every_list_filter_freezes_what_the_list_shows,
    a_preview_counts_by_holder_and_writes_nothing,
    a_preview_is_refused_like_the_job,
    concurrent_jobs_are_limited,
    a_repeated_request_makes_one_job,
    creating_and_cancelling_are_in_the_audit_log,
    the_audit_log_has_a_jobs_filter_without_what_was_searched_for,
    jobs_are_listed_newest_first_in_pages,
    an_unknown_job_is_refused,
    a_large_set_is_chunked_in_order,
}}

fn work(kind: JobKind) -> JobWork {
    match kind {
        JobKind::SetStatus => JobWork::SetStatus(Status::Contacted),
        JobKind::Export => JobWork::Export,
        _ => JobWork::BulkUnassign,
    }
}

async fn a_job_waits_until_it_is_run(f: Fixture) {
    let (agent, ids, caller) = (f.agent().await, f.opportunities(2).await, f.as_admin());
    let job = f.try_job(&caller, assign_job(&ids, &agent)).await.unwrap();
    assert_eq!((job.kind, job.status, job.assignee_id), (JobKind::BulkAssign, JobStatus::Queued, Some(agent.id)));
    assert_eq!((job.total, job.done, job.failed), (2, 0, 0));
    assert_eq!((job.actor_id, job.created_at, job.undoes, job.failure.clone()), (f.admin().id, caller.at, None, None));
    assert_eq!((job.started_at, job.finished_at), (None, None));
    assert_eq!(f.job_now(job.id).await, job);
    assert_eq!(f.holder(ids[0]).await, None);
    assert!(f.job_items(job.id, ALL).await.iter().all(|item| item.error.is_none()));
}

async fn jobs_are_for_administrators_alone(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let job = f.job(assign_job(&ids, &agent)).await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        let set = JobSet::Ids(vec![ids[0], ids[0]]);
        let refusal = refused(
            f.try_job(
                &f.by(&member),
                NewJob { set: set.clone(), work: JobWork::Export, include_do_not_contact: false },
            )
            .await,
        );
        assert_eq!(refusal, Refusal::AdministratorsOnly);
        let new = NewJob { set, work: JobWork::Export, include_do_not_contact: false };
        let preview = f.store().job_preview(&f.by(&member), new, &f.assignable).await;
        assert_eq!(refused(preview), Refusal::AdministratorsOnly);
        for id in [job.id, JobId::new()] {
            assert_eq!(refused(f.store().job_cancel(&f.by(&member), id, None).await), Refusal::AdministratorsOnly);
            assert_eq!(refused(f.store().job_undo(&f.by(&member), id, None).await), Refusal::AdministratorsOnly);
        }
    }
    let inactive = f.user(Role::Admin).await;
    f.set_active(&inactive, false).await;
    assert_eq!(refused(f.try_job(&f.by(&inactive), assign_job(&ids, &agent)).await), Refusal::AccountInactive);
    assert_eq!(f.job_now(job.id).await, job);
}

async fn the_assignee_is_checked_as_in_bulk_assign(f: Fixture) {
    let (inactive, deleted, user) = (f.inactive_agent().await, f.deleted_agent().await, f.user(Role::User).await);
    let ids = f.opportunities(1).await;
    let roles = || f.assignable.clone();
    for (to, refusal) in [
        (Assignee::Unknown, Refusal::AssigneeNotFound),
        (Assignee::User(deleted.id), Refusal::AssigneeNotFound),
        (Assignee::User(inactive.id), Refusal::AssigneeInactive),
        (Assignee::User(user.id), Refusal::AssigneeRoleNotAssignable { roles: roles() }),
    ] {
        let work = JobWork::BulkAssign { assignee: to, status: None, note: None };
        let job = NewJob { set: JobSet::Ids(ids.clone()), work, include_do_not_contact: false };
        assert_eq!(refused(f.try_job(&f.as_admin(), job).await), refusal);
    }
    let agent = f.agent().await;
    let strict = f.with_assignable(&Roles::new([Role::Lawyer]));
    let refusal = refused(strict.try_job(&f.as_admin(), assign_job(&ids, &agent)).await);
    assert_eq!(refusal, Refusal::AssigneeRoleNotAssignable { roles: Roles::new([Role::Lawyer]) });
    assert!(f.store().job_list(None, 10).await.unwrap().items.is_empty());
}

async fn a_list_that_names_an_id_twice_is_refused(f: Fixture) {
    let (inactive, ids) = (f.inactive_agent().await, f.opportunities(2).await);
    let refusal = refused(f.try_job(&f.as_admin(), assign_job(&[ids[0], ids[1], ids[0]], &inactive)).await);
    assert_eq!(refusal, Refusal::ListHasDuplicates { ids: vec![ids[0].to_string()] });
}

async fn an_empty_job_finishes_at_once(f: Fixture) {
    let filter = OpportunityFilter { held_by: Some(HeldBy::Unknown), ..OpportunityFilter::default() };
    for set in [JobSet::Filter(filter), JobSet::Ids(Vec::new()), JobSet::Filter(OpportunityFilter::default())] {
        let caller = f.as_admin();
        let job = f
            .try_job(&caller, NewJob { set, work: JobWork::BulkUnassign, include_do_not_contact: false })
            .await
            .unwrap();
        assert_eq!((job.status, job.total, job.finished_at), (JobStatus::Finished, 0, Some(caller.at)));
        assert!(f.job_items(job.id, ALL).await.is_empty());
    }
    assert_eq!(f.claim(uuid::Uuid::from_u128(1)).await, None);
}

async fn the_set_is_frozen_when_the_job_is_made(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.set_status(ids[1], Status::Lost).await;
    let filter = OpportunityFilter { status: Some(Status::Pending), ..OpportunityFilter::default() };
    let job = f
        .job(NewJob { set: JobSet::Filter(filter), work: assign_job(&ids, &agent).work, include_do_not_contact: false })
        .await;
    f.set_status(ids[0], Status::Converted).await;
    f.set_status(ids[1], Status::Pending).await;
    let late = f.opportunity().await;
    f.run_jobs().await;
    assert_eq!(f.job_now(job.id).await.done, 1);
    assert_eq!(f.holder(ids[0]).await, Some(agent.id));
    assert_eq!((f.holder(ids[1]).await, f.holder(late).await), (None, None));
}

async fn every_list_filter_freezes_what_the_list_shows(f: Fixture) {
    let agent = f.agent().await;
    let mut ids = f.opportunities(3).await;
    ids.push(f.opportunity_of(contact_named("Ángela", "Muñoz")).await);
    ids.push(f.opportunity_held_by(&agent).await);
    ids.push(f.opportunity_with(|new| (new.score, new.priority) = (Score::new(90).unwrap(), Priority::Urgent)).await);
    let gone = f.deleted_opportunity().await;
    let contact = f.get(ids[3]).await.contact.id;
    let second = f.get(ids[1]).await.detected_at;
    let any = OpportunityFilter::default;
    for filter in [
        any(),
        OpportunityFilter { status: Some(Status::Assigned), ..any() },
        OpportunityFilter { held_by: Some(HeldBy::Nobody), ..any() },
        OpportunityFilter { held_by: Some(HeldBy::User(agent.id)), ..any() },
        OpportunityFilter { priority: Some(Priority::Urgent), ..any() },
        OpportunityFilter { contact: Some(OfContact::Contact(contact)), ..any() },
        OpportunityFilter { contact: Some(OfContact::Unknown), ..any() },
        OpportunityFilter { import: Some(OfImport::Unknown), ..any() },
        OpportunityFilter { min_score: Score::new(80), ..any() },
        OpportunityFilter { max_score: Score::new(50), held_by: Some(HeldBy::Nobody), ..any() },
        OpportunityFilter { detected_from: Some(second), ..any() },
        OpportunityFilter { detected_to: Some(second), ..any() },
        OpportunityFilter { attempts_left: Some(true), ..any() },
        OpportunityFilter { attempts_left: Some(false), ..any() },
        OpportunityFilter { search: Search::new("munoz"), ..any() },
        OpportunityFilter { search: Search::new("mu"), status: Some(Status::Pending), ..any() },
        OpportunityFilter { min_score: Score::new(80), max_score: Score::new(10), ..any() },
    ] {
        let mut listed = f.matching(filter.clone()).await;
        let job = f
            .job(NewJob { set: JobSet::Filter(filter.clone()), work: JobWork::Export, include_do_not_contact: false })
            .await;
        let mut frozen: Vec<OpportunityId> =
            f.job_items(job.id, ALL).await.into_iter().map(|item| item.opportunity_id).collect();
        listed.sort_unstable();
        frozen.sort_unstable();
        assert_eq!((frozen.clone(), job.total), (listed.clone(), listed.len() as u64), "{filter:?}");
        assert!(!frozen.contains(&gone));
        f.run_jobs().await;
    }
}

async fn a_preview_counts_by_holder_and_writes_nothing(f: Fixture) {
    let (first, second, ids) = (f.agent().await, f.agent().await, f.opportunities(6).await);
    f.bulk_assign(&ids[..3], &first).await;
    f.bulk_assign(&ids[3..5], &second).await;
    let (operations, log) = (f.operation_count().await, f.log().await.len());
    let preview = |set| {
        let job = NewJob { set, work: JobWork::BulkUnassign, include_do_not_contact: false };
        async { f.store().job_preview(&f.as_admin(), job, &f.assignable).await.unwrap() }
    };
    let counts = |preview: &JobPreview| -> Vec<(Option<String>, u64)> {
        preview.by_holder.iter().map(|(holder, n)| (holder.as_ref().map(|holder| holder.name.clone()), *n)).collect()
    };
    let expected = vec![(Some(first.name.clone()), 3), (Some(second.name.clone()), 2), (None, 1)];
    let searched = OpportunityFilter { search: Search::new("contacto"), ..OpportunityFilter::default() };
    for set in [JobSet::Filter(OpportunityFilter::default()), JobSet::Filter(searched), JobSet::Ids(ids.clone())] {
        let seen = preview(set).await;
        assert_eq!((seen.total, counts(&seen)), (6, expected.clone()));
    }
    let unknown = preview(JobSet::Ids(vec![ids[0], OpportunityId::new()])).await;
    assert_eq!((unknown.total, counts(&unknown)), (2, vec![(Some(first.name.clone()), 1)]));
    let none = preview(JobSet::Ids(Vec::new())).await;
    assert_eq!((none.total, none.by_holder.len()), (0, 0));
    assert_eq!((f.operation_count().await, f.log().await.len()), (operations, log));
    assert!(f.store().job_list(None, 10).await.unwrap().items.is_empty());
}

async fn a_preview_is_refused_like_the_job(f: Fixture) {
    let (inactive, ids) = (f.inactive_agent().await, f.opportunities(1).await);
    let preview = f.store().job_preview(&f.as_admin(), assign_job(&ids, &inactive), &f.assignable).await;
    assert_eq!(refused(preview), Refusal::AssigneeInactive);
    let twice = NewJob { set: JobSet::Ids(vec![ids[0], ids[0]]), work: JobWork::Export, include_do_not_contact: false };
    let preview = f.store().job_preview(&f.as_admin(), twice, &f.assignable).await;
    assert!(matches!(refused(preview), Refusal::ListHasDuplicates { .. }));
}

async fn concurrent_jobs_are_limited(f: Fixture) {
    let (ids, other) = (f.opportunities(1).await, f.user(Role::Admin).await);
    let export = || NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::Export, include_do_not_contact: false };
    let mut jobs = Vec::new();
    for _ in 0..JOBS_PER_USER {
        jobs.push(f.job(export()).await);
    }
    assert_eq!(refused(f.try_job(&f.as_admin(), export()).await), Refusal::TooManyJobs);
    assert_eq!(refused(f.store().job_preview(&f.as_admin(), export(), &f.assignable).await), Refusal::TooManyJobs);
    f.try_job(&f.by(&other), export()).await.unwrap();
    f.cancel(jobs[3].id).await.unwrap();
    f.job(export()).await;
    assert_eq!(refused(f.try_job(&f.as_admin(), export()).await), Refusal::TooManyJobs);
    f.run_jobs().await;
    f.job(export()).await;
}

async fn a_repeated_request_makes_one_job(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    let expires_at = f.tick().plus_seconds(86_400);
    let f = &f;
    let make = |request| {
        let job = assign_job(&ids, &agent);
        let key = keyed("k", request, expires_at);
        async move {
            let caller = f.as_admin();
            f.store().job_create(&caller, job, &f.assignable, Some(key)).await
        }
    };
    let job = make(1).await.unwrap().fresh().expect("executed");
    assert!(matches!(make(1).await.unwrap(), Answer::Stored(_)));
    assert_eq!(refused(make(2).await), Refusal::IdempotencyKeyReused);
    assert_eq!(f.store().job_list(None, 10).await.unwrap().items, std::slice::from_ref(&job));
    let caller = f.as_admin();
    let stop = || f.store().job_cancel(&caller, job.id, Some(keyed("s", 1, expires_at)));
    assert!(stop().await.unwrap().fresh().is_some());
    assert!(stop().await.unwrap().fresh().is_none(), "not that it has ended");
}

async fn creating_and_cancelling_are_in_the_audit_log(f: Fixture) {
    let (agent, ids, caller) = (f.agent().await, f.opportunities(2).await, f.as_admin());
    let job = f.try_job(&caller, assign_job(&ids, &agent)).await.unwrap();
    f.cancel(job.id).await.unwrap();
    let made = f.log_of(action::JOB_CREATED).await;
    assert_eq!((made.len(), made[0].actor_id, made[0].created_at), (1, Some(f.admin().id), caller.at));
    assert_eq!((made[0].entity_type.as_str(), made[0].entity_id.clone()), ("job", Some(job.id.to_string())));
    assert_eq!(made[0].details.to_value()["kind"], "bulk_assign");
    assert_eq!(made[0].details.to_value()["total"], 2);
    assert_eq!(made[0].details.to_value()["assigned_to_id"], agent.id.to_string());
    assert_eq!(f.log_of(action::JOB_CANCELLED).await[0].entity_id, Some(job.id.to_string()));
}

async fn the_audit_log_has_a_jobs_filter_without_what_was_searched_for(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(1).await);
    let filter = OpportunityFilter {
        status: Some(Status::Pending),
        held_by: Some(HeldBy::User(agent.id)),
        search: Search::new("lucia"),
        min_score: Score::new(40),
        ..OpportunityFilter::default()
    };
    let export = |set| NewJob { set, work: JobWork::Export, include_do_not_contact: true };
    f.job(export(JobSet::Filter(filter))).await;
    f.job(export(JobSet::Filter(OpportunityFilter::default()))).await;
    f.job(export(JobSet::Ids(ids))).await;
    let told = f.log_of(action::JOB_CREATED).await;
    let told = |of: usize| told[of].details.to_value();
    // Newest first.
    assert_eq!((&told(0)["kind"], &told(0)["filter"]), (&json!("export"), &json!(null)));
    assert_eq!(told(1)["filter"], json!({}));
    let filter = json!({"status": "pending", "assigned_to": agent.id, "search": true, "min_score": 40});
    assert_eq!((&told(2)["filter"], &told(2)["include_do_not_contact"]), (&filter, &json!(true)));
}

async fn jobs_are_listed_newest_first_in_pages(f: Fixture) {
    let ids = f.opportunities(1).await;
    let mut made = Vec::new();
    for kind in [JobKind::SetStatus, JobKind::Export, JobKind::BulkUnassign, JobKind::Export, JobKind::SetStatus] {
        made.push(
            f.job(NewJob { set: JobSet::Ids(ids.clone()), work: work(kind), include_do_not_contact: false }).await,
        );
    }
    made.reverse();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let walk = f.store().job_list(after, 2).await.unwrap();
        assert!(walk.items.len() <= 2);
        all.extend(walk.items);
        match walk.next {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    assert_eq!(all, made);
}

async fn an_unknown_job_is_refused(f: Fixture) {
    let id = JobId::new();
    assert_eq!(refused(f.store().job_get(id).await), Refusal::JobNotFound);
    assert_eq!(refused(f.store().job_items(id, ALL).await), Refusal::JobNotFound);
    assert_eq!(refused(f.store().job_output(id, 0).await), Refusal::JobNotFound);
    assert_eq!(refused(f.cancel(id).await), Refusal::JobNotFound);
    assert_eq!(refused(f.undo_job(id).await), Refusal::JobNotFound);
}

async fn a_large_set_is_chunked_in_order(f: Fixture) {
    let (agent, mut ids) = (f.agent().await, f.many(CHUNK * 2 + 10).await);
    ids.reverse();
    ids.insert(CHUNK, OpportunityId::new());
    let job = f.ran(assign_job(&ids, &agent)).await;
    assert_eq!((job.status, job.total, job.done, job.failed), (JobStatus::Finished, ids.len() as u64, 510, 1));
    let items = f.job_items(job.id, super::JobItemQuery { limit: 100, ..ALL }).await;
    assert_eq!(items.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), ids);
    assert_eq!(f.job_errors(job.id).await, [(ids[CHUNK], "opportunity_not_found".to_owned())]);
}
