//! The search index has exactly the trigrams of the contacts that are not deleted.
//!
//! SQLite's own check of the index would hold the write lock while it reads everything. So the index is read here,
//! without blocking the writer, as a list of terms with the row and position of each occurrence. For each row, the sum
//! of their hashes must equal that of the row's text.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use super::Findings;
use crate::{
    engine::{Conn as _, errors::IntoStore as _},
    rows::value,
    statements::statements,
};

/// The number of contacts compared at a time, which bounds the memory (8 bytes for each).
const WINDOW: i64 = 4_000_000;

statements! {
    HIGHEST = "SELECT coalesce(max(seq), 0) FROM contacts";
    TEXTS = "SELECT seq, search_text FROM contacts WHERE seq BETWEEN ?1 AND ?2 AND deleted_at IS NULL";
}

/// The terms of the index. A temporary table, which exists only while they are read.
const TERMS: &str = "SELECT doc, term, \"offset\" FROM temp.contacts_terms";

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let query_only: bool = conn.one("PRAGMA query_only", [], value)?;
    conn.command("PRAGMA query_only = 0;
         CREATE VIRTUAL TABLE IF NOT EXISTS temp.contacts_terms USING fts5vocab('main', 'contacts_search', 'instance');")?;
    let checked = windows(conn, findings);
    conn.command("DROP TABLE temp.contacts_terms")?;
    conn.pragma_update(None, "query_only", query_only).into_store()?;
    checked
}

fn windows(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let highest = conn.count(HIGHEST, [])?;
    let mut first = 0;
    while first <= highest {
        window(conn, findings, first, highest)?;
        first += WINDOW;
    }
    Ok(())
}

fn window(conn: &Connection, findings: &mut Findings, first: i64, highest: i64) -> StoreResult<()> {
    let last = highest.min(first + WINDOW - 1);
    let mut sums = vec![0_u64; usize::try_from(last - first + 1).unwrap_or(0)];
    conn.each(TERMS, [], |row| {
        let (doc, term): (i64, _) = (row.next()?, row.stored()?);
        if let Some(sum) = usize::try_from(doc - first).ok().and_then(|place| sums.get_mut(place)) {
            *sum = sum.wrapping_add(hash(term.as_bytes().unwrap_or_default(), row.next()?));
        } else if first == 0 && !(0..=highest).contains(&doc) {
            findings.add("search_index_in_step", format!("the search index has contact {doc}, which does not exist"));
        }
        Ok(true)
    })?;
    conn.each(TEXTS, params![first, last], |row| {
        let seq: i64 = row.next()?;
        let right = sum_of(row.stored()?.as_str().unwrap_or_default());
        if let Some(sum) = usize::try_from(seq - first).ok().and_then(|place| sums.get_mut(place)) {
            // Subtracts the terms that belong to contacts; the rest belongs to none.
            *sum = sum.wrapping_sub(right);
        }
        Ok(true)
    })?;
    for (seq, _) in (first..).zip(sums).filter(|(_, sum)| *sum != 0) {
        findings.add("search_index_in_step", format!("contact {seq}: the search index is not that of its search text"));
    }
    Ok(())
}

/// The sum for a text: its trigrams, by their places.
fn sum_of(text: &str) -> u64 {
    let starts: Vec<usize> = text.char_indices().map(|(start, _)| start).chain([text.len()]).collect();
    (0..)
        .zip(starts.windows(4))
        .fold(0, |sum, (place, window)| sum.wrapping_add(hash(&text.as_bytes()[window[0]..window[3]], place)))
}

fn hash(term: &[u8], place: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    term.hash(&mut hasher);
    place.hash(&mut hasher);
    hasher.finish()
}
