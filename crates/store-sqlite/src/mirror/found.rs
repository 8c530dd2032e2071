//! Searching contacts, for lists in memory.

use std::collections::BTreeSet;

use reparto_store::StoreResult;
use reparto_store_rows::lists::Bits;
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::value, statements::statements};

/// Shorter search texts are not contained in any trigram.
const TRIGRAM: usize = 3;

/// A search of this length is looked up via the trigrams that contain it.
const BIGRAM: usize = 2;
/// Lower and upper bounds of all characters in texts, which contain no control characters.
const FIRST: char = '\u{1}';

statements! {
    INDEXED = "SELECT rowid FROM contacts_search WHERE contacts_search MATCH ?1";
    WALKED = "SELECT seq FROM contacts WHERE deleted_at IS NULL AND instr(search_text, ?1) > 0";
    SHORT = "SELECT id FROM contacts_search_docsize WHERE sz = x'00'";
    IS_IN = "SELECT 1 FROM contacts WHERE seq = ?1 AND deleted_at IS NULL AND instr(search_text, ?2) > 0";
}

/// The trigrams of the index, in order. The table is the connection's own.
const TRIGRAMS: &str = "SELECT term FROM temp.contacts_trigrams WHERE term >= ?1 ORDER BY term LIMIT 1";

/// Makes the trigrams of the index visible to the connection, whose transaction must not have read anything yet.
pub(super) fn prepare(conn: &Connection) -> StoreResult<()> {
    conn.command(
        "ROLLBACK;
         PRAGMA query_only = 0;
         CREATE VIRTUAL TABLE IF NOT EXISTS temp.contacts_trigrams USING fts5vocab('main', 'contacts_search', 'instance');
         PRAGMA query_only = 1;
         BEGIN",
    )
}

/// The first trigram of the index from a text on.
fn trigram(conn: &Connection, from: &str) -> StoreResult<Option<String>> {
    conn.opt(TRIGRAMS, [from], value)
}

/// The data on all texts that short searches need; a superset is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    /// The characters that trigrams begin with.
    first: BTreeSet<char>,
    /// Contacts whose text is too short for a trigram.
    short: BTreeSet<u32>,
}

impl Texts {
    /// In the current snapshot; see [`prepare`].
    pub(super) fn read(conn: &Connection) -> StoreResult<Self> {
        let mut texts = Self::default();
        let mut from = String::new();
        while let Some(first) = trigram(conn, &from)?.and_then(|term| term.chars().next()) {
            texts.first.insert(first);
            from = [first, char::MAX].into_iter().collect();
        }
        texts.short.extend(conn.all(SHORT, [], value::<u32>)?);
        Ok(texts)
    }

    /// Updates a contact's text.
    pub(super) fn add(&mut self, contact: u32, text: &str) {
        self.first.extend(text.chars());
        if text.chars().count() < TRIGRAM {
            self.short.insert(contact);
        }
    }
}

/// The contacts whose search text contains `part`, in the current snapshot; see [`prepare`].
pub(super) fn search(conn: &Connection, part: &str, texts: &Texts) -> StoreResult<Bits> {
    let mut found = Bits::default();
    match part.chars().count() {
        TRIGRAM.. => indexed(conn, part, &mut found)?,
        // In a text of three or more characters it is either followed by a character, or it ends the text after one.
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
            for contact in &texts.short {
                if conn.opt(IS_IN, params![contact, part], |_| Ok(()))?.is_some() {
                    found.insert(*contact);
                }
            }
        }
        _ => add(conn, WALKED, part, &mut found)?,
    }
    Ok(found)
}

/// Adds the contacts whose text contains `part`, which has three or more characters.
fn indexed(conn: &Connection, part: &str, found: &mut Bits) -> StoreResult<()> {
    // Quoted for FTS5, so that it is taken literally.
    add(conn, INDEXED, &format!("\"{}\"", part.replace('"', "\"\"")), found)
}

fn add(conn: &Connection, sql: &str, value: &str, found: &mut Bits) -> StoreResult<()> {
    conn.each(sql, [value], |row| {
        found.insert(row.next()?);
        Ok(true)
    })
}
