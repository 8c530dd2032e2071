//! The keys and search texts of contacts and users are those of their fields.

use reparto_domain::contacts::Contact;
use reparto_store::StoreResult;
use rusqlite::Connection;

use super::Findings;
use crate::{
    contacts::{
        rows::{CONTACT_COLUMNS, CONTACT_WIDTH, contact},
        write::Keys,
    },
    error::Sql as _,
    statements::statements,
};

statements! {
    USERS = "SELECT seq, email, email_key FROM users";
}

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    let mut statement = conn.prepare(USERS).sql()?;
    let mut rows = statement.query([]).sql()?;
    while let Some(row) = rows.next().sql()? {
        let (seq, email, key): (i64, String, String) = (row.get(0).sql()?, row.get(1).sql()?, row.get(2).sql()?);
        if email.to_lowercase() != key {
            findings.add("email_keys_right", format!("user {seq}: email_key is not that of the address"));
        }
    }
    let mut statement = conn.prepare(&all_statement()).sql()?;
    let mut rows = statement.query([]).sql()?;
    while let Some(row) = rows.next().sql()? {
        let stored: Contact = match contact(row, 0) {
            Ok(stored) => stored,
            Err(error) => {
                let seq: i64 = row.get(CONTACT_WIDTH).sql()?;
                findings.add("contact_readable", format!("contact {seq}: {error}"));
                continue;
            }
        };
        let get = |column: usize| row.get::<_, Option<String>>(CONTACT_WIDTH + column).sql();
        let right = Keys::of(&stored.fields);
        let id = stored.id;
        if get(1)?.as_deref() != Some(right.search_text.as_str()) {
            findings.add("search_text_right", format!("contact {id}: search_text is not that of its fields"));
        }
        if get(3)? != right.email {
            findings.add("email_keys_right", format!("contact {id}: email_key is not that of the address"));
        }
        let keys = (get(2)?, get(4)?, get(5)?, get(6)?, get(7)?);
        if keys != (Some(right.name), right.phone, right.mobile, right.city, right.nacionalidad) {
            findings.add("contact_keys_right", format!("contact {id}: a key is not that of its fields"));
        }
    }
    Ok(())
}

/// Every contact with its keys.
pub(crate) fn all_statement() -> String {
    format!(
        "SELECT {CONTACT_COLUMNS}, c.seq, c.search_text, c.name_key, c.email_key, c.phone_key, c.mobile_key, \
         c.city_key, c.nacionalidad_key FROM contacts c ORDER BY c.seq"
    )
}
