//! Searching contacts and users by SQL: an index of trigrams narrows, the domain's own predicate decides.

use std::error::Error;

use reparto_domain::search::{Search, Word};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, functions::FunctionFlags};

use crate::engine::errors::IntoStore as _;

/// Shorter words are in no trigram.
const TRIGRAM: usize = 3;

/// Makes `found(text, search)` known to a connection: whether a search (see [`stored`]) finds a text.
pub(crate) fn register(conn: &Connection) -> StoreResult<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("found", 2, flags, |call| {
        // It is read once for each statement.
        let search = call.get_or_create_aux(1, |value| -> Result<Search, Box<dyn Error + Send + Sync>> {
            Ok(serde_json::from_str(value.as_str()?)?)
        })?;
        Ok(search.matches(call.get_raw(0).as_str()?))
    })
    .into_store()
}

/// A search as the second argument of `found`.
pub(crate) fn stored(search: &Search) -> StoreResult<String> {
    serde_json::to_string(search).map_err(|error| StoreError::Internal(format!("a search: {error}")))
}

fn is_indexed(word: &Word) -> bool {
    word.shortest() >= TRIGRAM
}

/// What the index of trigrams finds of a search: the words that are long enough. `None`: none is.
pub(crate) fn indexed(search: &Search) -> Option<String> {
    // Quoted for FTS5, so that they are taken literally.
    let phrase = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
    let word = |word: &Word| format!("({})", word.spellings().iter().map(phrase).collect::<Vec<_>>().join(" OR "));
    let words: Vec<String> = search.words().iter().filter(|word| is_indexed(word)).map(word).collect();
    (!words.is_empty()).then(|| words.join(" AND "))
}

/// Whether the index finds all of it.
pub(crate) fn is_wholly_indexed(search: &Search) -> bool {
    search.words().iter().all(is_indexed)
}
