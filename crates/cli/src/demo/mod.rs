//! `reparto demo`.

mod history;
mod people;
mod random;
mod rows;
mod words;

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use reparto_domain::{
    Caller, Clock as _, Refusal, Roles, SystemClock, Timestamp,
    caller::Visibility,
    imports::{ImportMode, ImportRow, RowOutcome},
    opportunities::{OpportunityFilter, OpportunityQuery, OpportunitySort, Position},
    repeatable_ids,
    users::PasswordHash,
};
use reparto_store::{Store, StoreError};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    args::DemoArgs,
    failure::{Done, Failure, say},
    passwords,
};

use history::{History, Plan};
use people::Account;

/// The number of opportunities in a transaction: enough to make its cost small, few enough to hold in memory.
const ROWS_AT_ONCE: usize = 5_000;
/// Seconds in a day.
const DAY: i64 = 86_400;
/// How far back the data reaches.
const DAYS: i64 = 90;

/// Fills a database.
pub async fn run(args: DemoArgs) -> Result<Done, Failure> {
    let given = if args.password_stdin { Some(passwords::read_for_demo()?) } else { None };
    let store = args.database.database_url.open_for_past().await?;
    if !args.append && holds_opportunities(&*store).await? {
        store.close().await;
        return Err(Failure::new(format!(
            "{} has opportunities already: use another database, or pass --append (with another --seed)",
            args.database.database_url
        )));
    }
    let password = given.clone().unwrap_or_else(made_up);
    let hash = passwords::hash(&password)?;
    let until = args.until.unwrap_or_else(|| start_of_day(SystemClock.now()));
    repeatable_ids::start(args.seed);
    let with_history = has_history(&args);
    let accounts = if with_history { people::office } else { people::accounts }(args.agents, args.seed, until);
    let made = make_accounts(&*store, &accounts, &hash).await?;
    // If accounts with these addresses already exist, they do not fit the history.
    let with_history = with_history && made.iter().all(|made| *made);
    let bar = progress_bar(args.opportunities);
    let created = if with_history {
        let plan =
            Plan { opportunities: args.opportunities, seed: args.seed, until, accounts: &accounts, password: &hash };
        History::make(&*store, &plan, &bar).await?
    } else {
        fill(&*store, &args, &accounts, until, &bar).await?
    };
    bar.finish_and_clear();
    store.close().await;
    report(&args, &accounts, &made, (created, with_history), given.is_none().then_some(&password))
}

/// Whether a history is wanted, and there is enough data for one.
fn has_history(args: &DemoArgs) -> bool {
    let (opportunities, agents) = history::MINIMUM;
    !args.no_history && !args.append && args.opportunities >= opportunities && args.agents >= agents
}

fn progress_bar(opportunities: u64) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(opportunities) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} · {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn report(
    args: &DemoArgs,
    accounts: &[Account],
    made: &[bool],
    (created, with_history): (u64, bool),
    made_up: Option<&SecretString>,
) -> Result<Done, Failure> {
    let work = if with_history { " and five weeks of work on them" } else { "" };
    say(format_args!("{created} opportunities{work} in {}", args.database.database_url))?;
    say("Accounts:")?;
    for (account, made) in accounts.iter().zip(made) {
        let there = match (*made, account.leaves) {
            (false, _) => "  (was there already; its password was not changed)",
            (true, true) if with_history => "  (has left: inactive)",
            (true, _) => "",
        };
        say(format_args!("  {:40} {:8} {}{there}", account.email, account.role.as_str(), account.full_name()))?;
    }
    if let Some(password) = made_up.filter(|_| made.contains(&true)) {
        say(format_args!("Password of all that were made: {}", password.expose_secret()))?;
    }
    Ok(Done::Success)
}

/// A password that nobody can guess.
fn made_up() -> SecretString {
    let mut text = uuid::Uuid::new_v4().simple().to_string();
    text.truncate(20);
    SecretString::from(text)
}

fn start_of_day(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(now.seconds().div_euclid(DAY) * DAY)
}

async fn holds_opportunities(store: &dyn Store) -> Result<bool, Failure> {
    let query = OpportunityQuery {
        visibility: Visibility::All,
        filter: OpportunityFilter::default(),
        sort: OpportunitySort::DetectedAt,
        descending: true,
        position: Position::Page(1),
        limit: 1,
    };
    Ok(!store.opportunity_list(query).await?.items.is_empty())
}

/// Creates the accounts, oldest first; returns for each whether it was created (or existed already).
async fn make_accounts(store: &dyn Store, accounts: &[Account], password: &PasswordHash) -> Result<Vec<bool>, Failure> {
    let mut made = vec![false; accounts.len()];
    let mut by_age: Vec<(usize, &Account)> = accounts.iter().enumerate().collect();
    by_age.sort_by_key(|(_, account)| account.created_at);
    for (place, account) in by_age {
        repeatable_ids::set_time(account.created_at);
        let caller = Caller::system(account.created_at);
        match store.user_create(&caller, account.new_user(password.clone())?).await {
            Ok(_) => made[place] = true,
            Err(StoreError::Refused(Refusal::EmailTaken)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(made)
}

/// Creates the opportunities by imports; returns how many were created.
async fn fill(
    store: &dyn Store,
    args: &DemoArgs,
    accounts: &[Account],
    until: Timestamp,
    bar: &ProgressBar,
) -> Result<u64, Failure> {
    repeatable_ids::set_time(until);
    let caller = Caller::system(until);
    let mut rows = rows::Rows::new(args.opportunities, args.seed, until, until, accounts);
    let mut created = 0;
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        if some.is_empty() {
            return Ok(created);
        }
        let count = some.len() as u64;
        created += import(store, &caller, some, &Roles::default()).await?;
        bar.inc(count);
    }
}

/// Imports rows; returns how many opportunities were created.
async fn import(store: &dyn Store, caller: &Caller, rows: Vec<ImportRow>, assignable: &Roles) -> Result<u64, Failure> {
    let mut created = 0;
    for result in store.import_rows(caller, rows, ImportMode::default(), assignable).await? {
        match result.outcome {
            RowOutcome::Created | RowOutcome::OpportunityAdded => created += 1,
            RowOutcome::Completed | RowOutcome::AlreadyThere => {}
            RowOutcome::Skipped(error) => return Err(Failure::new(format!("a row was refused: {error}"))),
        }
    }
    Ok(created)
}
