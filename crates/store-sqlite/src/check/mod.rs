//! Verification of every invariant of the stored data. It streams: tables are joined or scanned once, and memory use is
//! bounded by a window of rows.

mod background;
mod chain;
mod contacts;
mod objects;
mod rotations;
mod rules;
mod search;
mod teams;
#[cfg(test)]
mod tests;
mod times;

use std::collections::HashMap;

use reparto_store::{Finding, StoreResult};
use reparto_store_rows::kept::Fault;
use rusqlite::Connection;

use crate::{engine::Conn as _, statements::statements};

statements! {
    SEARCH_INDEX = "SELECT rowid FROM contacts_search WHERE contacts_search MATCH '\"aaa\"' LIMIT 1";
}

/// The findings, at most `limit` of each kind.
#[derive(Debug)]
pub(crate) struct Findings {
    limit: usize,
    found: Vec<Finding>,
    counts: HashMap<&'static str, usize>,
}

impl Findings {
    fn new(limit: usize) -> Self {
        Self { limit, found: Vec::new(), counts: HashMap::new() }
    }

    /// Whether another finding of this kind would be kept.
    fn wants(&self, invariant: &'static str) -> bool {
        self.counts.get(invariant).copied().unwrap_or(0) < self.limit
    }

    fn fault(&mut self, fault: Fault) {
        if let Some((invariant, detail)) = fault {
            self.add(invariant, detail);
        }
    }

    fn add(&mut self, invariant: &'static str, detail: impl Into<String>) {
        if self.wants(invariant) {
            *self.counts.entry(invariant).or_default() += 1;
            self.found.push(Finding { invariant, detail: detail.into() });
        }
    }
}

/// Every broken invariant, at most `limit` findings of each kind.
pub(crate) fn check(conn: &Connection, limit: usize) -> StoreResult<Vec<Finding>> {
    let mut findings = Findings::new(limit.max(1));
    file(conn, &mut findings)?;
    rules::check(conn, &mut findings)?;
    chain::check(conn, &mut findings)?;
    contacts::check(conn, &mut findings)?;
    objects::check(conn, &mut findings)?;
    teams::check(conn, &mut findings)?;
    rotations::check(conn, &mut findings)?;
    search::check(conn, &mut findings)?;
    Ok(findings.found)
}

/// SQLite's own integrity check of the file.
fn file(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    // FTS5 keeps the list of its segments in each connection, and reads it anew where a search finds that others wrote
    // since. The integrity check does not ask: it would go by a list of before, and report segments that were merged as
    // damage. So a search comes first, in the same read transaction.
    conn.all(SEARCH_INDEX, [], |_| Ok(()))?;
    conn.each(&format!("PRAGMA integrity_check({})", findings.limit), [], |row| {
        let said: String = row.next()?;
        if said != "ok" {
            findings.add("file_integrity", said);
        }
        Ok(true)
    })?;
    conn.each("PRAGMA foreign_key_check", [], |row| {
        let (table, rowid, parent): (String, Option<i64>, String) = (row.next()?, row.next()?, row.next()?);
        findings.add("foreign_keys", format!("{table} row {rowid:?} points to a row of {parent} that is not there"));
        Ok(findings.wants("foreign_keys"))
    })
}
