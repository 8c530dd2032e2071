//! A streaming replica serves reads, and nobody reads data older than the responses they got.

use std::time::Duration;

use reparto_domain::{
    Role, UserId,
    caller::Visibility,
    opportunities::{HeldBy, OpportunityFilter, OpportunityPage, OpportunityQuery, OpportunitySort, Position},
};
use reparto_store::{Opportunities as _, StoreResult};
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::{Database, OwnCluster, proxy::Proxy};

use crate::common::{bulk_assign, by, opportunities_at, store, user};

/// The time the replica may take to catch up.
const PATIENCE: Duration = Duration::from_secs(120);

async fn held_by(store: &PostgresStore, agent: UserId) -> StoreResult<OpportunityPage> {
    let query = OpportunityQuery {
        visibility: Visibility::All,
        filter: OpportunityFilter { held_by: Some(HeldBy::User(agent)), ..OpportunityFilter::default() },
        sort: OpportunitySort::DetectedAt,
        descending: true,
        position: Position::Page(1),
        limit: 10,
    };
    store.opportunity_list(query).await
}

/// Requests pages, each of which must have this many rows, until one comes from the replica.
async fn until_the_replica_answers(store: &PostgresStore, agent: UserId, proxy: &Proxy, many: usize) {
    let answers = async {
        loop {
            let before = proxy.executes();
            assert_eq!(held_by(store, agent).await.unwrap().items.len(), many);
            // One statement queries the replica's position; a page takes more.
            if proxy.executes() > before + 1 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, answers).await.expect("the replica answers");
}

#[tokio::test]
async fn replica_lists_show_all_writes_while_replay_is_paused() {
    let primary = OwnCluster::start().unwrap();
    let replica = primary.replica().unwrap();
    let writing = PostgresStore::connect(Options::new(primary.url())).await.unwrap();
    let (admin, agent) = (user(&writing, "admin", Role::Admin).await, user(&writing, "agent", Role::Agent).await);
    let ids = opportunities_at(&primary.url(), &writing, 6).await;
    let (to_primary, to_replica) =
        (Proxy::before(&primary.url()).await.unwrap(), Proxy::before(&replica.url()).await.unwrap());
    let mut options = Options::new(to_primary.url());
    (options.migrate, options.pool_size) = (false, 2);
    options.read_url = Some(to_replica.url().to_owned().into());
    // As if it were a different process than the one that writes.
    let reading = PostgresStore::connect(options).await.unwrap();

    bulk_assign(&writing, &by(admin), &ids[..2], agent).await.unwrap();
    until_the_replica_answers(&reading, agent, &to_replica, 2).await;
    // While nothing is written, everything comes from the replica, and the primary only reports its position for each
    // page.
    let (primary_before, replica_before) = (to_primary.executes(), to_replica.executes());
    for _ in 0..5 {
        assert_eq!(held_by(&reading, agent).await.unwrap().total, 2);
    }
    assert_eq!(to_primary.executes() - primary_before, 5);
    assert!(to_replica.executes() - replica_before >= 5 * 3);

    replica.sql("SELECT pg_wal_replay_pause()").await.unwrap();
    bulk_assign(&writing, &by(admin), &ids[2..4], agent).await.unwrap();
    for _ in 0..5 {
        let page = held_by(&reading, agent).await.unwrap();
        assert_eq!((page.items.len(), page.total), (4, 4), "a committed write must be on the page");
    }
    replica.sql("SELECT pg_wal_replay_resume()").await.unwrap();
    until_the_replica_answers(&reading, agent, &to_replica, 4).await;

    // Without the replica, the primary answers.
    drop(replica);
    to_replica.cut();
    assert_eq!(held_by(&reading, agent).await.unwrap().total, 4);
}

#[tokio::test]
async fn the_next_page_shows_writes_through_either_process() {
    let primary = OwnCluster::start().unwrap();
    let replica = primary.replica().unwrap();
    let mut options = Options::new(primary.url());
    options.read_url = Some(replica.url().into());
    let one = PostgresStore::connect(options.clone()).await.unwrap();
    let other = PostgresStore::connect(options).await.unwrap();
    let admin = user(&one, "admin", Role::Admin).await;
    let agents = [user(&one, "ana", Role::Agent).await, user(&one, "eva", Role::Agent).await];
    let ids = opportunities_at(&primary.url(), &one, 3).await;
    for round in 0..100 {
        let (through, asked) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let (now, before) = (agents[round % 2], agents[(round + 1) % 2]);
        bulk_assign(through, &by(admin), &ids, now).await.unwrap();
        assert_eq!(held_by(asked, now).await.unwrap().items.len(), 3, "round {round}");
        assert_eq!(held_by(asked, before).await.unwrap().total, 0, "round {round}");
    }
}

#[tokio::test]
async fn the_read_url_serves_pages_with_the_latest_writes() {
    let database: Database = crate::common::fresh().await;
    let direct = store(&database.url(), 2).await;
    let (admin, agent) = (user(&direct, "admin", Role::Admin).await, user(&direct, "agent", Role::Agent).await);
    let ids = opportunities_at(&database.url(), &direct, 3).await;
    let proxy = Proxy::before(&database.url()).await.unwrap();
    let mut options = Options::new(database.url());
    options.read_url = Some(proxy.url().to_owned().into());
    let reading = PostgresStore::connect(options).await.unwrap();
    bulk_assign(&reading, &by(admin), &ids[..2], agent).await.unwrap();
    let page = held_by(&reading, agent).await.unwrap();
    assert_eq!((page.items.len(), page.total), (2, 2));
    assert!(proxy.executes() > 0, "nothing was read from the read URL");
    // Without the replica, the primary answers.
    proxy.cut();
    assert_eq!(held_by(&reading, agent).await.unwrap().items.len(), 2);
}
