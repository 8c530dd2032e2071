//! The keys and search texts of contacts and users are those of their fields.

use reparto_store_rows::{
    contacts::{Keys, folded},
    kept,
};
use tokio_postgres::Row;

use super::Findings;
use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

statements! {
    USERS = "SELECT seq, email, email_key FROM users ORDER BY seq";
    CONTACTS = concat!("SELECT c.seq, c.folded, c.search_text, c.name_key, c.email_key, c.phone_key, c.mobile_key, c.city_key, \
        c.nacionalidad_key, ", contact_columns!(), " FROM contacts c ORDER BY c.seq");
}

pub(super) async fn check(conn: &mut Conn, findings: &mut Findings) -> Db<()> {
    let user = |row: &Row| {
        let (seq, email, key): (i64, &str, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if email.to_lowercase() != key {
            findings.add("email_keys_right", format!("user {seq}: email_key is not that of the address"));
        }
        Ok(())
    };
    conn.each(USERS, &[], true, user).await?;
    let contact = |row: &Row| {
        let mut row = Reader::new(row);
        let seq = row.next()?;
        one(&mut row, seq, findings)
    };
    conn.each(CONTACTS, &[], true, contact).await
}

fn one(row: &mut Reader<'_>, seq: i64, findings: &mut Findings) -> Db<()> {
    // Those that were made by other rules are made anew while the service runs.
    let is_folded = row.next::<i64>()? == folded();
    let stored = Keys {
        search_text: row.next()?,
        name: row.next()?,
        email: row.next()?,
        phone: row.next()?,
        mobile: row.next()?,
        city: row.next()?,
        nacionalidad: row.next()?,
        ..Keys::default()
    };
    let contact = match contact(row) {
        Ok(contact) => contact,
        Err(Fault::Store(error)) => {
            findings.add("contact_readable", format!("contact {seq}: {error}"));
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    let (id, right) = (contact.id, Keys::of(&contact.fields));
    findings.fault(kept::object(&format!("contact {id}: custom_fields"), &contact.fields.custom_fields));
    if is_folded && stored.search_text != right.search_text {
        findings.add("search_text_right", format!("contact {id}: search_text is not that of its fields"));
    }
    if stored.email != right.email {
        findings.add("email_keys_right", format!("contact {id}: email_key is not that of the address"));
    }
    let keys = |keys: &Keys| {
        [Some(keys.name.clone()), keys.phone.clone(), keys.mobile.clone(), keys.city.clone(), keys.nacionalidad.clone()]
    };
    if is_folded && keys(&stored) != keys(&right) {
        findings.add("contact_keys_right", format!("contact {id}: a key is not that of its fields"));
    }
    Ok(())
}
