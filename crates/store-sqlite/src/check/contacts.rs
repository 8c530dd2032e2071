//! The keys and search texts of contacts and users are those of their fields.

use reparto_store::StoreResult;
use reparto_store_rows::{
    contact_columns,
    contacts::{Keys, folded},
    kept,
};
use rusqlite::Connection;

use super::Findings;
use crate::{engine::Conn as _, statements::statements};

statements! {
    CONTACTS = concat!("SELECT c.seq, c.folded, c.search_text, c.name_key, c.email_key, c.phone_key, c.mobile_key, c.city_key, \
        c.nacionalidad_key, ", contact_columns!(), " FROM contacts c ORDER BY c.seq");
    USERS = "SELECT seq, email, email_key FROM users";
}

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    conn.each(USERS, [], |row| {
        let (seq, email, key): (i64, String, String) = (row.next()?, row.next()?, row.next()?);
        if email.to_lowercase() != key {
            findings.add("email_keys_right", format!("user {seq}: email_key is not that of the address"));
        }
        Ok(true)
    })?;
    conn.each(CONTACTS, [], |row| {
        let seq: i64 = row.next()?;
        // Those that were made by other rules are made anew while the service runs.
        let is_folded = row.next::<i64>()? == folded();
        let search_text: Option<String> = row.next()?;
        let (name, email) = (row.next::<Option<String>>()?, row.next()?);
        let (phone, mobile, city, nacionalidad) = (row.next()?, row.next()?, row.next()?, row.next()?);
        let stored = match row.contact() {
            Ok(stored) => stored,
            Err(error) => {
                findings.add("contact_readable", format!("contact {seq}: {error}"));
                return Ok(true);
            }
        };
        let (right, id) = (Keys::of(&stored.fields), stored.id);
        findings.fault(kept::object(&format!("contact {id}: custom_fields"), &stored.fields.custom_fields));
        if is_folded && search_text.as_ref() != Some(&right.search_text) {
            findings.add("search_text_right", format!("contact {id}: search_text is not that of its fields"));
        }
        if right.email != email {
            findings.add("email_keys_right", format!("contact {id}: email_key is not that of the address"));
        }
        if is_folded
            && (Some(right.name), right.phone, right.mobile, right.city, right.nacionalidad)
                != (name, phone, mobile, city, nacionalidad)
        {
            findings.add("contact_keys_right", format!("contact {id}: a key is not that of its fields"));
        }
        Ok(true)
    })
}
