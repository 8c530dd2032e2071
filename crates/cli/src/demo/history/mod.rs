//! Five weeks of work in an office, so that every screen has something to show: leads come in every night, administrators
//! assign and correct themselves, agents call, jobs run, somebody leaves.
//!
//! Everything goes through the store's methods, with the times at which it would have happened. The clock of
//! [`History`] only moves forward, so no history runs backwards; ids are derived from the seed
//! ([`reparto_domain::repeatable_ids`]). So the same seed, numbers and end always make the same data on the same
//! engine.

mod assigning;
mod calls;
mod corrections;
mod duplicates;
mod events;
mod jobs;
mod leads;
mod sign_ins;
mod webhooks;

use std::{iter::Peekable, ops::RangeInclusive};

use indicatif::ProgressBar;
use reparto_domain::{
    Authority, Caller, ContactId, OpportunityId, Origin, Policy, Role, Status, Timestamp, UserId, WebhookId,
    imports::ImportRow, repeatable_ids, users::PasswordHash,
};
use reparto_store::Store;

use self::{
    leads::{Lead, Leads},
    sign_ins::Sessions,
};
use super::{DAY, DAYS, ROWS_AT_ONCE, people::Account, random::Random, rows::Rows, start_of_day};
use crate::failure::Failure;

/// The number of days of work; older leads were imported from another system.
const WORKED_DAYS: i64 = 35;
/// The time of day when leads come in: 6:30.
const IMPORT_AT: i64 = 6 * 3_600 + 1_800;
/// The time of day when work begins: 7:45 (in Spain it is later).
const WORK_BEGINS: i64 = 7 * 3_600 + 2_700;
/// The number of leads imported unassigned per day; any others already have a holder.
const FREE_A_DAY: usize = 80;
/// The number of older leads that agents still work on.
const KNOWN: i64 = 1_500;

/// The minimum numbers of opportunities and agents for a history.
pub const MINIMUM: (u64, u32) = (200, 4);

/// When work with the demo's office began.
pub fn begins_at(until: Timestamp) -> Timestamp {
    start_of_day(until).plus_seconds(-WORKED_DAYS * DAY + IMPORT_AT)
}

/// The parameters of the history.
pub struct Plan<'a> {
    pub opportunities: u64,
    pub seed: u64,
    pub until: Timestamp,
    pub accounts: &'a [Account],
    pub password: &'a PasswordHash,
}

/// The state of the simulation.
pub struct History<'a> {
    store: &'a dyn Store,
    /// The total number at the end.
    opportunities: u64,
    random: Random,
    now: Timestamp,
    policy: Policy,
    administrators: Vec<&'a Account>,
    /// The agents who are currently active.
    agents: Vec<&'a Account>,
    /// The agent who will leave.
    leaving: Option<&'a Account>,
    leads: Leads,
    sessions: Sessions<'a>,
    /// A duplicate entered by hand yesterday, to be deleted today.
    duplicate: Option<(ContactId, OpportunityId)>,
    /// Deleted opportunities.
    deleted: Vec<OpportunityId>,
    /// Active webhooks and their addresses.
    webhooks: Vec<(&'static str, WebhookId)>,
    progress: &'a ProgressBar,
    created: u64,
}

impl<'a> History<'a> {
    /// Creates the opportunities and their history; returns the number of opportunities.
    pub async fn make(store: &'a dyn Store, plan: &Plan<'a>, progress: &'a ProgressBar) -> Result<u64, Failure> {
        let (agents, administrators): (Vec<_>, Vec<_>) =
            plan.accounts.iter().partition(|account| account.role != Role::Admin);
        let mut history = Self {
            store,
            opportunities: plan.opportunities,
            random: Random::new(plan.seed, 3),
            now: begins_at(plan.until),
            policy: Policy::default(),
            administrators,
            leaving: agents.iter().copied().find(|account| account.leaves),
            agents,
            leads: Leads::default(),
            sessions: Sessions::new(plan.password),
            duplicate: None,
            deleted: Vec::new(),
            webhooks: Vec::new(),
            progress,
            created: 0,
        };
        let mut rows =
            Rows::new(plan.opportunities, plan.seed, plan.until, begins_at(plan.until), plan.accounts).peekable();
        history.import_backlog(&mut rows, plan).await?;
        let mut worked = 0;
        for day in (1..=WORKED_DAYS).rev() {
            let midnight = start_of_day(plan.until).plus_seconds(-day * DAY);
            history.import_arrivals(&mut rows, midnight.plus_seconds(IMPORT_AT)).await?;
            if is_workday(midnight) {
                worked += 1;
                history.begin(midnight);
                history.workday(worked).await?;
            }
        }
        history.everybody_signs_in().await?;
        history.end_webhooks().await?;
        history.import_arrivals(&mut rows, plan.until).await?;
        Ok(history.created)
    }

    /// Moves the clock to the beginning of a day's work, unless it is already later.
    fn begin(&mut self, midnight: Timestamp) {
        self.now = self.now.max(midnight.plus_seconds(WORK_BEGINS));
    }

    /// Advances the clock by a random number of seconds.
    fn pass(&mut self, seconds: RangeInclusive<usize>) {
        let seconds = self.random.between(seconds);
        self.now = self.now.plus_seconds(i64::try_from(seconds).unwrap_or(0));
    }

    /// A request by this account now; everything written for it has this time.
    fn caller(&self, account: &Account) -> Caller {
        repeatable_ids::set_time(self.now);
        let authority = Authority::User { id: account.id, issued_at: self.now, generation: None, session: None };
        Caller { authority, origin: origin(account), at: self.now }
    }

    /// The operator, at the command line.
    fn operator(&self) -> Caller {
        repeatable_ids::set_time(self.now);
        Caller::system(self.now)
    }

    /// Any administrator.
    fn administrator(&mut self) -> &'a Account {
        self.random.one_of(&self.administrators)
    }

    /// Any active agent, weighted by share.
    fn agent(&mut self) -> Option<&'a Account> {
        let shares: Vec<&Account> = self.agents.iter().flat_map(|a| (0..a.share).map(|_| *a)).collect();
        (!shares.is_empty()).then(|| self.random.one_of(&shares))
    }

    /// An active agent by id.
    fn agent_of(&self, id: Option<UserId>) -> Option<&'a Account> {
        self.agents.iter().copied().find(|agent| Some(agent.id) == id)
    }

    /// A day of work, numbered from 1.
    async fn workday(&mut self, day: usize) -> Result<(), Failure> {
        self.sign_in_some().await?;
        self.assign_the_newest(day).await?;
        self.special_events(day).await?;
        for _ in 0..2 {
            self.take_one().await?;
        }
        for _ in 0..10 {
            self.call().await?;
        }
        self.correct(day).await?;
        for _ in 0..3 {
            self.close_one().await?;
        }
        self.edit(day).await?;
        self.handle_duplicates(day).await?;
        self.send_deliveries().await?;
        self.sign_out_some().await
    }

    /// Imports the older leads, with their holders and attempts.
    async fn import_backlog(&mut self, rows: &mut Peekable<Rows>, plan: &Plan<'_>) -> Result<(), Failure> {
        let each = DAYS * DAY / i64::try_from(plan.opportunities.max(1)).unwrap_or(i64::MAX);
        let known_from = self.now.plus_seconds(-(KNOWN * each.max(1)).min(DAYS * DAY));
        let before = self.now;
        loop {
            let some: Vec<ImportRow> = rows_before(rows, before).take(ROWS_AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            let known = some.iter().filter(|row| row.detected_at >= Some(known_from));
            let known: Vec<Lead> = known.filter_map(|row| self.lead(row)).collect();
            self.import(some).await?;
            for lead in known {
                self.leads.add(lead);
            }
            self.pass(20..=40);
        }
    }

    /// Imports the leads detected since the last import, at night.
    async fn import_arrivals(&mut self, rows: &mut Peekable<Rows>, at: Timestamp) -> Result<(), Failure> {
        self.now = self.now.max(at);
        let mut free = 0;
        loop {
            let mut some: Vec<ImportRow> = rows_before(rows, at).take(ROWS_AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            for row in &mut some {
                let stays = self.agents.iter().any(|agent| Some(&agent.email) == row.holder_email.as_ref());
                if free < FREE_A_DAY || !stays {
                    free += 1;
                    row.holder_email = None;
                }
            }
            let known: Vec<Lead> =
                some.iter().filter(|row| row.holder_email.is_none()).filter_map(|row| self.lead(row)).collect();
            self.import(some).await?;
            for lead in known {
                self.leads.add(lead);
            }
        }
    }

    async fn import(&mut self, rows: Vec<ImportRow>) -> Result<(), Failure> {
        let count = rows.len() as u64;
        let caller = self.operator();
        self.created += super::import(self.store, &caller, rows, &self.policy.assignable).await?;
        self.progress.inc(count);
        Ok(())
    }

    /// The lead of a row after its import.
    fn lead(&self, row: &ImportRow) -> Option<Lead> {
        let ids = row.fixed?;
        let holder = self.agents.iter().find(|agent| Some(&agent.email) == row.holder_email.as_ref());
        Some(Lead {
            id: ids.opportunity,
            contact: ids.contact,
            detected_at: row.detected_at?,
            score: row.initial_score().get(),
            holder: holder.map(|holder| holder.id),
            status: row.status.unwrap_or(if holder.is_some() { Status::Assigned } else { Status::Pending }),
            attempts: row.attempts.keys().last().copied().unwrap_or(0),
        })
    }
}

/// The next rows detected before this time.
fn rows_before(rows: &mut Peekable<Rows>, before: Timestamp) -> impl Iterator<Item = ImportRow> {
    std::iter::from_fn(move || rows.next_if(|row| row.detected_at < Some(before)))
}

/// Where an account's requests come from.
fn origin(account: &Account) -> Origin {
    // Addresses of an example network, one for each person.
    let host = account.id.as_bytes()[15] % 200 + 10;
    let browser = match host % 3 {
        0 => "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        1 => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
        }
        _ => {
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
        }
    };
    Origin { ip: Some(format!("192.0.2.{host}")), user_agent: Some(browser.to_owned()), request_id: None }
}

/// Monday to Friday.
fn is_workday(midnight: Timestamp) -> bool {
    // 1 January 1970 was a Thursday.
    (midnight.seconds().div_euclid(DAY) + 3).rem_euclid(7) < 5
}
