//! The contacts that searches found, kept and kept up to date.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use reparto_store::StoreResult;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::bits::Bits;
use crate::{error::Sql as _, statements::statements};

/// Bytes that kept searches may take: sixty-four of them at a million contacts.
pub(super) const BYTES: usize = 8 << 20;
/// How many may be kept: each changed contact is looked at once for each.
const KEPT: usize = 128;
/// Changed contacts that are remembered, so that a search which began before them can still be kept.
const REMEMBERED: usize = 1_024;
/// Parts of fewer characters are in no trigram.
const TRIGRAM: usize = 3;

/// A search of so many characters is found by the trigrams that have them.
const BIGRAM: usize = 2;
/// Before and behind every character that a text can have: none of them is a control character.
const FIRST: char = '\u{1}';

statements! {
    INDEXED = "SELECT rowid FROM contacts_search WHERE contacts_search MATCH ?1";
    WALKED = "SELECT seq FROM contacts WHERE deleted_at IS NULL AND instr(search_text, ?1) > 0";
    SHORT = "SELECT id FROM contacts_search_docsize WHERE sz = x'00'";
    IS_IN = "SELECT 1 FROM contacts WHERE seq = ?1 AND deleted_at IS NULL AND instr(search_text, ?2) > 0";
}

/// The trigrams of the index, in order. The table is the connection's own.
const TRIGRAMS: &str = "SELECT term FROM temp.contacts_trigrams WHERE term >= ?1 ORDER BY term LIMIT 1";

/// Lets the connection, which is in a transaction that has read nothing, see the trigrams of the index.
pub(super) fn prepare(conn: &Connection) -> StoreResult<()> {
    conn.execute_batch(
        "ROLLBACK;
         PRAGMA query_only = 0;
         CREATE VIRTUAL TABLE IF NOT EXISTS temp.contacts_trigrams USING fts5vocab('main', 'contacts_search', 'instance');
         PRAGMA query_only = 1;
         BEGIN",
    )
    .sql()
}

/// The first trigram of the index from a text on.
fn trigram(conn: &Connection, from: &str) -> StoreResult<Option<String>> {
    conn.prepare_cached(TRIGRAMS).sql()?.query_row([from], |row| row.get(0)).optional().sql()
}

/// What short searches need to know of all texts: a superset will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    /// The characters that trigrams begin with.
    first: BTreeSet<char>,
    /// Contacts whose text is too short for a trigram.
    short: BTreeSet<u32>,
}

impl Texts {
    /// In the present snapshot; see [`prepare`].
    pub(super) fn read(conn: &Connection) -> StoreResult<Self> {
        let mut texts = Self::default();
        let mut from = String::new();
        while let Some(first) = trigram(conn, &from)?.and_then(|term| term.chars().next()) {
            texts.first.insert(first);
            from = [first, char::MAX].into_iter().collect();
        }
        let mut statement = conn.prepare_cached(SHORT).sql()?;
        let mut rows = statement.query([]).sql()?;
        while let Some(row) = rows.next().sql()? {
            texts.short.insert(row.get(0).sql()?);
        }
        Ok(texts)
    }

    fn add(&mut self, contact: u32, text: &str) {
        self.first.extend(text.chars());
        if text.chars().count() < TRIGRAM {
            self.short.insert(contact);
        }
    }
}

/// The contacts whose search text has the part, in the present snapshot; see [`prepare`].
pub(super) fn search(conn: &Connection, part: &str, texts: &Texts) -> StoreResult<Bits> {
    let mut found = Bits::default();
    match part.chars().count() {
        TRIGRAM.. => indexed(conn, part, &mut found)?,
        // Where it is in a text of three characters or more, one of them follows it, or it ends the text behind one.
        BIGRAM => {
            let mut from = part.to_owned();
            while let Some(term) = trigram(conn, &from)?.filter(|term| term.starts_with(part)) {
                indexed(conn, &term, &mut found)?;
                from = term;
                from.push(FIRST);
            }
            for first in &texts.first {
                indexed(conn, &format!("{first}{part}"), &mut found)?;
            }
            let mut statement = conn.prepare_cached(IS_IN).sql()?;
            for contact in &texts.short {
                if statement.exists(params![contact, part]).sql()? {
                    found.insert(*contact);
                }
            }
        }
        _ => add(conn, WALKED, part, &mut found)?,
    }
    Ok(found)
}

/// Adds the contacts that have a part of three characters or more.
fn indexed(conn: &Connection, part: &str, found: &mut Bits) -> StoreResult<()> {
    // As FTS5 takes it literally: in quotes, quotes in it doubled.
    add(conn, INDEXED, &format!("\"{}\"", part.replace('"', "\"\"")), found)
}

fn add(conn: &Connection, sql: &str, value: &str, found: &mut Bits) -> StoreResult<()> {
    let mut statement = conn.prepare_cached(sql).sql()?;
    let mut rows = statement.query([value]).sql()?;
    while let Some(row) = rows.next().sql()? {
        found.insert(row.get(0).sql()?);
    }
    Ok(())
}

#[derive(Debug)]
struct Kept {
    part: String,
    found: Bits,
    used: AtomicU64,
}

/// What searches found, by the part that was sought.
#[derive(Debug, Default)]
pub(super) struct Searches {
    kept: Vec<Kept>,
    clock: AtomicU64,
    /// How many changed contacts were looked at so far, and the last of them.
    changes: u64,
    recent: VecDeque<i64>,
    texts: Texts,
}

impl Searches {
    /// None yet, over these texts.
    pub(super) fn of(texts: Texts) -> Self {
        Self { texts, ..Self::default() }
    }

    /// What short searches need.
    pub(super) fn texts(&self) -> Texts {
        self.texts.clone()
    }

    /// What was found for a part.
    pub(super) fn get(&self, part: &str) -> Option<&Bits> {
        let kept = self.kept.iter().find(|kept| kept.part == part)?;
        kept.used.store(self.clock.fetch_add(1, Relaxed), Relaxed);
        Some(&kept.found)
    }

    /// To be given to [`Searches::keep`] with what is found from here on.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// Keeps what was found when there had been `since` changes. Gives the contacts that changed meanwhile and must
    /// be looked at again; `None`: too many, nothing was kept.
    pub(super) fn keep(&mut self, part: &str, found: Bits, since: u64) -> Option<Vec<i64>> {
        let missed = usize::try_from(self.changes - since).ok().filter(|missed| *missed <= self.recent.len())?;
        let missed = self.recent.range(self.recent.len() - missed..).copied().collect();
        self.kept.retain(|kept| kept.part != part);
        let used = AtomicU64::new(self.clock.fetch_add(1, Relaxed));
        self.kept.push(Kept { part: part.to_owned(), found, used });
        while self.kept.len() > 1 && (self.kept.len() > KEPT || self.bytes() > BYTES) {
            let oldest = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.used.load(Relaxed));
            let Some((at, _)) = oldest else { break };
            self.kept.swap_remove(at);
        }
        Some(missed)
    }

    /// A contact's search text is this now; `None`: there is no such contact.
    pub(super) fn changed(&mut self, contact: i64, text: Option<&str>) {
        self.changes += 1;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(contact);
        let Ok(number) = u32::try_from(contact) else { return };
        if let Some(text) = text {
            self.texts.add(number, text);
        }
        for kept in &mut self.kept {
            if text.is_some_and(|text| text.contains(&kept.part)) {
                kept.found.insert(number);
            } else {
                kept.found.remove(number);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.found.bytes() + kept.part.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(numbers: &[u32]) -> Bits {
        let mut bits = Bits::default();
        for number in numbers {
            bits.insert(*number);
        }
        bits
    }

    #[test]
    fn what_was_found_follows_the_contacts() {
        let mut searches = Searches::default();
        assert_eq!(searches.keep("ana", found(&[1, 2]), 0), Some(vec![]));
        searches.changed(3, Some("mariana"));
        searches.changed(1, Some("berta"));
        searches.changed(2, None);
        assert_eq!(searches.get("ana"), Some(&found(&[3])));
        assert_eq!(searches.get("an"), None);
    }

    #[test]
    fn a_search_that_began_before_a_change_names_what_must_be_looked_at_again() {
        let mut searches = Searches::default();
        let before = searches.changes();
        searches.changed(7, Some("ana"));
        searches.changed(8, None);
        assert_eq!(searches.keep("ana", found(&[8]), before), Some(vec![7, 8]));
        for contact in 0..=REMEMBERED as i64 {
            searches.changed(contact, None);
        }
        assert_eq!(searches.keep("berta", found(&[]), before), None);
        assert_eq!(searches.get("berta"), None);
    }

    #[test]
    fn the_searches_that_are_kept_are_bounded_and_the_last_used_stay() {
        let mut searches = Searches::default();
        for number in 0..KEPT * 2 {
            searches.keep(&format!("part {number}"), found(&[number as u32]), 0);
            assert!(searches.get("part 0").is_some());
        }
        assert_eq!(searches.kept.len(), KEPT);
        for number in 0..100 {
            searches.keep(&format!("large {number}"), found(&[8_000_000]), 0);
        }
        assert!(searches.bytes() <= BYTES && !searches.kept.is_empty());
    }
}
