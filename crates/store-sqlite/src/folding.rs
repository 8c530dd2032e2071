//! Making texts and keys anew that were made by other rules, or for numbers of another country.

use reparto_store::StoreResult;
use reparto_store_rows::{
    contact_columns,
    contacts::{Keys, folded},
    users::UserKeys,
};
use rusqlite::{Connection, params};

use crate::{
    contacts::{index::IndexChanges, write},
    engine::Conn as _,
    statements::statements,
};

/// So many rows are made anew in one go: the writer is busy with them for some ten milliseconds.
const AT_ONCE: i64 = 250;

statements! {
    // In two parts, for which the index is used.
    CONTACTS = concat!("SELECT c.seq, c.search_text, ", contact_columns!(), " FROM contacts c WHERE c.seq IN ( \
        SELECT seq FROM (SELECT seq FROM contacts INDEXED BY contacts_folded WHERE folded < ?1 LIMIT ?2) UNION ALL \
        SELECT seq FROM (SELECT seq FROM contacts INDEXED BY contacts_folded WHERE folded > ?1 LIMIT ?2)) LIMIT ?2");
    USERS = "SELECT seq, email, full_name, first_name, last_name, phone_number FROM users WHERE folded <> ?1 LIMIT ?2";
    USER = "UPDATE users SET folded = ?2, search_text = ?3, name_key = ?4 WHERE seq = ?1";
}

/// Makes some rows anew; returns how many.
pub(crate) fn fold_anew(conn: &Connection) -> StoreResult<u64> {
    Ok(users(conn)? + contacts(conn)?)
}

fn contacts(conn: &Connection) -> StoreResult<u64> {
    let found = conn.all(CONTACTS, params![folded(), AT_ONCE], |row| {
        let (seq, search_text): (i64, String) = (row.next()?, row.next()?);
        Ok((seq, search_text, row.contact()?))
    })?;
    let mut index = IndexChanges::default();
    for (seq, before, contact) in &found {
        write::fold(conn, *seq, &Keys::of(&contact.fields), before, contact.is_deleted, &mut index)?;
    }
    index.apply(conn)?;
    Ok(found.len() as u64)
}

fn users(conn: &Connection) -> StoreResult<u64> {
    let found = conn.all(USERS, params![folded(), AT_ONCE], |row| {
        let (seq, email): (i64, String) = (row.next()?, row.next()?);
        let names: [Option<String>; 3] = [row.next()?, row.next()?, row.next()?];
        let phone: Option<String> = row.next()?;
        let [full, first, last] = &names;
        Ok((seq, UserKeys::new(&email, [full.as_deref(), first.as_deref(), last.as_deref()], phone.as_deref())))
    })?;
    for (seq, keys) in &found {
        conn.run(USER, params![seq, folded(), keys.search_text, keys.name])?;
    }
    Ok(found.len() as u64)
}

#[cfg(test)]
mod tests {
    use reparto_domain::{contacts::ContactFields, erasures::IfErased};

    use super::*;
    use crate::{
        contacts::{create, delete},
        testing::{database, one, system},
    };

    #[test]
    fn texts_and_keys_of_before_are_made_anew() {
        let (_folder, conn) = database();
        let mut made = Vec::new();
        for number in 0..AT_ONCE + 3 {
            let fields = ContactFields {
                first_name: Some(format!("Jean-Luc {number}")),
                phone: Some("+49 (0)30 701007".to_owned()),
                ..ContactFields::default()
            };
            made.push(create(&conn, &system(0), &fields, IfErased::Refuse, None).unwrap().fresh().unwrap().id);
        }
        delete(&conn, &system(1), made[1], false).unwrap();
        assert_eq!(fold_anew(&conn).unwrap(), 0, "nothing is of before");
        // As the version before wrote them: the index has the old text.
        conn.command(
            "INSERT INTO contacts_search (contacts_search, rowid, search_text)
                 SELECT 'delete', seq, search_text FROM contacts WHERE deleted_at IS NULL;
             UPDATE contacts SET search_text = 'jean-luc old', phone_key = '49030701007', folded = 0;
             UPDATE contacts SET folded = 9999999 WHERE seq = 1;
             INSERT INTO contacts_search (rowid, search_text)
                 SELECT seq, search_text FROM contacts WHERE deleted_at IS NULL;
             UPDATE users SET folded = 0, search_text = 'old'",
        )
        .unwrap();
        assert!(crate::check::check(&conn, 10).unwrap().is_empty(), "what is not made anew yet is no damage");
        let users: i64 = one(&conn, "SELECT count(*) FROM users");
        let mut steps = Vec::new();
        loop {
            match fold_anew(&conn).unwrap() {
                0 => break,
                rows => steps.push(i64::try_from(rows).unwrap()),
            }
        }
        assert_eq!(steps.iter().sum::<i64>(), AT_ONCE + 3 + users);
        assert!(steps.iter().all(|rows| *rows <= 2 * AT_ONCE) && steps.len() > 1);
        assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM contacts WHERE search_text LIKE '%old%'"), 0);
        assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM contacts WHERE phone_key <> '4930701007'"), 0);
        assert!(crate::check::check(&conn, 10).unwrap().is_empty());
    }
}
