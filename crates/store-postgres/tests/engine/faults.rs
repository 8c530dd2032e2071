//! Faults: connections, pool, locks. Each request is executed completely or not at all, and the store recovers.

use std::time::Duration;

use reparto_domain::{Role, Roles};
use reparto_store::{Assignments as _, Maintenance as _, StoreError, Users as _};
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::proxy::Proxy;

use crate::common::{bulk_assign, by, client, fresh, opportunities, request, store, user};

#[tokio::test]
async fn the_store_recovers_after_a_cut_connection() {
    let database = fresh().await;
    let direct = store(&database.url(), 2).await;
    let (admin, agent) = (user(&direct, "admin", Role::Admin).await, user(&direct, "agent", Role::Agent).await);
    let ids = opportunities(&database, &direct, 10).await;
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let cut = store(proxy.url(), 1).await;
    bulk_assign(&cut, &by(admin), &ids, agent).await.unwrap();
    proxy.cut();
    // The store retries reads by itself; a write reports an unknown outcome.
    assert_eq!(cut.user_get(agent).await.unwrap().id, agent);
    proxy.cut();
    match bulk_assign(&cut, &by(admin), &ids, agent).await {
        Ok(outcome) => assert_eq!(outcome.done.len(), 10),
        Err(StoreError::Unavailable { outcome_unknown, .. }) => assert!(outcome_unknown),
        Err(other) => panic!("{other:?}"),
    }
    assert_eq!(bulk_assign(&cut, &by(admin), &ids, agent).await.unwrap().done.len(), 10);
    assert_eq!(direct.check(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_connection_lost_while_waiting_leaves_no_change() {
    let database = fresh().await;
    let store = store(&database.url(), 2).await;
    let (admin, agent) = (user(&store, "admin", Role::Admin).await, user(&store, "agent", Role::Agent).await);
    let ids = opportunities(&database, &store, 10).await;
    let holder = client(&database).await;
    holder.batch_execute("BEGIN; SELECT FROM assignments FOR UPDATE").await.unwrap();
    let waiting = tokio::spawn({
        let (store, ids) = (store.clone(), ids.clone());
        async move { bulk_assign(&store, &by(admin), &ids, agent).await }
    });
    let watch = client(&database).await;
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while watch.query(terminate, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let outcome = waiting.await.unwrap();
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    let written = "SELECT count(*) FROM operations WHERE kind = 2";
    assert_eq!(watch.query_one(written, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(bulk_assign(&store, &by(admin), &ids, agent).await.unwrap().done.len(), 10);
}

#[tokio::test]
async fn an_abandoned_request_ends_on_the_server_too() {
    let database = fresh().await;
    let mut options = Options::new(database.url());
    (options.pool_size, options.wait) = (1, Duration::from_secs(30));
    (options.lock_timeout, options.statement_timeout) = (Duration::from_hours(1), Duration::from_hours(1));
    let store = PostgresStore::connect(options).await.unwrap();
    let (admin, agent) = (user(&store, "admin", Role::Admin).await, user(&store, "agent", Role::Agent).await);
    let ids = opportunities(&database, &store, 10).await;
    let (holder, watch) = (client(&database).await, client(&database).await);
    holder.batch_execute("BEGIN; SELECT FROM assignments FOR UPDATE").await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = async || watch.query_one(waits, &[]).await.unwrap().get::<_, i64>(0);
    let (caller, some) = (by(admin), ids.clone());
    let mut asked = Box::pin(bulk_assign(&store, &caller, &some, agent));
    // Wait until it is blocked on the rows, for which it would wait an hour.
    while waiting().await == 0 {
        let _ = tokio::time::timeout(Duration::from_millis(10), &mut asked).await;
    }
    drop(asked);
    // On the pool's only connection, while the rows are still locked.
    let found = tokio::time::timeout(Duration::from_secs(60), store.user_get(agent)).await;
    assert_eq!(found.expect("no wait for what nobody waits for").unwrap().id, agent);
    let ended = tokio::time::timeout(Duration::from_secs(60), async {
        while waiting().await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    ended.await.expect("the server gives it up");
    holder.batch_execute("ROLLBACK").await.unwrap();
    let written = "SELECT count(*) FROM operations WHERE kind = 2";
    assert_eq!(watch.query_one(written, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(bulk_assign(&store, &by(admin), &ids, agent).await.unwrap().done.len(), 10);
}

#[tokio::test]
async fn an_exhausted_pool_and_a_long_lock_are_soon_busy() {
    let database = fresh().await;
    let mut options = Options::new(database.url());
    (options.pool_size, options.wait, options.lock_timeout) = (1, Duration::from_secs(1), Duration::from_secs(4));
    let store = PostgresStore::connect(options).await.unwrap();
    let (admin, agent) = (user(&store, "admin", Role::Admin).await, user(&store, "agent", Role::Agent).await);
    let ids = opportunities(&database, &store, 10).await;
    let holder = client(&database).await;
    holder.batch_execute("BEGIN; SELECT FROM assignments FOR UPDATE").await.unwrap();
    let caller = by(admin);
    let (waiting, refused) =
        tokio::join!(bulk_assign(&store, &caller, &ids, agent), bulk_assign(&store, &caller, &ids, agent));
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert!(matches!(waiting, Err(StoreError::Busy)), "{waiting:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(bulk_assign(&store, &by(admin), &ids, agent).await.unwrap().done.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_requests_in_any_order_never_deadlock() {
    let database = fresh().await;
    let store = store(&database.url(), 8).await;
    let admin = user(&store, "admin", Role::Admin).await;
    let agents = [user(&store, "ana", Role::Agent).await, user(&store, "eva", Role::Agent).await];
    let ids = opportunities(&database, &store, 60).await;
    let tasks: Vec<_> = (0..8_usize)
        .map(|worker| {
            let (store, mut ids) = (store.clone(), ids.clone());
            tokio::spawn(async move {
                for round in 0..25 {
                    ids.rotate_left((worker * 7 + round) % 60);
                    if worker % 2 == 0 {
                        ids.reverse();
                    }
                    let agent = agents[(worker + round) % 2];
                    let some = request(&ids[..40], agent);
                    store.opportunity_bulk_assign(&by(admin), some, &Roles::default(), None).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let watch = client(&database).await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(watch.query_one(deadlocks, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(store.check(10).await.unwrap(), []);
}
