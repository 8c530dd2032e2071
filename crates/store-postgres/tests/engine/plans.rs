//! The cost of the hot statements does not grow with the table: checks the plans logged by the server for the store's
//! own statements at a million opportunities.

use reparto_domain::{
    OpportunityId, Role, Roles,
    opportunities::{AssignRandom, Assignee, RandomFilter},
};
use reparto_store::Assignments as _;
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::OwnCluster;
use uuid::Uuid;

use crate::common::{bulk_assign, by, user};

const MILLION: u64 = 1_000_000;

/// Large tables, of which these requests may only read the rows they concern.
const LARGE: [&str; 3] = ["opportunities", "assignments", "operations"];

/// Logs every statement of a session with its plan, the actual rows of each step and the pages touched.
const SETTINGS: &str = "session_preload_libraries = 'auto_explain'\nauto_explain.log_min_duration = 0\n\
    auto_explain.log_analyze = on\nauto_explain.log_timing = off\nauto_explain.log_buffers = on\n\
    wal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 4GB\nautovacuum = off";

/// Creates a million unassigned opportunities, without checking references and without the indexes that only serve
/// lists: those would take most of the time, and no plan here uses them.
const FILL: &str = "SET session_replication_role = replica; SET synchronous_commit = off; \
    DROP INDEX opportunities_contact, opportunities_detected_at, opportunities_score, opportunities_priority, \
        opportunities_created_at; \
    INSERT INTO opportunities (seq, id, contact_seq, detected_at, score, priority, created_at, updated_at) \
        SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, now(), n % 101, n % 4, now(), now() \
        FROM generate_series(1, 1000000) AS n; \
    INSERT INTO assignments (seq, last_operation, effective_operation, updated_at, status) \
        SELECT n, 1, 1, now(), 0 FROM generate_series(1, 1000000) AS n; \
    INSERT INTO assignment_counts (status, holder, n) VALUES (0, 0, 1000000)";

fn id(number: u64) -> OpportunityId {
    OpportunityId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

/// The plans in a part of the log, one per statement.
fn plans(log: &str) -> Vec<&str> {
    log.split("LOG:  duration:").skip(1).collect()
}

/// The number after each occurrence of a word.
fn numbers<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = u64> + 'a {
    text.split(word).skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

/// Asserts that no large table is read entirely, that no step sorts or returns that many rows, and that few pages are
/// touched.
fn assert_small(plan: &str, pages: u64) {
    for table in LARGE {
        assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
    }
    // The rows of each step per loop, and the number of loops.
    let most = plan.lines().filter_map(|line| {
        let (_, actual) = line.split_once("(actual rows=")?;
        Some(numbers(&format!("rows={actual}"), "rows=").next()? * numbers(actual, "loops=").next()?)
    });
    assert!(most.max().unwrap_or(0) <= 20_000, "{plan}");
    let touched = numbers(plan, "shared hit=").max().unwrap_or(0) + numbers(plan, " read=").max().unwrap_or(0);
    assert!(touched <= pages, "{touched} pages: {plan}");
}

#[tokio::test]
async fn at_a_million_rows_writes_use_keys_and_never_scan() {
    let cluster = OwnCluster::with(SETTINGS, &[]).unwrap();
    let mut options = Options::new(cluster.url());
    options.pool_size = 1;
    let store = PostgresStore::connect(options).await.unwrap();
    let (admin, agent) = (user(&store, "admin", Role::Admin).await, user(&store, "agent", Role::Agent).await);
    for statement in [FILL, "VACUUM ANALYZE opportunities", "VACUUM ANALYZE assignments"] {
        cluster.sql(statement).await.unwrap();
    }

    let start = cluster.log().len();
    // More often than the server uses custom plans, so that the generic plan is checked, too.
    for round in 0..8 {
        let scattered: Vec<OpportunityId> = (0..100).map(|n| id(1 + round * 37 + n * 9_973)).collect();
        assert_eq!(bulk_assign(&store, &by(admin), &scattered, agent).await.unwrap().done.len(), 100);
    }
    let log = cluster.log();
    let bulk: Vec<&str> = plans(&log[start..]).into_iter().filter(|plan| plan.contains("WITH person AS")).collect();
    assert_eq!(bulk.len(), 8, "{}", &log[start..]);
    for plan in bulk {
        assert_small(plan, 6_000);
        assert!(plan.contains("using assignments_pkey") && plan.contains("opportunities_id"), "{plan}");
    }

    let start = log.len();
    for seed in 0..3 {
        let command =
            AssignRandom { assignee: Assignee::User(agent), count: 100, filter: RandomFilter::default(), seed };
        let answer = store.opportunity_assign_random(&by(admin), command, &Roles::default(), None).await.unwrap();
        let outcome = answer.fresh().unwrap();
        assert_eq!(outcome.ids.len(), 100);
        assert!(outcome.available > MILLION - 2_000);
    }
    let log = cluster.log();
    let random = plans(&log[start..]);
    assert!(random.iter().any(|plan| plan.contains("SKIP LOCKED")), "{}", &log[start..]);
    for plan in random {
        assert_small(plan, 6_000);
    }
}
