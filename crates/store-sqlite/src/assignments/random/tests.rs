#![expect(clippy::cast_precision_loss, reason = "the numbers of a test are small")]

use std::path::PathBuf;

use reparto_domain::{
    Caller, Priority, Roles, Score, Timestamp, UserId,
    opportunities::{AssignRandom, Assignee, RandomFilter},
};
use reparto_store_rows::lists::Lists;
use rusqlite::{Connection, params};

use super::{assign, seek};
use crate::mirror::Mirror;

/// A database of this many opportunities, every `free`th of them free, and a user who may hold them. Scores go round
/// from 0 to 99.
fn database(opportunities: i64, free: i64) -> (tempfile::TempDir, Connection, UserId) {
    let (folder, conn) = crate::engine::migrated();
    let user = UserId::from_bytes([7; 16]);
    conn.execute(
        "INSERT INTO users (id, email, email_key, name_key, search_text, password, role, is_active, is_verified, \
         created_at, updated_at) VALUES (?1, 'a@b.es', 'a@b.es', '', '', '', 'agent', 1, 1, 0, 0)",
        [user.as_bytes()],
    )
    .unwrap();
    conn.execute_batch("BEGIN").unwrap();
    for n in 1..=opportunities {
        let id = u128::try_from(n).unwrap().to_be_bytes();
        conn.prepare_cached(
            "INSERT INTO contacts (seq, id, search_text, name_key, created_at, updated_at) VALUES (?1, ?2, '', '', 0, 0)",
        )
        .unwrap()
        .execute(params![n, id])
        .unwrap();
        conn.prepare_cached(
            "INSERT INTO opportunities (seq, id, contact_seq, detected_at, score, priority, created_at, updated_at) \
             VALUES (?1, ?2, ?1, ?1, ?3, 1, 0, 0)",
        )
        .unwrap()
        .execute(params![n, id, n % 100])
        .unwrap();
        let is_free = n % free == 0;
        conn.prepare_cached(
            "INSERT INTO assignments (seq, holder, status, updated_at, last_operation, effective_operation) \
             VALUES (?1, ?2, ?3, 0, 1, 1)",
        )
        .unwrap()
        .execute(params![n, (!is_free).then_some(1), i64::from(!is_free)])
        .unwrap();
    }
    conn.execute(
        "INSERT INTO assignment_counts SELECT status, coalesce(holder, 0), count(*) FROM assignments GROUP BY 1, 2",
        [],
    )
    .unwrap();
    conn.execute_batch("COMMIT").unwrap();
    (folder, conn, user)
}

/// No lists in memory.
fn by_sql() -> Mirror {
    Mirror::new(PathBuf::new(), Lists::Sql, false).0
}

/// Picks, and takes everything back, so that the next pick has the same choice.
fn pick(conn: &Connection, user: UserId, count: u32, filter: RandomFilter, seed: u64) -> (Vec<i64>, u64) {
    let command = AssignRandom { assignee: Assignee::User(user), count, filter, seed };
    let caller = Caller::system(Timestamp::from_micros(0));
    conn.execute_batch("SAVEPOINT pick").unwrap();
    let found = seek(conn, &caller, &command, &by_sql()).unwrap();
    let outcome = assign(conn, &caller, &command, &Roles::default(), &found, None).unwrap().fresh().unwrap();
    conn.execute_batch("ROLLBACK TO pick; RELEASE pick").unwrap();
    let rows = outcome.ids.iter().map(|id| i64::try_from(id.uuid().as_u128()).unwrap()).collect();
    (rows, outcome.available)
}

/// Pearson's statistic for counts that should be even.
fn chi_squared(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
}

/// Picks many times and counts how often each tenth of the free rows was picked.
fn picked_by_tenth(opportunities: i64, free: i64, filter: RandomFilter) -> Vec<u64> {
    let (_folder, conn, user) = database(opportunities, free);
    let mut counts = vec![0; 10];
    for seed in 0..100 {
        for row in pick(&conn, user, 50, filter, seed).0 {
            counts[usize::try_from((row - 1) * 10 / opportunities).unwrap()] += 1;
        }
    }
    counts
}

/// With 9 degrees of freedom, 1 in 1,000 even choices is beyond this.
const LIMIT: f64 = 27.88;

#[test]
fn picks_are_uniform_where_most_are_free() {
    let counts = picked_by_tenth(22_000, 1, RandomFilter::default());
    assert!(chi_squared(&counts) < LIMIT, "{counts:?}");
}

#[test]
fn picks_are_uniform_where_few_are_free() {
    let counts = picked_by_tenth(10_000, 10, RandomFilter::default());
    assert!(chi_squared(&counts) < LIMIT, "{counts:?}");
}

#[test]
fn picks_are_uniform_under_a_filter() {
    let filter = RandomFilter { min_score: Score::new(30), ..RandomFilter::default() };
    let counts = picked_by_tenth(40_000, 1, filter);
    assert!(chi_squared(&counts) < LIMIT, "{counts:?}");
}

#[test]
fn picks_only_matching_free_rows_and_each_once() {
    let (_folder, conn, user) = database(1_000, 10);
    let filter = RandomFilter {
        min_score: Score::new(50),
        max_score: Score::new(59),
        priority: Some(Priority::Medium),
        detected_from: Some(Timestamp::from_micros(101)),
        detected_to: Some(Timestamp::from_micros(900)),
    };
    let (mut rows, available) = pick(&conn, user, 100, filter, 1);
    rows.sort_unstable();
    assert_eq!(rows, [150, 250, 350, 450, 550, 650, 750, 850]);
    assert_eq!(available, 8);
}

#[test]
fn rows_taken_since_the_search_are_replaced() {
    let (_folder, conn, user) = database(25_000, 1);
    let caller = Caller::system(Timestamp::from_micros(0));
    let command = AssignRandom { assignee: Assignee::User(user), count: 50, filter: RandomFilter::default(), seed: 3 };
    let found = seek(&conn, &caller, &command, &by_sql()).unwrap();
    let first = assign(&conn, &caller, &command, &Roles::default(), &found, None).unwrap().fresh().unwrap();
    let second = assign(&conn, &caller, &command, &Roles::default(), &found, None).unwrap().fresh().unwrap();
    assert_eq!((first.ids.len(), second.ids.len()), (50, 50));
    assert!(first.ids.iter().all(|id| !second.ids.contains(id)));
}

#[test]
fn the_same_seed_makes_the_same_pick() {
    let (_folder, conn, user) = database(2_000, 2);
    let filter = RandomFilter::default();
    assert_eq!(pick(&conn, user, 20, filter, 9), pick(&conn, user, 20, filter, 9));
    assert_ne!(pick(&conn, user, 20, filter, 9), pick(&conn, user, 20, filter, 10));
}
