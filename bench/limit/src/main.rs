//! The limit that Reparto is measured against: the same SQL through the driver in a bare loop, with one commit per
//! batch; no HTTP, no JSON, no tokens, no queue.

#![expect(clippy::cast_precision_loss, reason = "a rate needs no more than an estimate")]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand, ValueEnum};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reparto_domain::{
    Caller, Clock as _, OpportunityId, Roles, Status, SystemClock, UserId,
    opportunities::{Assignee, BulkAssign, BulkIds, BulkMode},
};
use reparto_store_sqlite::bare::BareLoop;
use rusqlite::Connection;

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the ids of the opportunities in the order of the list.
    Ids {
        #[arg(long)]
        database: PathBuf,
    },
    /// Prints the ids of the agents.
    Agents {
        #[arg(long)]
        database: PathBuf,
    },
    /// Prints the statement that a bulk request is on PostgreSQL.
    Statement,
    /// Assigns in a bare loop and prints how fast, as JSON.
    BulkAssign {
        #[arg(long)]
        database: PathBuf,
        #[arg(long)]
        pattern: Pattern,
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        #[arg(long, default_value_t = 100)]
        batch: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pattern {
    Neighbours,
    Scattered,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Ids { database } => print_lines(&opportunities(&database)?),
        Command::Agents { database } => print_lines(&agents(&database)?),
        Command::Statement => print_lines(&[reparto_store_postgres::bare::bulk_statement()]),
        Command::BulkAssign { database, pattern, seconds, batch } => {
            bulk_assign(&database, pattern, Duration::from_secs(seconds), batch)
        }
    }
}

fn print_lines<T: std::fmt::Display>(lines: &[T]) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn opportunities(database: &Path) -> Result<Vec<OpportunityId>, Failure> {
    let sql = "SELECT id FROM opportunities WHERE deleted_at IS NULL ORDER BY detected_at DESC, id";
    ids(database, sql, OpportunityId::from_bytes)
}

fn agents(database: &Path) -> Result<Vec<UserId>, Failure> {
    ids(database, "SELECT id FROM users WHERE role = 'agent' AND is_active = 1 ORDER BY seq", UserId::from_bytes)
}

fn ids<T>(database: &Path, sql: &str, make: fn([u8; 16]) -> T) -> Result<Vec<T>, Failure> {
    let connection = Connection::open(database)?;
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get::<_, [u8; 16]>(0).map(make))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn bulk_assign(database: &Path, pattern: Pattern, length: Duration, batch: usize) -> Result<(), Failure> {
    let (opportunities, agents) = (opportunities(database)?, agents(database)?);
    if opportunities.len() <= batch || agents.is_empty() {
        return Err("there is too little in this database".into());
    }
    let mut bare = BareLoop::open(database)?;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut took = Vec::new();
    let began = Instant::now();
    while began.elapsed() < length {
        let ids: Vec<OpportunityId> = match pattern {
            Pattern::Neighbours => {
                let start = random.random_range(0..opportunities.len() - batch);
                opportunities[start..start + batch].to_vec()
            }
            Pattern::Scattered => rand::seq::index::sample(&mut random, opportunities.len(), batch)
                .into_iter()
                .map(|at| opportunities[at])
                .collect(),
        };
        let command = BulkAssign {
            ids: BulkIds::from_ids(ids),
            assignee: Assignee::User(agents[random.random_range(0..agents.len())]),
            status: Some(Status::Assigned),
            note: None,
            mode: BulkMode::default(),
            job: None,
        };
        let start = Instant::now();
        bare.bulk_assign(&Caller::system(SystemClock.now()), &command, &Roles::default())?;
        took.push(start.elapsed());
    }
    took.sort_unstable();
    let millis = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{}",
        serde_json::json!({
            "rate": took.len() as f64 / began.elapsed().as_secs_f64(),
            "p50": millis(50), "p90": millis(90), "p99": millis(99), "max": millis(100),
        })
    );
    Ok(())
}
