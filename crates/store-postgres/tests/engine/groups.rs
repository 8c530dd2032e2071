//! Bulk requests that wait are executed together; each has an outcome of its own.

use std::{pin::Pin, time::Duration};

use futures::future::{JoinAll, join_all};
use reparto_domain::{
    Caller, OpportunityId, Refusal, Role, Roles, UserId, Viewer,
    caller::Authority,
    idempotency::Answer,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode, BulkOutcome, BulkUnassign},
};
use reparto_store::{Assignments as _, Maintenance as _, Opportunities as _, StoreError, StoreResult};
use reparto_store_postgres::{Options, PostgresStore};
use reparto_store_tests::fixture::keyed;
use reparto_test_postgres::Database;
use tokio_postgres::Client;

use crate::common::{by, client, fresh, now, opportunities, request, user};

/// Long enough that a test never waits for it.
const NEVER: Duration = Duration::from_hours(1);

/// A database, and a store in which one group is under way at a time.
struct Scene {
    database: Database,
    store: PostgresStore,
    watch: Client,
    admin: UserId,
    agents: [UserId; 2],
    ids: Vec<OpportunityId>,
}

type Pending<'a> = Pin<Box<dyn Future<Output = StoreResult<Answer<BulkOutcome>>> + Send + 'a>>;

impl Scene {
    async fn with(count: usize, change: impl FnOnce(&mut Options)) -> Self {
        let database = fresh().await;
        let mut options = Options::new(database.url());
        (options.migrate, options.pool_size, options.wait, options.patience) = (false, 1, NEVER, NEVER);
        (options.lock_timeout, options.statement_timeout) = (NEVER, NEVER);
        options.clock = std::sync::Arc::new(reparto_domain::CallerClock);
        change(&mut options);
        let store = PostgresStore::connect(options).await.unwrap();
        let admin = user(&store, "admin", Role::Admin).await;
        let agents = [user(&store, "ana", Role::Agent).await, user(&store, "eva", Role::Agent).await];
        let ids = opportunities(&database, &store, count).await;
        let watch = client(&database).await;
        Self { database, store, watch, admin, agents, ids }
    }

    async fn new(count: usize) -> Self {
        Self::with(count, |_| {}).await
    }

    /// Another connection, which locks these opportunities until it ends its transaction.
    async fn lock(&self, ids: &[OpportunityId]) -> Client {
        let holder = client(&self.database).await;
        let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        holder.batch_execute("BEGIN").await.unwrap();
        let lock = "SELECT FROM assignments WHERE seq IN (SELECT seq FROM opportunities WHERE id = ANY($1)) FOR UPDATE";
        holder.execute(lock, &[&ids]).await.unwrap();
        holder
    }

    /// Waits until so many statements of the store wait for a lock.
    async fn blocked(&self, count: i64) {
        let waits = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while self.watch.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) < count {
            tokio::task::yield_now().await;
        }
    }

    /// Executes requests as one group: they arrive while another one, on the first opportunity, is under way.
    async fn together(&self, members: Vec<Pending<'_>>) -> Vec<StoreResult<Answer<BulkOutcome>>> {
        let (holder, first) = self.hold().await;
        let mut members = join_all(members);
        arrive(&mut members);
        holder.batch_execute("ROLLBACK").await.unwrap();
        let answers = members.await;
        first.await.unwrap();
        answers
    }

    /// Has a request on the first opportunity under way, blocked by a connection.
    async fn hold(&self) -> (Client, tokio::task::JoinHandle<()>) {
        let holder = self.lock(&self.ids[..1]).await;
        let (store, caller, first) = (self.store.clone(), by(self.admin), request(&self.ids[..1], self.agents[0]));
        let first = tokio::spawn(async move {
            store.opportunity_bulk_assign(&caller, first, &Roles::default(), None).await.unwrap();
        });
        self.blocked(1).await;
        (holder, first)
    }

    fn assign(&self, by: Caller, command: BulkAssign, key: Option<&str>) -> Pending<'_> {
        let keyed = key.map(|key| keyed(key, 1, now().plus_seconds(60)));
        Box::pin(async move { self.store.opportunity_bulk_assign(&by, command, &Roles::default(), keyed).await })
    }

    /// The administrator's request for some opportunities and the first agent.
    fn plain(&self, places: std::ops::Range<usize>) -> Pending<'_> {
        self.assign(by(self.admin), request(&self.ids[places], self.agents[0]), None)
    }

    /// How many operations each transaction wrote, of those that assign in bulk, most first.
    async fn written_together(&self) -> Vec<i64> {
        let query = "SELECT count(*) FROM operations WHERE kind IN (2, 4) GROUP BY xmin::text ORDER BY 1 DESC";
        self.watch.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    async fn operations(&self) -> i64 {
        self.written_together().await.iter().sum()
    }

    async fn consistent(&self) {
        assert_eq!(self.store.check(10).await.unwrap(), []);
    }
}

/// Has requests arrive in their order, without waiting for their answers.
fn arrive<F: Future>(requests: &mut JoinAll<F>) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(requests).poll(&mut context).is_pending());
}

fn done(answer: &StoreResult<Answer<BulkOutcome>>) -> usize {
    match answer {
        Ok(Answer::Fresh(outcome)) => outcome.done.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn requests_that_wait_are_one_transaction_with_an_operation_each() {
    let scene = Scene::new(40).await;
    let answers = scene.together((0..3).map(|n| scene.plain(10 + n * 10..20 + n * 10)).collect()).await;
    assert_eq!(answers.iter().map(done).collect::<Vec<_>>(), [10, 10, 10]);
    assert_eq!(scene.written_together().await, [3, 1]);
    let entries = "SELECT count(DISTINCT operation) FROM audit_logs WHERE action = 'bulk_assign_opportunities'";
    assert_eq!(scene.watch.query_one(entries, &[]).await.unwrap().get::<_, i64>(0), 4);
    scene.consistent().await;
}

#[tokio::test]
async fn a_refusal_in_a_group_touches_its_member_alone() {
    let scene = Scene::new(40).await;
    let (admin, agent) = (scene.admin, scene.agents[0]);
    let ids = &scene.ids;
    let some = |places: std::ops::Range<usize>| request(&ids[places], agent);
    let revoked = Authority::User { id: admin, issued_at: now(), generation: Some(7), session: None };
    let mut mixed = some(25..30);
    mixed.ids = BulkIds::from_ids(ids[25..30].iter().copied().chain([OpportunityId::new()]));
    let mut nothing = BulkAssign { ids: mixed.ids.clone(), ..some(30..31) };
    nothing.ids = BulkIds::from_ids(ids[30..32].iter().copied().chain([OpportunityId::new()]));
    nothing.mode.all_or_nothing = true;
    let mut dry = some(32..34);
    dry.mode.dry_run = true;
    let unassign =
        BulkUnassign { ids: BulkIds::from_ids(ids[1..4].iter().copied()), mode: BulkMode::default(), job: None };
    let admins = by(admin);
    let answers = scene
        .together(vec![
            scene.assign(Caller { authority: revoked, ..by(admin) }, some(10..15), None),
            scene.assign(by(agent), some(15..20), None),
            scene.assign(by(admin), BulkAssign { assignee: Assignee::Unknown, ..some(20..25) }, None),
            scene.assign(by(admin), mixed, None),
            scene.assign(by(admin), nothing, None),
            scene.assign(by(admin), dry, None),
            Box::pin(async { scene.store.opportunity_bulk_unassign(&admins, unassign, None).await }),
            scene.plain(34..40),
        ])
        .await;
    let refused = |place: usize| match &answers[place] {
        Err(StoreError::Refused(refusal)) => refusal.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [0, 1, 2, 4].map(refused),
        ["token_revoked", "bulk_assign_administrators_only", "assignee_not_found", "nothing_done"]
    );
    let Ok(Answer::Fresh(mixed)) = &answers[3] else { panic!("{:?}", answers[3]) };
    assert_eq!((mixed.done.len(), mixed.failed.len()), (5, 1));
    assert_eq!([5, 6, 7].map(|place| done(&answers[place])), [2, 3, 6]);
    // The dry run and those refused wrote nothing.
    assert_eq!(scene.written_together().await, [3, 1]);
    scene.consistent().await;
}

#[tokio::test]
async fn a_groups_error_sends_its_members_round_one_by_one() {
    let scene = Scene::new(40).await;
    scene
        .watch
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$; \
             CREATE TRIGGER refuse BEFORE UPDATE ON assignments FOR EACH ROW WHEN (new.seq = 15) \
                EXECUTE FUNCTION refuse()",
        )
        .await
        .unwrap();
    let answers = scene.together(vec![scene.plain(1..10), scene.plain(10..20), scene.plain(20..30)]).await;
    assert_eq!((done(&answers[0]), done(&answers[2])), (9, 10));
    assert!(matches!(answers[1], Err(StoreError::Internal(_))), "{:?}", answers[1]);
    assert_eq!(scene.written_together().await, [1, 1, 1]);
    scene.consistent().await;
}

#[tokio::test]
async fn a_caller_who_goes_away_takes_nobody_along() {
    let scene = Scene::new(40).await;
    let (holder, first) = scene.hold().await;
    // One goes away while it waits for its turn: it is not executed.
    let mut gone = join_all([scene.plain(1..5)]);
    let mut members = join_all([scene.plain(5..10), scene.plain(10..20)]);
    let mut leaving = join_all([scene.plain(20..30)]);
    arrive(&mut gone);
    arrive(&mut members);
    arrive(&mut leaving);
    drop(gone);
    let second = scene.lock(&scene.ids[12..13]).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    first.await.unwrap();
    // Another goes away while its group is under way: what it asked for is done, with the rest.
    scene.blocked(1).await;
    drop(leaving);
    second.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(members.await.iter().map(done).collect::<Vec<_>>(), [5, 10]);
    assert_eq!(scene.written_together().await, [3, 1]);
    scene.consistent().await;
}

#[tokio::test]
async fn requests_with_keys_go_together_and_replay() {
    let scene = Scene::new(40).await;
    let ask = |places: std::ops::Range<usize>, key: &str| {
        scene.assign(by(scene.admin), request(&scene.ids[places], scene.agents[0]), Some(key))
    };
    let answers = scene
        .together(vec![
            ask(1..10, "one"),
            scene.plain(10..15),
            ask(15..20, "two"),
            scene.plain(20..25),
            ask(25..30, "3"),
        ])
        .await;
    assert_eq!(answers.iter().map(done).collect::<Vec<_>>(), [9, 5, 5, 5, 5]);
    assert_eq!(scene.written_together().await, [3, 2, 1]);
    let again = scene.together(vec![ask(1..10, "one"), ask(15..20, "two"), ask(30..32, "new")]).await;
    assert!(matches!(again[..], [Ok(Answer::Stored(_)), Ok(Answer::Stored(_)), Ok(Answer::Fresh(_))]), "{again:?}");
    scene.consistent().await;
}

#[tokio::test]
async fn a_key_whose_request_is_under_way_is_refused_at_once() {
    let scene = Scene::with(10, |options| options.pool_size = 2).await;
    let holder = scene.lock(&scene.ids[..1]).await;
    let ask = || scene.assign(by(scene.admin), request(&scene.ids[..1], scene.agents[0]), Some("key"));
    let mut first = join_all([ask()]);
    arrive(&mut first);
    scene.blocked(1).await;
    let second = ask().await;
    assert!(matches!(second, Err(StoreError::Refused(Refusal::IdempotencyKeyRunning))), "{second:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(done(&first.await[0]), 1);
    assert!(matches!(ask().await, Ok(Answer::Stored(_))));
}

/// Ends the connection of the store that waits for a lock.
async fn terminate(watch: &Client) {
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watch.query(terminate, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_lost_in_a_group_leaves_each_outcome_unknown() {
    let scene = Scene::new(40).await;
    let (holder, first) = scene.hold().await;
    let mut members = join_all([scene.plain(1..10), scene.plain(10..20)]);
    arrive(&mut members);
    let second = scene.lock(&scene.ids[5..6]).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    first.await.unwrap();
    terminate(&scene.watch).await;
    for answer in members.await {
        assert!(matches!(answer, Err(StoreError::Unavailable { outcome_unknown: true, .. })), "{answer:?}");
    }
    second.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(scene.operations().await, 1);
    assert_eq!(done(&scene.plain(1..10).await), 9);
    scene.consistent().await;
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_has_keyed_requests_tried_again() {
    let scene = Scene::new(40).await;
    let (holder, first) = scene.hold().await;
    let ask = |places: std::ops::Range<usize>, key: &str| {
        scene.assign(by(scene.admin), request(&scene.ids[places], scene.agents[0]), Some(key))
    };
    let mut members = join_all([ask(1..10, "one"), ask(10..20, "two")]);
    arrive(&mut members);
    let second = scene.lock(&scene.ids[5..6]).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    first.await.unwrap();
    terminate(&scene.watch).await;
    second.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(members.await.iter().map(done).collect::<Vec<_>>(), [9, 10]);
    assert_eq!(scene.operations().await, 3);
    scene.consistent().await;
}

#[tokio::test]
async fn requests_for_the_same_opportunities_are_executed_in_their_order() {
    let scene = Scene::with(10, |options| options.pool_size = 4).await;
    let (holder, first) = scene.hold().await;
    let mut members = join_all((0..6).map(|n| {
        let command = request(&scene.ids[n % 2..5], scene.agents[n % 2]);
        scene.assign(by(scene.admin), BulkAssign { note: Some(format!("{n}")), ..command }, None)
    }));
    arrive(&mut members);
    holder.batch_execute("ROLLBACK").await.unwrap();
    first.await.unwrap();
    assert_eq!(members.await.iter().map(done).collect::<Vec<_>>(), [5, 4, 5, 4, 5, 4]);
    let notes = "SELECT string_agg(note, '' ORDER BY seq) FROM operations WHERE note IS NOT NULL";
    assert_eq!(scene.watch.query_one(notes, &[]).await.unwrap().get::<_, String>(0), "012345");
    let viewer = Viewer { id: scene.admin, role: Role::Admin };
    let last = scene.store.opportunity_get(&viewer, scene.ids[3]).await.unwrap();
    assert_eq!(last.holder.map(|holder| holder.id), Some(scene.agents[1]));
    scene.consistent().await;
}

#[tokio::test]
async fn a_lock_that_is_held_long_stops_only_those_who_need_it() {
    // As many groups are blocked as may be under way; their patience is that of the service.
    let patience = Options::new("").patience;
    let scene = Scene::with(40, |options| (options.pool_size, options.patience) = (8, patience)).await;
    let holder = scene.lock(&scene.ids[..8]).await;
    let mut blocked = join_all((0..4).map(|n| scene.plain(n..n + 1)));
    arrive(&mut blocked);
    assert_eq!(done(&scene.plain(20..30).await), 10);
    scene.blocked(3).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(blocked.await.iter().map(done).sum::<usize>(), 4);
}

#[tokio::test]
async fn who_waits_too_long_for_a_turn_is_told_that_the_store_is_busy() {
    let scene = Scene::with(10, |options| options.wait = Duration::from_secs(1)).await;
    let (holder, first) = scene.hold().await;
    assert!(matches!(scene.plain(1..5).await, Err(StoreError::Busy)));
    holder.batch_execute("ROLLBACK").await.unwrap();
    first.await.unwrap();
    assert_eq!(scene.operations().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_overlapping_requests_of_every_kind_lose_nothing() {
    let scene = Scene::with(60, |options| options.pool_size = 6).await;
    let tasks: Vec<_> = (0..24_usize)
        .map(|worker| {
            let (store, admin, agents) = (scene.store.clone(), by(scene.admin), scene.agents);
            let mut ids = scene.ids.clone();
            tokio::spawn(async move {
                let mut done = 0;
                for round in 0..12 {
                    ids.rotate_left((worker * 7 + round) % 60);
                    let size = 1 + (worker * 5 + round * 3) % 20;
                    let key = (worker % 3 == 0).then(|| keyed(&format!("{worker}-{round}"), 1, now().plus_seconds(60)));
                    let outcome = if worker % 4 == 1 {
                        let ids = BulkIds::from_ids(ids[..size].iter().copied());
                        let command = BulkUnassign { ids, mode: BulkMode::default(), job: None };
                        store.opportunity_bulk_unassign(&admin, command, key).await
                    } else {
                        let command = request(&ids[..size], agents[round % 2]);
                        store.opportunity_bulk_assign(&admin, command, &Roles::default(), key).await
                    };
                    let outcome = outcome.unwrap().fresh().unwrap();
                    assert_eq!(outcome.done.len(), size);
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    assert_eq!(scene.operations().await, done);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(scene.watch.query_one(deadlocks, &[]).await.unwrap().get::<_, i64>(0), 0);
    scene.consistent().await;
}

#[tokio::test]
async fn a_note_that_waited_for_an_erasure_is_not_written() {
    let scene = Scene::new(2).await;
    let holder = scene.lock(&scene.ids).await;
    // As an erasure does: the hot row is marked, and the contact has been erased, once that is committed.
    let of_second = "(SELECT contact_seq FROM opportunities WHERE id = $1)";
    let second = [&scene.ids[1].uuid() as &(dyn tokio_postgres::types::ToSql + Sync)];
    let mark = "UPDATE assignments SET do_not_contact = true WHERE seq = (SELECT seq FROM opportunities WHERE id = $1)";
    holder.execute(mark, &second).await.unwrap();
    holder.execute(&format!("UPDATE contacts SET erased_at = now() WHERE seq = {of_second}"), &second).await.unwrap();
    let (store, caller) = (scene.store.clone(), by(scene.admin));
    let mode = BulkMode { include_do_not_contact: true, ..BulkMode::default() };
    let command = BulkAssign { note: Some("Zulema".into()), mode, ..request(&scene.ids, scene.agents[0]) };
    let waiting = tokio::spawn(async move {
        store.opportunity_bulk_assign(&caller, command, &Roles::default(), None).await.unwrap().fresh().unwrap()
    });
    scene.blocked(1).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.unwrap().done.len(), 2);
    let notes = "SELECT o.notes FROM opportunities o WHERE o.id = $1";
    let note = async |place: usize| {
        scene.watch.query_one(notes, &[&scene.ids[place].uuid()]).await.unwrap().get::<_, Option<String>>(0)
    };
    assert_eq!((note(0).await.as_deref(), note(1).await), (Some("Zulema"), None));
}
