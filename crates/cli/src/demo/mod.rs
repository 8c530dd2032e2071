//! `reparto demo`.

mod people;
mod rows;
mod words;

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use reparto_domain::{
    Caller, Clock as _, Refusal, Roles, SystemClock, Timestamp,
    caller::Visibility,
    imports::{ImportMode, RowOutcome},
    opportunities::{OpportunityFilter, OpportunityQuery, OpportunitySort, Position},
    users::PasswordHash,
};
use reparto_store::{Store, StoreError};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    args::DemoArgs,
    failure::{Done, Failure, say},
    passwords,
};

use people::Account;

/// Opportunities in a transaction: enough to make its cost small, few enough to hold in memory.
const ROWS_AT_ONCE: usize = 5_000;
/// Seconds in a day.
const DAY: i64 = 86_400;
/// How far back the data reaches.
const DAYS: i64 = 90;

/// Fills a database.
pub async fn run(args: DemoArgs) -> Result<Done, Failure> {
    let given = if args.password_stdin { Some(passwords::read(true)?) } else { None };
    let store = args.database.database_url.open_for_past().await?;
    if !args.append && holds_opportunities(&*store).await? {
        store.close().await;
        return Err(Failure::new(format!(
            "{} has opportunities already: take another database, or say --append (with another --seed)",
            args.database.database_url
        )));
    }
    let password = given.clone().unwrap_or_else(made_up);
    let until = args.until.unwrap_or_else(|| start_of_day(SystemClock.now()));
    let accounts = people::accounts(args.agents, args.seed, until);
    let made = make_accounts(&*store, &accounts, &passwords::hash(&password)?).await?;
    let created = fill(&*store, &args, &accounts, until).await?;
    store.close().await;
    report(&args, &accounts, &made, created, given.is_none().then_some(&password))
}

fn report(
    args: &DemoArgs,
    accounts: &[Account],
    made: &[bool],
    created: u64,
    made_up: Option<&SecretString>,
) -> Result<Done, Failure> {
    say(format_args!("{created} opportunities in {}", args.database.database_url))?;
    say("Accounts:")?;
    for (account, made) in accounts.iter().zip(made) {
        let there = if *made { "" } else { "  (was there already; its password is as it was)" };
        say(format_args!("  {:40} {:8} {}{there}", account.email, account.role.as_str(), account.full_name()))?;
    }
    if let Some(password) = made_up.filter(|_| made.contains(&true)) {
        say(format_args!("Password of all that were made: {}", password.expose_secret()))?;
    }
    Ok(Done::Well)
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

/// Makes the accounts; of each, whether it was made (or was there already).
async fn make_accounts(store: &dyn Store, accounts: &[Account], password: &PasswordHash) -> Result<Vec<bool>, Failure> {
    let mut made = Vec::with_capacity(accounts.len());
    for account in accounts {
        let caller = Caller::system(account.created_at);
        match store.user_create(&caller, account.new_user(password.clone())?).await {
            Ok(_) => made.push(true),
            Err(StoreError::Refused(Refusal::EmailTaken)) => made.push(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(made)
}

/// Makes the opportunities; how many came in.
async fn fill(store: &dyn Store, args: &DemoArgs, accounts: &[Account], until: Timestamp) -> Result<u64, Failure> {
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new(args.opportunities) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} · {eta} left") {
        bar.set_style(style);
    }
    let caller = Caller::system(until);
    let mut rows = rows::Rows::new(args.opportunities, args.seed, until, accounts);
    let mut created = 0;
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        let n = some.len() as u64;
        let outcomes = store.import_rows(&caller, some, ImportMode::default(), &Roles::default()).await?;
        for outcome in outcomes {
            match outcome {
                RowOutcome::Created | RowOutcome::OpportunityAdded => created += 1,
                RowOutcome::AlreadyThere => {}
                RowOutcome::Skipped(error) => return Err(Failure::new(format!("a row was refused: {error}"))),
            }
        }
        bar.inc(n);
    }
    bar.finish_and_clear();
    Ok(created)
}
