//! The search index of contacts follows their texts.

use std::collections::BTreeMap;

use reparto_store::{StoreError, StoreResult};
use rusqlite::Connection;

use crate::{engine::Conn as _, statements::statements};

statements! {
    // The index does not store the texts, so removing an entry needs exactly the text that was inserted.
    REMOVE = "INSERT INTO contacts_search (contacts_search, rowid, search_text) \
        SELECT 'delete', e.value ->> 0, e.value ->> 1 FROM json_each(?1) AS e";
    ADD = "INSERT INTO contacts_search (rowid, search_text) SELECT e.value ->> 0, e.value ->> 1 FROM json_each(?1) AS e";
}

/// Changes of the search index, applied at the end of the transaction.
///
/// FTS5 writes a segment of its own for whatever it was given before a statement that may have to be rolled back, which
/// is nearly every one. Contact by contact, an import would spend more than half of its time merging these, and so would
/// whoever removes a text: it is looked for in each segment.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct IndexChanges {
    /// By the contact's seq, its text in the index and the one that it is to have.
    texts: BTreeMap<i64, (Option<String>, Option<String>)>,
}

impl IndexChanges {
    /// The contact's text is another one. `before`: the one in the index, unless an earlier change has it.
    pub(super) fn change(&mut self, seq: i64, before: Option<&str>, after: Option<&str>) {
        let texts = self.texts.entry(seq).or_insert_with(|| (before.map(str::to_owned), None));
        texts.1 = after.map(str::to_owned);
    }

    /// Applies the changes.
    pub(crate) fn apply(self, conn: &Connection) -> StoreResult<()> {
        let changed = self.texts.into_iter().filter(|(_, (before, after))| before != after);
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        for (seq, (before, after)) in changed {
            removed.extend(before.map(|text| (seq, text)));
            added.extend(after.map(|text| (seq, text)));
        }
        for (sql, texts) in [(REMOVE, removed), (ADD, added)] {
            if !texts.is_empty() {
                let texts = serde_json::to_string(&texts).map_err(|error| StoreError::Internal(error.to_string()))?;
                conn.run(sql, [texts])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rows::value,
        testing::{database, one},
    };

    /// What the index finds for a word.
    fn found(conn: &Connection, word: &str) -> Vec<i64> {
        conn.all("SELECT rowid FROM contacts_search WHERE contacts_search MATCH ?1", [word], value).unwrap()
    }

    #[test]
    fn a_text_that_changes_twice_is_removed_as_it_was_and_added_as_it_is() {
        let (_folder, conn) = database();
        let mut index = IndexChanges::default();
        index.change(1, None, Some("ana \"x\"\n600111222"));
        index.change(1, Some("not in the index yet"), Some("ana ruiz"));
        index.change(2, None, Some("luis"));
        index.apply(&conn).unwrap();
        assert_eq!((found(&conn, "ruiz"), found(&conn, "600"), found(&conn, "luis")), (vec![1], vec![], vec![2]));
        let mut index = IndexChanges::default();
        index.change(1, Some("ana ruiz"), Some("ana paz"));
        index.change(1, Some("ana paz"), Some("ana ruiz"));
        index.change(2, Some("luis"), None);
        index.apply(&conn).unwrap();
        assert_eq!((found(&conn, "ruiz"), found(&conn, "luis")), (vec![1], vec![]));
    }

    #[test]
    fn all_of_a_transaction_is_one_segment() {
        let (_folder, conn) = database();
        let mut index = IndexChanges::default();
        for seq in 1..=100 {
            index.change(seq, None, Some(&format!("person {seq}")));
        }
        index.apply(&conn).unwrap();
        assert_eq!(one::<i64>(&conn, "SELECT count(DISTINCT segid) FROM contacts_search_idx"), 1);
    }
}
