//! How the engine does at scale: fills a database, then measures bulk assignments against a bare loop of the same
//! statements, and pages of lists while somebody writes.
//!
//! `cargo run --release -p reparto-store-sqlite --example scale -- FILE [OPPORTUNITIES]`; a file that is there is used
//! as it is.

#![allow(clippy::unwrap_used, missing_docs, reason = "a tool for the bench")]
#![allow(clippy::too_many_lines, reason = "one measurement after the other")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reparto_domain::{
    Caller, OpportunityId, Priority, Roles, Score, Status, Timestamp, UserId,
    caller::Visibility,
    opportunities::{
        AssignRandom, Assignee, BulkAssign, BulkIds, BulkMode, HeldBy, OpportunityFilter, OpportunityQuery,
        OpportunitySort, Position, RandomFilter,
    },
};
use reparto_store::{Assignments as _, Maintenance as _, Opportunities as _};
use reparto_store_sqlite::{Options, SqliteStore};
use rusqlite::{Connection, params};

const AGENTS: i64 = 12;

fn user(n: i64) -> UserId {
    UserId::from_bytes(u128::from(n.unsigned_abs() + 1).to_be_bytes())
}

/// Ids as version 7 has them: in order of arrival.
fn id(n: i64) -> OpportunityId {
    let mut bytes = [0_u8; 16];
    bytes[..8].copy_from_slice(&(1_700_000_000_000_u64 + n.unsigned_abs()).to_be_bytes());
    bytes[8..].copy_from_slice(&(n.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
    OpportunityId::from_bytes(bytes)
}

fn fill(path: &Path, opportunities: i64) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN").unwrap();
    for n in 0..AGENTS {
        let role = if n == 0 { "admin" } else { "agent" };
        conn.execute(
            "INSERT INTO users (id, email, email_key, name_key, search_text, password, full_name, role, is_active, \
             is_verified, created_at, updated_at) VALUES (?1, ?2, ?2, ?2, ?2, '', ?2, ?3, 1, 1, 0, 0)",
            params![user(n).as_bytes(), format!("user{n}@example.org"), role],
        )
        .unwrap();
    }
    let first = ["ana", "luis", "maria", "jose", "carmen", "pablo", "lucia", "javier", "elena", "diego"];
    let last = ["garcia", "lopez", "perez", "sanchez", "romero", "torres", "ruiz", "vega", "molina", "castro", "ortiz"];
    let mut random = StdRng::seed_from_u64(1);
    for n in 1..=opportunities {
        let name = format!(
            "{} {} {}",
            first[random.random_range(0..first.len())],
            last[random.random_range(0..last.len())],
            last[random.random_range(0..last.len())]
        );
        let (email, phone) =
            (format!("lead{n}@example.org"), format!("+34 6{:08}", random.random_range(0..99_999_999)));
        let search = format!("{name}\n{email}\n{phone}\n{}", phone.replace(['+', ' '], ""));
        conn.prepare_cached(
            "INSERT INTO contacts (seq, id, search_text, name_key, first_name, last_name, email, email_key, phone, \
             created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4, NULL, ?5, ?5, ?6, ?7, ?7)",
        )
        .unwrap()
        .execute(params![n, id(n).as_bytes(), search, name, email, phone, n * 1_000_000])
        .unwrap();
        conn.prepare_cached("INSERT INTO contacts_search (rowid, search_text) VALUES (?1, ?2)")
            .unwrap()
            .execute(params![n, search])
            .unwrap();
        conn.prepare_cached(
            "INSERT INTO opportunities (seq, id, contact_seq, detected_at, score, priority, detection_reason, notes, \
             attempt_count, created_at, updated_at) VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, NULL, ?7, ?8, ?8)",
        )
        .unwrap()
        .execute(params![
            n,
            id(n).as_bytes(),
            (n + random.random_range(0..5_000)) * 1_000_000,
            random.random_range(0..=100),
            random.random_range(0..4),
            r#"{"source":"landing","campaign":"spring","pages":["precios","contacto"]}"#,
            random.random_range(0..6),
            n * 1_000_000
        ])
        .unwrap();
        let status = match random.random_range(0..10) {
            0..5 => 0,
            5..8 => 1,
            8 => 2,
            _ => random.random_range(3..6),
        };
        let holder = (status != 0).then(|| random.random_range(2..=AGENTS));
        conn.prepare_cached("INSERT INTO assignments VALUES (?1, ?2, ?3, ?4, 1, 1, 0)")
            .unwrap()
            .execute(params![n, holder, status, n * 1_000_000])
            .unwrap();
    }
    conn.execute_batch(
        "INSERT INTO assignment_counts SELECT status, coalesce(holder, 0), count(*) FROM assignments GROUP BY 1, 2;
         INSERT INTO operations (seq, id, kind, at, item_count, items) VALUES (1, zeroblob(16), 8, 0, 0, x'010000');
         COMMIT",
    )
    .unwrap();
}

/// Which hundred: neighbours in the list, or scattered over all.
fn batch(random: &mut StdRng, opportunities: i64, scattered: bool) -> Vec<OpportunityId> {
    if scattered {
        let mut rows: Vec<i64> = (0..100).map(|_| random.random_range(1..=opportunities)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(id).collect()
    } else {
        let first = random.random_range(1..=opportunities - 100);
        (first..first + 100).map(id).collect()
    }
}

/// The statements of a bulk assignment, one commit for each batch, and nothing around them.
fn bare(path: &Path, opportunities: i64, scattered: bool, seconds: u64) -> f64 {
    let conn = Connection::open(path).unwrap();
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -40960; PRAGMA foreign_keys = ON").unwrap();
    let mut random = StdRng::seed_from_u64(7);
    let (started, mut done) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(seconds) {
        let holder = random.random_range(2..=AGENTS);
        conn.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
        for who in [0, holder - 1] {
            conn.prepare_cached("SELECT seq, role, is_active FROM users WHERE id = ?1")
                .unwrap()
                .query_row([user(who).as_bytes()], |row| row.get::<_, i64>(0))
                .unwrap();
        }
        let mut rows = Vec::new();
        for id in batch(&mut random, opportunities, scattered) {
            rows.push(
                conn.prepare_cached(
                    "SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.deleted \
                     FROM opportunities o CROSS JOIN assignments a ON a.seq = o.seq WHERE o.id = ?1",
                )
                .unwrap()
                .query_row([id.as_bytes()], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, i64>(2)?))
                })
                .unwrap(),
            );
        }
        conn.prepare_cached(
            "INSERT INTO operations (id, kind, actor, at, new_holder, item_count, items) VALUES (?1, 2, 1, 0, ?2, 100, ?3)",
        )
        .unwrap()
        .execute(params![OpportunityId::new().as_bytes(), holder, vec![0_u8; 700]])
        .unwrap();
        let operation = conn.last_insert_rowid();
        for (seq, before, status) in rows {
            conn.prepare_cached(
                "UPDATE assignments SET holder = ?2, status = ?3, updated_at = ?4, last_operation = ?5, \
                 effective_operation = ?6 WHERE seq = ?1",
            )
            .unwrap()
            .execute(params![seq, holder, 1, operation, operation, operation])
            .unwrap();
            // The counts, once for each batch, are folded by the store; here the last row's stand for them.
            if seq % 100 == 0 {
                for (status, holder, n) in [(status, before.unwrap_or(0), -1), (1, holder, 1)] {
                    conn.prepare_cached(
                        "INSERT INTO assignment_counts (status, holder, n) VALUES (?1, ?2, ?3) \
                         ON CONFLICT (status, holder) DO UPDATE SET n = n + excluded.n",
                    )
                    .unwrap()
                    .execute(params![status, holder, n])
                    .unwrap();
                }
            }
        }
        conn.prepare_cached(
            "INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, operation, created_at) \
             VALUES (?1, 1, 'user0@example.org', 'bulk_assign_opportunities', 'opportunity', ?2, 0)",
        )
        .unwrap()
        .execute(params![OpportunityId::new().as_bytes(), operation])
        .unwrap();
        conn.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
        done += 1;
    }
    f64::from(done) / started.elapsed().as_secs_f64()
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

async fn bulk(store: &SqliteStore, opportunities: i64, scattered: bool, callers: u64, seconds: u64) {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(caller);
                let mut times = Vec::new();
                while !stop.load(Relaxed) {
                    let command = BulkAssign {
                        ids: BulkIds::from_ids(batch(&mut random, opportunities, scattered)),
                        assignee: Assignee::User(user(random.random_range(1..AGENTS))),
                        status: Some(Status::Assigned),
                        note: None,
                        mode: BulkMode::default(),
                        job: None,
                    };
                    let started = Instant::now();
                    let caller = Caller::system(Timestamp::from_micros(1));
                    store.opportunity_bulk_assign(&caller, command, &Roles::default(), None).await.unwrap();
                    times.push(started.elapsed());
                }
                times
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.store(true, Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    times.sort_unstable();
    println!(
        "store, {callers} callers, {}: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms, WAL {} MB, resident {} MB",
        if scattered { "scattered" } else { "neighbours" },
        times.len() as f64 / seconds as f64,
        percentile(&times, 50),
        percentile(&times, 99),
        percentile(&times, 100),
        store.statistics().await.unwrap().wal_bytes.unwrap_or(0) >> 20,
        resident()
    );
}

async fn lists(store: &SqliteStore, opportunities: i64) {
    let filter = OpportunityFilter::default;
    let score = |n| Score::new(n);
    let filters = [
        ("all", filter()),
        ("pending", OpportunityFilter { status: Some(Status::Pending), ..filter() }),
        ("lost", OpportunityFilter { status: Some(Status::Lost), ..filter() }),
        ("of one agent", OpportunityFilter { held_by: Some(HeldBy::User(user(3))), ..filter() }),
        (
            "of one agent, contacted",
            OpportunityFilter { held_by: Some(HeldBy::User(user(3))), status: Some(Status::Contacted), ..filter() },
        ),
        ("of nobody", OpportunityFilter { held_by: Some(HeldBy::Nobody), ..filter() }),
        ("urgent", OpportunityFilter { priority: Some(Priority::Urgent), ..filter() }),
        ("score 90 and more", OpportunityFilter { min_score: score(90), ..filter() }),
        (
            "score 95 and more, urgent, lost",
            OpportunityFilter {
                min_score: score(95),
                priority: Some(Priority::Urgent),
                status: Some(Status::Lost),
                ..filter()
            },
        ),
        ("no attempts left", OpportunityFilter { attempts_left: Some(false), ..filter() }),
        (
            "noticed in a tenth",
            OpportunityFilter {
                detected_from: Some(Timestamp::from_micros(opportunities * 450_000)),
                detected_to: Some(Timestamp::from_micros(opportunities * 550_000)),
                ..filter()
            },
        ),
        ("garcia", OpportunityFilter { search: Some("garcia".into()), ..filter() }),
        ("ana garcia lopez", OpportunityFilter { search: Some("ana garcia lopez".into()), ..filter() }),
        ("one address", OpportunityFilter { search: Some("lead4711@".into()), ..filter() }),
        ("ru", OpportunityFilter { search: Some("ru".into()), ..filter() }),
        ("xq", OpportunityFilter { search: Some("xq".into()), ..filter() }),
        (
            "garcia, urgent, pending",
            OpportunityFilter {
                search: Some("garcia".into()),
                priority: Some(Priority::Urgent),
                status: Some(Status::Pending),
                ..filter()
            },
        ),
    ];
    let mut everything = Vec::new();
    for (name, filter) in filters {
        for sort in OpportunitySort::ALL {
            let mut times = Vec::new();
            let mut total = 0;
            for percent in [0, 0, 1, 10, 25, 50, 75, 90, 99, 100] {
                for descending in [true, false] {
                    let number = 1 + total.max(1) / 50 * percent / 100;
                    let query = OpportunityQuery {
                        visibility: Visibility::All,
                        filter: filter.clone(),
                        sort,
                        descending,
                        position: Position::Page(number),
                        limit: 50,
                    };
                    let started = Instant::now();
                    let page = store.opportunity_list(query).await.unwrap();
                    times.push((started.elapsed(), number));
                    total = page.total;
                }
            }
            everything.extend(times.iter().map(|(time, _)| *time));
            let (slowest, number) = times.iter().max().unwrap();
            let first = times[0].0.as_secs_f64() * 1e3;
            println!(
                "  {name}, by {}: {total} matches, first page {first:.1} ms, slowest {:.1} ms (page {number})",
                sort.as_str(),
                slowest.as_secs_f64() * 1e3
            );
        }
    }
    everything.sort_unstable();
    println!(
        "lists: {} pages, p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, max {:.1} ms; resident {} MB",
        everything.len(),
        percentile(&everything, 50),
        percentile(&everything, 90),
        percentile(&everything, 99),
        percentile(&everything, 100),
        resident()
    );
}

async fn random_picks(store: &SqliteStore) {
    let mut times = Vec::new();
    for seed in 0..50 {
        let filter = if seed % 2 == 0 {
            RandomFilter::default()
        } else {
            RandomFilter { min_score: Score::new(97), priority: Some(Priority::Urgent), ..RandomFilter::default() }
        };
        let command = AssignRandom { assignee: Assignee::User(user(2)), count: 50, filter, seed };
        let started = Instant::now();
        let caller = Caller::system(Timestamp::from_micros(1));
        store.opportunity_assign_random(&caller, command, &Roles::default(), None).await.unwrap();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    println!("random picks of 50: p50 {:.1} ms, p99 {:.1} ms", percentile(&times, 50), percentile(&times, 99));
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let path = std::path::PathBuf::from(args.next().unwrap());
    let opportunities: i64 = args.next().map_or(1_000_000, |n| n.parse().unwrap());
    let what = args.next().unwrap_or_default();
    let fresh = !path.exists();
    let started = Instant::now();
    let store = SqliteStore::open(Options::new(&path)).unwrap();
    println!("opened in {:.1} ms, resident {} MB", started.elapsed().as_secs_f64() * 1e3, resident());
    if fresh {
        store.close().await;
        let started = Instant::now();
        fill(&path, opportunities);
        println!("filled in {:.1} s", started.elapsed().as_secs_f64());
    } else {
        store.close().await;
    }
    if what != "lists" {
        for scattered in [false, true] {
            let rate = bare(&path, opportunities, scattered, 8);
            println!("bare loop, {}: {rate:.0}/s", if scattered { "scattered" } else { "neighbours" });
        }
    }
    let started = Instant::now();
    let store = SqliteStore::open(Options::new(&path)).unwrap();
    println!("opened in {:.1} ms, resident {} MB", started.elapsed().as_secs_f64() * 1e3, resident());
    if what != "lists" {
        for scattered in [false, true] {
            bulk(&store, opportunities, scattered, 32, 10).await;
        }
        random_picks(&store).await;
    }
    if what != "bulk" {
        println!("lists, nobody writes:");
        lists(&store, opportunities).await;
        println!("lists, somebody writes:");
        let writing = store.clone();
        let writer = tokio::spawn(async move { bulk(&writing, opportunities, false, 1, 30).await });
        lists(&store, opportunities).await;
        writer.abort();
    }
    store.close().await;
}
