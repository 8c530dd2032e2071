//! The mirror and SQL must say the same, whatever was written and whoever wrote it: all that is written here is written
//! by another process than the one whose mirror is asked.

mod cache;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use proptest::prelude::Strategy as _;
use reparto_domain::{
    Status,
    opportunities::{HeldBy, Opportunity, OpportunityFilter, OpportunityPage, OpportunityQuery, OpportunitySort},
    search::Search,
};
use reparto_store::Opportunities as _;
use reparto_store_rows::lists::Lists;
use reparto_store_tests::{
    Fixture,
    fixture::{all_opportunities, bulk_ids},
    lists::{
        comparison::{ListComparison, block_on, check_lists_after_any_write, runner, sample},
        queries::{self, every_order},
        writes::{self, TestData, Write},
    },
};
use reparto_test_postgres::Database;
use tokio_postgres::Client;

use crate::{Options, PostgresStore};

/// A database with two stores on it.
struct Tried {
    /// On the one that writes and finds lists by SQL.
    f: Fixture,
    /// The other, which finds them in memory.
    store: PostgresStore,
    database: Arc<Database>,
}

impl Tried {
    async fn with(lists: Lists) -> Self {
        let database = Arc::new(crate::testing::fresh().await);
        let (writing, store) = (open(&database, Lists::Sql).await, open(&database, lists).await);
        let guard = Box::new(Arc::clone(&database));
        let f = Fixture::on(reparto_store_tests::Database { store: Arc::new(writing), guard }).await;
        Self { f, store, database }
    }

    async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    fn answered(&self) -> u64 {
        self.store.mirror().answered.load(Relaxed)
    }

    async fn list(&self, query: OpportunityQuery) -> OpportunityPage {
        self.store.opportunity_list(query).await.unwrap()
    }

    /// Asks both, while nobody writes; whether the mirror answered.
    async fn compare(&self, query: OpportunityQuery) -> bool {
        let before = self.answered();
        let (found, expected) = (self.list(query.clone()).await, self.f.store().opportunity_list(query.clone()).await);
        let expected = expected.unwrap();
        assert_eq!(ids(&found), ids(&expected), "{query:?}");
        assert_eq!((found.total, found.next), (expected.total, expected.next), "{query:?}");
        assert!(found.total_is_exact && expected.total_is_exact);
        self.answered() > before
    }
}

async fn open(database: &Database, lists: Lists) -> PostgresStore {
    let mut options = Options::new(database.url());
    (options.migrate, options.pool_size, options.lists) = (false, 4, lists);
    PostgresStore::connect(options).await.unwrap()
}

fn ids(page: &OpportunityPage) -> Vec<reparto_domain::OpportunityId> {
    page.items.iter().map(|row: &Opportunity| row.id).collect()
}

fn pending() -> OpportunityQuery {
    let filter = OpportunityFilter { status: Some(Status::Pending), ..OpportunityFilter::default() };
    OpportunityQuery { filter, ..all_opportunities() }
}

fn searched(part: &str) -> OpportunityQuery {
    let filter = OpportunityFilter { search: Search::new(part), ..OpportunityFilter::default() };
    OpportunityQuery { filter, ..all_opportunities() }
}

impl ListComparison for Tried {
    async fn fresh() -> Self {
        Self::with(Lists::Always).await
    }

    fn fixture(&self) -> &Fixture {
        &self.f
    }

    async fn compare(&self, query: OpportunityQuery) -> bool {
        Self::compare(self, query).await
    }
}

#[test]
fn mirror_matches_sql_after_writes_by_another_process() {
    check_lists_after_any_write::<Tried>(12);
}

#[test]
fn a_page_shows_all_writes_committed_before_it() {
    let mut runner = runner(1);
    // Without undoing: it would take back what the givers below give.
    let writes = writes::any_write().prop_filter("not undo", |write| !matches!(write, Write::Undo { .. }));
    let writes = [sample(&mut runner, &writes, 80), sample(&mut runner, &writes, 80)];
    let questions = sample(&mut runner, &queries::any_query(), 100);
    block_on(async {
        let tried = Arc::new(Tried::with(Lists::Always).await);
        let made = TestData::new(&tried.f).await;
        let others = [tried.f.many(20).await, tried.f.many(20).await];
        let is_over = Arc::new(AtomicBool::new(false));
        // Each gives rows of its own away and must find them there, and only there.
        let givers = others.map(|rows| {
            let (tried, is_over) = (Arc::clone(&tried), Arc::clone(&is_over));
            tokio::spawn(async move {
                let agents = [tried.f.agent().await, tried.f.agent().await];
                let mut round = 0;
                while round < 20 || !is_over.load(Relaxed) {
                    let to = &agents[round % 2];
                    tried
                        .f
                        .try_bulk_assign(&tried.f.as_admin(), Fixture::bulk_assign_command(bulk_ids(&rows), to.id))
                        .await
                        .unwrap();
                    for agent in &agents {
                        let filter =
                            OpportunityFilter { held_by: Some(HeldBy::User(agent.id)), ..OpportunityFilter::default() };
                        let page = tried.list(OpportunityQuery { filter, ..all_opportunities() }).await;
                        assert_eq!(page.total, if agent.id == to.id { 20 } else { 0 });
                    }
                    round += 1;
                }
            })
        });
        let mut queries = Vec::new();
        for question in questions {
            queries.push(question.of(&tried.f, &made.agents, &made.rows).await);
        }
        let tasks = writes.map(|writes| {
            let (tried, mut made) =
                (Arc::clone(&tried), TestData { rows: made.rows.clone(), agents: made.agents.clone() });
            tokio::spawn(async move {
                for write in writes {
                    made.write(&tried.f, &write).await;
                }
            })
        });
        for query in queries.clone() {
            tried.list(query).await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        is_over.store(true, Relaxed);
        for giver in givers {
            giver.await.unwrap();
        }
        for query in queries.into_iter().chain(every_order()) {
            assert!(tried.compare(query).await);
        }
    });
}

/// An operation as a program writes it, by hand: all rows go to nobody and are lost.
const OPERATION: &str = "UPDATE assignments SET holder = NULL, status = 5, last_operation = $1, effective_operation = $1; \
    INSERT INTO operations (seq, id, kind, at, item_count, new_status, item_seqs, previous_holders, previous_statuses, \
        previous_operations, previous_effectives) \
    SELECT $1, gen_random_uuid(), 3, now(), count(*), 5, array_agg(seq), array_agg(holder), array_agg(status), \
        array_agg(last_operation), array_agg(effective_operation) FROM assignments";

#[tokio::test]
async fn late_commits_are_found_and_rolled_back_ones_dropped() {
    let tried = Tried::with(Lists::Always).await;
    tried.f.many(3).await;
    for is_committed in [true, false] {
        assert_eq!(tried.list(pending()).await.total, if is_committed { 3 } else { 1 });
        let mut client = tried.client().await;
        let early = client.transaction().await.unwrap();
        early.query_one("SELECT pg_current_xact_id()::text", &[]).await.unwrap();
        let number: i64 = early.query_one("SELECT nextval('operations_seq_seq')", &[]).await.unwrap().get(0);
        // Numbered later, committed earlier.
        tried.f.many(1).await;
        assert_eq!(tried.list(pending()).await.total, if is_committed { 4 } else { 2 });
        let missing = || tried.store.mirror().columns.read().unwrap().as_ref().unwrap().missing.contains(&number);
        assert!(missing());
        if is_committed {
            let text = OPERATION.replace("$1", &number.to_string());
            let text = text.replace("FROM assignments", "FROM assignments WHERE seq <= 3");
            let text = text.replace("; INSERT", " WHERE seq <= 3; INSERT");
            early.batch_execute(&text).await.unwrap();
            assert_eq!(tried.list(pending()).await.total, 4);
            early.commit().await.unwrap();
            assert_eq!(tried.list(pending()).await.total, 1);
        } else {
            early.rollback().await.unwrap();
            let mut looks = 0;
            while missing() {
                tried.list(pending()).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
                looks += 1;
                assert!(looks < 12_000, "the number is still asked for");
            }
        }
        assert!(!missing());
    }
}

#[tokio::test]
async fn cached_searches_follow_any_writer_and_any_server() {
    let tried = Tried::with(Lists::Always).await;
    tried.f.many(3).await;
    assert_eq!(tried.list(searched("benedicta")).await.total, 0);
    let client = tried.client().await;
    let change =
        "UPDATE contacts SET search_text = 'benedicta' WHERE seq = (SELECT min(contact_seq) FROM opportunities)";
    client.batch_execute(change).await.unwrap();
    assert_eq!(tried.list(searched("benedicta")).await.total, 1);
    // As a dump brings them: changed by a transaction that is yet to come here.
    let dumped = "ALTER TABLE opportunities DISABLE TRIGGER USER; ALTER TABLE contacts DISABLE TRIGGER USER; \
        UPDATE opportunities SET changed_in = '9999999999'; UPDATE contacts SET changed_in = '9999999999'; \
        ALTER TABLE opportunities ENABLE TRIGGER USER; ALTER TABLE contacts ENABLE TRIGGER USER";
    client.batch_execute(dumped).await.unwrap();
    client.batch_execute("UPDATE opportunities SET score = 77 WHERE seq = 2").await.unwrap();
    let best = OpportunityQuery { sort: OpportunitySort::Score, limit: 1, ..all_opportunities() };
    for query in [pending(), searched("benedicta"), best] {
        assert!(tried.compare(query).await);
    }
    client.batch_execute("UPDATE contacts SET search_text = 'otra' WHERE search_text = 'benedicta'").await.unwrap();
    assert_eq!(tried.list(searched("benedicta")).await.total, 0);
}

#[tokio::test]
async fn the_first_filtered_list_builds_the_mirror() {
    let tried = Tried::with(Lists::Mirror { fewest: 10, bytes: 64 << 20 }).await;
    tried.f.many(12).await;
    assert!(!tried.compare(pending()).await, "there is no mirror before it is needed");
    let mut asked = 0;
    while !tried.compare(pending()).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
        asked += 1;
        assert!(asked < 12_000, "no mirror was made");
    }
    assert!(!tried.compare(all_opportunities()).await, "a first page needs none");
}

#[tokio::test]
async fn nothing_is_kept_from_another_server_run() {
    let tried = Tried::with(Lists::Always).await;
    tried.f.many(3).await;
    assert!(tried.compare(pending()).await);
    if let Some(columns) = super::write(&tried.store.mirror().columns).as_mut() {
        columns.server -= 1;
        columns.newest += 1_000;
    }
    tried.f.many(3).await;
    assert!(!tried.compare(pending()).await, "SQL answers");
    assert!(tried.compare(pending()).await, "a new one does");
}

#[tokio::test]
async fn without_a_mirror_lists_use_sql() {
    for (lists, rows) in
        [(Lists::Mirror { fewest: 10, bytes: 64 << 20 }, 9), (Lists::Mirror { fewest: 1, bytes: 100 }, 12)]
    {
        let tried = Tried::with(lists).await;
        tried.f.many(rows).await;
        tried.list(pending()).await;
        let mut looks = 0;
        while !tried.store.mirror().keeping().is_paused() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            looks += 1;
            assert!(looks < 12_000, "it was not decided");
        }
        assert!(!tried.compare(pending()).await);
        assert!(!tried.store.mirror().exists());
    }
}
