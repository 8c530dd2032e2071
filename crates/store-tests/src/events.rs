//! The change feed.

use futures::future::join_all;
use reparto_domain::{
    Status,
    events::{Event, EventBody, EventItem, EventType, FeedPosition},
    jobs::{JobSet, JobStatus, JobWork, NewJob},
    operations::OperationKind,
    opportunities::OpportunityFilter,
};

use crate::Fixture;

rules! { $ event_rules in events {
    every_operation_is_an_event_in_order,
    a_bulk_request_is_one_event,
    paging_misses_and_repeats_nothing,
    nothing_follows_the_end,
    a_jobs_end_follows_its_operations,
    events_read_are_final_under_load,
}}

impl Fixture {
    /// The end of the feed, once everything written is final: concurrent transactions, even in other databases of the
    /// same server, may delay that for a while.
    pub async fn end_of_feed(&self) -> FeedPosition {
        let newest = self.store().copy_source().await.expect("copy_source").newest().await.expect("newest")[0];
        loop {
            let end = self.store().feed_end().await.expect("feed_end");
            if end.operation >= newest {
                return end;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Every event after a position, read this many at a time, up to everything written before.
    pub async fn events(&self, mut position: FeedPosition, at_a_time: u64) -> Vec<Event> {
        let end = self.end_of_feed().await;
        let mut all = Vec::new();
        loop {
            let part = self.store().feed_after(position, at_a_time).await.expect("feed_after");
            assert!(part.len() as u64 <= at_a_time);
            match part.last() {
                Some(last) => position = last.position,
                None if position >= end => return all,
                None => tokio::task::yield_now().await,
            }
            all.extend(part);
        }
    }
}

fn operation(event: &Event) -> (OperationKind, &[EventItem]) {
    match &event.body {
        EventBody::Operation { kind, items, .. } => (*kind, items),
        other @ EventBody::Job { .. } => panic!("{other:?}"),
    }
}

async fn every_operation_is_an_event_in_order(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let caller = f.as_admin();
    f.try_assign(&caller, id, Some(reparto_domain::opportunities::Assignee::User(agent.id))).await.unwrap();
    f.set_status(id, Status::Contacted).await;
    f.unassign(id).await;
    let unassigned = f.history(id).await[0].operation_id;
    f.undo(unassigned).await;
    f.delete(id).await;
    let events = f.events(FeedPosition::default(), 100).await;
    let types: Vec<EventType> = events.iter().map(|event| event.body.event_type()).collect();
    let (updated, undone) = (EventType::Updated, EventType::Undone);
    assert_eq!(types, [updated, EventType::Assigned, updated, EventType::Unassigned, undone, updated]);
    let EventBody::Operation { id: operation_id, actor_id, job_id, .. } = &events[1].body else { panic!("{events:?}") };
    assert_eq!((events[1].at, *actor_id, *job_id), (caller.at, Some(f.admin().id), None));
    assert_eq!(f.operation(*operation_id).await.operation.kind, OperationKind::Assign);
    let item = |from_id, to_id, previous_status, new_status| EventItem {
        opportunity_id: id,
        from_id,
        to_id,
        previous_status,
        new_status,
    };
    let held = Some(agent.id);
    assert_eq!(operation(&events[0]), (OperationKind::Create, &[item(None, None, None, Status::Pending)][..]));
    let assigned = item(None, held, Some(Status::Pending), Status::Assigned);
    assert_eq!(operation(&events[1]), (OperationKind::Assign, &[assigned][..]));
    let contacted = item(held, held, Some(Status::Assigned), Status::Contacted);
    assert_eq!(operation(&events[2]), (OperationKind::Update, &[contacted][..]));
    let back = item(None, held, Some(Status::Contacted), Status::Contacted);
    assert_eq!(operation(&events[4]), (OperationKind::Undo, &[back][..]));
    let undoes = |event: &Event| match &event.body {
        EventBody::Operation { undoes, .. } => *undoes,
        EventBody::Job { .. } => None,
    };
    let expected = [None, None, None, None, Some(unassigned), None];
    assert_eq!(events.iter().map(undoes).collect::<Vec<_>>(), expected);
}

async fn a_bulk_request_is_one_event(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.many(120).await);
    let before = f.store().feed_end().await.unwrap();
    f.bulk_assign(&ids, &agent).await;
    let events = f.events(before, 100).await;
    assert_eq!(events.len(), 1);
    let reported: Vec<_> = operation(&events[0]).1.iter().map(|item| item.opportunity_id).collect();
    assert_eq!(reported, ids);
}

async fn paging_misses_and_repeats_nothing(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(3).await);
    for _ in 0..3 {
        f.bulk_assign(&ids, &agent).await;
        f.ran(NewJob { set: JobSet::Ids(ids.clone()), work: JobWork::BulkUnassign, include_do_not_contact: false })
            .await;
    }
    let whole = f.events(FeedPosition::default(), 1_000).await;
    assert_eq!(whole.len(), 3 + 3 * 3);
    for at_a_time in [1, 2, 5] {
        assert_eq!(f.events(FeedPosition::default(), at_a_time).await, whole);
    }
    for (place, event) in whole.iter().enumerate() {
        assert_eq!(f.events(event.position, 2).await, whole[place + 1..]);
    }
}

async fn nothing_follows_the_end(f: Fixture) {
    assert_eq!(f.store().feed_end().await.unwrap(), FeedPosition::default());
    f.opportunity().await;
    let end = f.store().feed_end().await.unwrap();
    assert_eq!(f.events(FeedPosition::default(), 10).await.last().unwrap().position, end);
    assert!(f.store().feed_after(end, 10).await.unwrap().is_empty());
    assert!(f.store().feed_after(FeedPosition { operation: 1 << 40, job: 1 << 40 }, 10).await.unwrap().is_empty());
}

async fn a_jobs_end_follows_its_operations(f: Fixture) {
    let ids = f.many(260).await;
    let before = f.store().feed_end().await.unwrap();
    let job = f
        .ran(NewJob { set: JobSet::Ids(ids), work: JobWork::SetStatus(Status::Lost), include_do_not_contact: false })
        .await;
    f.opportunity().await;
    let stopped = f
        .job(NewJob {
            set: JobSet::Filter(OpportunityFilter::default()),
            work: JobWork::Export,
            include_do_not_contact: false,
        })
        .await;
    f.cancel(stopped.id).await.unwrap();
    let events = f.events(before, 2).await;
    assert_eq!(events.len(), 5);
    for event in &events[..2] {
        assert!(matches!(event.body, EventBody::Operation { job_id, .. } if job_id == Some(job.id)), "{event:?}");
    }
    let expected = EventBody::Job {
        id: job.id,
        kind: job.kind,
        status: JobStatus::Finished,
        actor_id: f.admin().id,
        total: 260,
        done: 260,
        failed: 0,
    };
    assert_eq!((&events[2].body, Some(events[2].at)), (&expected, job.finished_at));
    assert!(
        matches!(&events[4].body, EventBody::Job { id, status, failed: 261, .. } if *id == stopped.id && *status == JobStatus::Cancelled),
        "{events:?}"
    );
}

async fn events_read_are_final_under_load(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(8).await);
    let writers = (0..4).map(|writer| {
        let (f, agent, ids) = (f.clone(), agent.clone(), ids.clone());
        tokio::spawn(async move {
            for round in 0..10 {
                f.bulk_assign(
                    &[ids[writer * 2], ids[(writer * 2 + round) % 8]][..if round % 8 == 0 { 1 } else { 2 }],
                    &agent,
                )
                .await;
            }
        })
    });
    let writers = tokio::spawn(join_all(writers.collect::<Vec<_>>()));
    let (mut position, mut reported) = (FeedPosition::default(), Vec::new());
    while !writers.is_finished() {
        let part = f.store().feed_after(position, 3).await.unwrap();
        position = part.last().map_or(position, |last| last.position);
        reported.extend(part);
    }
    for ended in writers.await.unwrap() {
        ended.expect("no panic");
    }
    reported.extend(f.events(position, 7).await);
    assert_eq!(reported, f.events(FeedPosition::default(), 1_000).await);
    assert_eq!(reported.len(), 8 + 40);
}
