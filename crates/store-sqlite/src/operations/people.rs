//! People by seq, each read once.

use std::collections::HashMap;

use reparto_domain::users::Person;
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::person_columns;
use rusqlite::Connection;

use crate::{engine::Conn as _, rows::person, statements::statements};

statements! {
    PERSON = concat!("SELECT ", person_columns!(), " FROM users u WHERE u.seq = ?1");
}

/// Reads people by seq and caches them.
pub(crate) struct People<'a> {
    conn: &'a Connection,
    known: HashMap<i64, Person>,
}

impl<'a> People<'a> {
    pub(crate) fn new(conn: &'a Connection) -> Self {
        Self { conn, known: HashMap::new() }
    }

    /// The person with this seq, even if inactive or deleted.
    pub(crate) fn get(&mut self, seq: i64) -> StoreResult<Person> {
        if let Some(person) = self.known.get(&seq) {
            return Ok(person.clone());
        }
        let found = self.conn.opt(PERSON, [seq], person)?;
        let found = found.ok_or_else(|| StoreError::Inconsistent(format!("users has no row with seq {seq}")))?;
        self.known.insert(seq, found.clone());
        Ok(found)
    }
}
