//! The search index has exactly the trigrams of the contacts that are not deleted.
//!
//! SQLite's own check of the index would hold the write lock while it reads everything. So the index is read here
//! beside the writer, as what it is: terms with the row and the place in which each occurs. A sum of hashes of these
//! for each row must be that of the row's text.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use super::Findings;
use crate::{error::Sql as _, statements::statements};

/// Contacts that are compared at a time: what bounds the memory (8 bytes for each).
const WINDOW: i64 = 4_000_000;

statements! {
    HIGHEST = "SELECT coalesce(max(seq), 0) FROM contacts";
    TEXTS = "SELECT seq, search_text FROM contacts WHERE seq BETWEEN ?1 AND ?2 AND deleted_at IS NULL";
}

const TERMS: &str = "SELECT doc, term, \"offset\" FROM temp.contacts_terms";

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let query_only: bool = conn.query_row("PRAGMA query_only", [], |row| row.get(0)).sql()?;
    conn.execute_batch(
        "PRAGMA query_only = 0;
         CREATE VIRTUAL TABLE IF NOT EXISTS temp.contacts_terms USING fts5vocab('main', 'contacts_search', 'instance');",
    )
    .sql()?;
    let checked = windows(conn, findings);
    conn.execute_batch("DROP TABLE temp.contacts_terms").sql()?;
    conn.pragma_update(None, "query_only", query_only).sql()?;
    checked
}

fn windows(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let highest: i64 = conn.query_row(HIGHEST, [], |row| row.get(0)).sql()?;
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
    let mut statement = conn.prepare(TERMS).sql()?;
    let mut rows = statement.query([]).sql()?;
    while let Some(row) = rows.next().sql()? {
        let doc: i64 = row.get(0).sql()?;
        if let Some(sum) = usize::try_from(doc - first).ok().and_then(|place| sums.get_mut(place)) {
            let term = row.get_ref(1).sql()?.as_bytes().unwrap_or_default();
            *sum = sum.wrapping_add(hash(term, row.get(2).sql()?));
        } else if first == 0 && !(0..=highest).contains(&doc) {
            findings.add("search_index_in_step", format!("the search index has contact {doc}, which does not exist"));
        }
    }
    let mut statement = conn.prepare(TEXTS).sql()?;
    let mut rows = statement.query(params![first, last]).sql()?;
    while let Some(row) = rows.next().sql()? {
        let seq: i64 = row.get(0).sql()?;
        let right = sum_of(row.get_ref(1).sql()?.as_str().unwrap_or_default());
        if let Some(sum) = usize::try_from(seq - first).ok().and_then(|place| sums.get_mut(place)) {
            // What belongs to a contact is taken off; what is left over belongs to none.
            *sum = sum.wrapping_sub(right);
        }
    }
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
