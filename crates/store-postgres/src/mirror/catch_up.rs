//! Bringing a mirror up to date with all commits.
//!
//! **Facts and contacts.** Each row stores the transaction that last changed it (`changed_in`). Changes not visible in
//! a snapshot were made by transactions still running or not yet begun, hence by none older than the snapshot's oldest.
//! So the next refresh queries rows changed by that one or a later one, and misses none.
//!
//! **Holders and statuses** only change by operations. These are read in the order of their numbers; a number that was
//! drawn but is not visible yet (or never will be) is queried again until it is known to be final (see
//! [`last_final`](crate::events::last_final)). An operation draws its number after locking its rows: of two on the same row,
//! the later one does not become visible before the earlier one. So each can be applied as it appears.
//!
//! Refreshes are serialised, so each is applied before the next one begins, and nothing goes back in time.

use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};

use reparto_store::StoreResult;
use reparto_store_rows::numbers::signed;
use tokio_postgres::Row;

use super::{
    build::{record, record_columns, server},
    columns::{Change, Columns, Record, number, row_number},
    write,
};
use crate::{
    PostgresStore,
    engine::{
        errors::{Db, Fault},
        params::Text,
        tx::{Conn, read},
    },
    events::last_final,
    rows::Reader,
    statements::statements,
};

/// The transactions from `$1` on that have begun.
macro_rules! since {
    ($table:literal) => {
        concat!(
            $table,
            ".changed_in >= ($1::text)::xid8 AND ",
            $table,
            ".changed_in < pg_snapshot_xmax(pg_current_snapshot())"
        )
    };
}

/// The columns of an operation that a mirror needs.
macro_rules! operation_columns {
    () => {
        "SELECT seq, item_seqs, new_holder, new_holders, new_status, new_statuses FROM operations WHERE "
    };
}

statements! {
    // Always returns a row, for the server's run and the snapshot's oldest transaction.
    FACTS = concat!("SELECT ", server!(), ", pg_snapshot_xmin(pg_current_snapshot())::text, o.deleted_at IS NULL, \
        o.seq, ", record_columns!(), " FROM (SELECT 1) AS one LEFT JOIN opportunities o ON ", since!("o"), " LIMIT $2");
    CONTACTS = concat!("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, c.seq, \
        CASE WHEN c.deleted_at IS NULL THEN c.search_text END \
        FROM (SELECT 1) AS one LEFT JOIN contacts c ON ", since!("c"), " LIMIT $2");
    NEWER = concat!(operation_columns!(), "seq > $1 ORDER BY seq LIMIT $2");
    MISSING = concat!(operation_columns!(), "seq = ANY($1)");
}

/// The maximum number of changed rows to apply; with more, building a new mirror is cheaper.
const CHANGED: i64 = 50_000;
/// The number of operations read at a time, and the total above which building a new mirror is cheaper.
const OPERATIONS: i64 = 500;
const OPERATIONS_IN_ALL: i64 = 100_000;
/// Operations that may still come.
const MISSING_AT_MOST: usize = 10_000;
/// The minimum time between two checks whether they may.
const BETWEEN: Duration = Duration::from_millis(250);

/// An operation, as far as it matters here.
struct Operation {
    seq: i64,
    changes: Vec<Change>,
}

/// What to query.
struct Since {
    server: i64,
    facts: u64,
    /// `None`: the texts of contacts are not in the mirror.
    contacts: Option<u64>,
    newest: i64,
    missing: Vec<i64>,
}

/// What changed.
struct Changed {
    facts: Vec<(usize, Option<Record>)>,
    facts_since: u64,
    contacts: Option<Contacts>,
    operations: Vec<Operation>,
    /// Whether there are more operations.
    more: bool,
}

struct Contacts {
    since: u64,
    texts: Vec<(i64, Option<String>)>,
}

/// Brings the mirror up to everything committed before this call. `false`: there is none.
pub(super) async fn up_to_date(store: &PostgresStore) -> StoreResult<bool> {
    let mirror = store.mirror();
    let began = mirror.began.load(SeqCst);
    let mut ended = mirror.refreshed.lock().await;
    if *ended <= began {
        let this = mirror.began.fetch_add(1, SeqCst) + 1;
        refresh(store).await?;
        *ended = this;
    }
    drop(ended);
    Ok(mirror.exists())
}

/// Applies the changes, or drops a mirror that cannot be updated.
async fn refresh(store: &PostgresStore) -> StoreResult<()> {
    let mirror = store.mirror();
    let mut read = 0;
    loop {
        let Some(since) = mirror.columns.read().ok().and_then(|held| held.as_ref().map(Columns::since)) else {
            return Ok(());
        };
        // Operations final now are included in the following snapshots.
        let last = if since.missing.is_empty() { 0 } else { last_final(store).await? };
        let changed: Option<Changed> = read!(store, conn => changed(conn, &since))?;
        let columns = std::sync::Arc::clone(&mirror.columns);
        let most = mirror.most();
        let mut held = write(&columns);
        let Some(columns) = held.as_mut() else { return Ok(()) };
        let Some(changed) = changed else {
            tracing::debug!("the mirror of lists is given up: too much changed at once, or the server is another one");
            *held = None;
            return Ok(());
        };
        let more = changed.more;
        read += OPERATIONS;
        columns.take_over(changed);
        columns.missing = columns.missing.split_off(&(last + 1));
        if !mirror.lists.has_room(columns.bytes() - columns.bytes() / 16) {
            columns.searches = None;
        }
        let too_far = read > OPERATIONS_IN_ALL || columns.missing.len() > MISSING_AT_MOST;
        if too_far || columns.live() as u64 > most + most / 16 {
            tracing::debug!("the mirror of lists is given up: it fell behind, or grew too large");
            *held = None;
            return Ok(());
        }
        if !more {
            return Ok(());
        }
    }
}

/// The last final operation, checked from time to time.
async fn last_final(store: &PostgresStore) -> StoreResult<i64> {
    let due = {
        let mut keeping = store.mirror().keeping();
        let due = keeping.settled_at.is_none_or(|at| at.elapsed() >= BETWEEN);
        if due {
            keeping.settled_at = Some(Instant::now());
        }
        due
    };
    if due {
        let (last, _) = read!(store, conn => last_final::check(conn, store.last_final()))?;
        return Ok(last);
    }
    Ok(0)
}

/// The changes; `None`: too many, or the server is not the same as before.
async fn changed(conn: &mut Conn, since: &Since) -> Db<Option<Changed>> {
    let found = conn.all_once(FACTS, &[&Text(&since.facts.to_string()), &(CHANGED + 1)]).await?;
    if signed(found.len()) > CHANGED {
        return Ok(None);
    }
    let (mut facts, mut facts_since) = (Vec::new(), since.facts);
    for row in &found {
        let mut head = Reader::new(row);
        if head.next::<i64>()? != since.server {
            return Ok(None);
        }
        facts_since = transaction(head.next()?)?;
        let is_live: bool = head.next()?;
        let Some(seq) = head.next::<Option<i64>>()? else { continue };
        facts.push((number(seq)?, if is_live { Some(record(row, 4)?.0) } else { None }));
    }
    let contacts = match since.contacts {
        Some(asked) => match contacts(conn, asked).await? {
            None => return Ok(None),
            found => found,
        },
        None => None,
    };
    let newer = conn.all(NEWER, &[&since.newest, &OPERATIONS]).await?;
    let more = signed(newer.len()) == OPERATIONS;
    let mut operations = newer.iter().map(operation).collect::<Db<Vec<_>>>()?;
    if !since.missing.is_empty() {
        // After those that are newer: where one of those is on the same row as a missing one, that is there now.
        for row in conn.all(MISSING, &[&since.missing]).await? {
            operations.push(operation(&row)?);
        }
        operations.sort_unstable_by_key(|operation| operation.seq);
    }
    Ok(Some(Changed { facts, facts_since, contacts, operations, more }))
}

/// The changed contacts; `None`: too many.
async fn contacts(conn: &mut Conn, asked: u64) -> Db<Option<Contacts>> {
    let found = conn.all_once(CONTACTS, &[&Text(&asked.to_string()), &(CHANGED + 1)]).await?;
    let (mut texts, mut since) = (Vec::new(), asked);
    for row in &found {
        let mut row = Reader::new(row);
        since = transaction(row.next()?)?;
        if let Some(seq) = row.next::<Option<i64>>()? {
            texts.push((seq, row.next()?));
        }
    }
    Ok((signed(found.len()) <= CHANGED).then_some(Contacts { since, texts }))
}

fn operation(row: &Row) -> Db<Operation> {
    let mut row = Reader::new(row);
    let (seq, rows): (i64, Vec<i64>) = (row.next()?, row.next()?);
    let one_holder = user(row.next()?)?;
    let holders: Option<Vec<Option<i64>>> = row.next()?;
    let one_status: Option<i16> = row.next()?;
    let statuses: Option<Vec<i16>> = row.next()?;
    let is_whole = holders.as_ref().is_none_or(|all| all.len() == rows.len())
        && statuses.as_ref().map_or(one_status.is_some(), |all| all.len() == rows.len());
    if !is_whole {
        return Err(Fault::inconsistent(format!("operations.seq {seq}: its arrays differ in length")));
    }
    let mut changes = Vec::with_capacity(rows.len());
    for (place, row) in rows.into_iter().enumerate() {
        let holder = holders.as_ref().map_or(Ok(one_holder), |all| user(all[place]))?;
        let status = statuses.as_ref().map_or(one_status, |all| Some(all[place])).unwrap_or_default();
        changes.push(Change { row: number(row)?, holder, status: status.into() });
    }
    Ok(Operation { seq, changes })
}

/// A user's seq, 0 for nobody.
pub(super) fn user(seq: Option<i64>) -> Db<u32> {
    seq.map_or(Ok(0), row_number)
}

/// A transaction's number.
pub(super) fn transaction(text: &str) -> Db<u64> {
    text.parse().map_err(|_| Fault::inconsistent(format!("{text} is no transaction")))
}

impl Columns {
    fn since(&self) -> Since {
        Since {
            server: self.server,
            facts: self.facts_since,
            contacts: self.searches.is_some().then_some(self.contacts_since),
            newest: self.newest,
            missing: self.missing.iter().copied().collect(),
        }
    }

    fn take_over(&mut self, changed: Changed) {
        if !changed.facts.is_empty() || !changed.operations.is_empty() {
            self.changes += 1;
        }
        if !changed.facts.is_empty() {
            self.change(&changed.facts);
        }
        self.facts_since = changed.facts_since;
        if let Some(contacts) = changed.contacts {
            for (contact, text) in contacts.texts {
                if !self.searches.as_mut().is_none_or(|searches| searches.changed(contact, text.as_deref())) {
                    self.searches = None;
                }
            }
            self.contacts_since = contacts.since;
        }
        for operation in &changed.operations {
            for change in &operation.changes {
                self.apply(*change);
            }
        }
        self.note_operations(changed.operations.into_iter().map(|operation| operation.seq).collect());
    }

    /// Records that these operations are in the mirror now; missing numbers in between may still appear.
    pub(super) fn note_operations(&mut self, mut seqs: Vec<i64>) {
        seqs.sort_unstable();
        for seq in seqs {
            self.missing.remove(&seq);
            if seq > self.newest {
                // Only the newest numbers of a wide gap: a mirror that misses more is dropped.
                let from = (self.newest + 1).max(seq - 2 * signed(MISSING_AT_MOST));
                self.missing.extend(from..seq);
                self.newest = seq;
            }
        }
    }
}
