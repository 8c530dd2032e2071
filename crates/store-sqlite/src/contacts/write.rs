//! Writing a contact's row, with what follows for the search index and the count.

use reparto_domain::{ContactId, Timestamp, contacts::ContactFields};
use reparto_store::StoreResult;
use reparto_store_rows::{
    columns,
    contacts::{Cell, Keys, MADE, WRITTEN, Written, folded, written},
};
use rusqlite::{
    Connection, params, params_from_iter,
    types::{ToSqlOutput, Value, ValueRef},
};

use super::index::IndexChanges;
use crate::{engine::Conn as _, statements::statements};

statements! {
    INSERT => columns::insert('?', "contacts", &[&WRITTEN[..], &MADE].concat());
    UPDATE => columns::update('?', "contacts", &WRITTEN);
    DELETE = "UPDATE contacts SET deleted_at = ?2, updated_at = ?2, updated_by_seq = ?3 WHERE seq = ?1";
    // In the hot row first: that is the order in which others take the two.
    FOLLOWED_HOT = "UPDATE assignments SET do_not_contact = ?2 WHERE do_not_contact <> ?2 \
        AND seq = (SELECT seq FROM opportunities WHERE contact_seq = ?1 AND deleted_at IS NULL)";
    FOLLOWED = "UPDATE opportunities SET do_not_contact = ?2 WHERE contact_seq = ?1 AND deleted_at IS NULL \
        AND do_not_contact <> ?2";
    FOLD = "UPDATE contacts SET folded = ?2, search_text = ?3, name_key = ?4, email_key = ?5, phone_key = ?6, \
        mobile_key = ?7, city_key = ?8, nacionalidad_key = ?9 WHERE seq = ?1";
    COUNT = "UPDATE contact_count SET n = n + ?1";
}

/// Inserts a contact and returns its seq. The caller updates the count (see [`count`]): an import does so once.
pub(crate) fn insert(
    conn: &Connection,
    id: ContactId,
    fields: &ContactFields,
    keys: &Keys,
    by: Written,
    created_at: Timestamp,
    index: &mut IndexChanges,
) -> StoreResult<i64> {
    let made = [
        ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        ToSqlOutput::Owned(by.by.map_or(Value::Null, Value::Integer)),
        ToSqlOutput::Owned(Value::Integer(created_at.micros())),
    ];
    let values = written(fields, keys, by).into_iter().map(|(_, cell)| stored(cell));
    let seq = conn.insert(&INSERT, params_from_iter(values.chain(made)))?;
    index.change(seq, None, Some(&keys.search_text));
    Ok(seq)
}

/// Updates the fields of a contact. `before` is its search text in the index.
pub(crate) fn update(
    conn: &Connection,
    seq: i64,
    fields: &ContactFields,
    before: &str,
    by: Written,
    index: &mut IndexChanges,
) -> StoreResult<()> {
    let keys = Keys::of(fields);
    let values = written(fields, &keys, by).into_iter().map(|(_, cell)| stored(cell));
    conn.run(&UPDATE, params_from_iter(values.chain([ToSqlOutput::Owned(Value::Integer(seq))])))?;
    let do_not_contact = fields.do_not_contact.is_some();
    conn.run(FOLLOWED_HOT, params![seq, do_not_contact])?;
    conn.run(FOLLOWED, params![seq, do_not_contact])?;
    index.change(seq, Some(before), Some(&keys.search_text));
    Ok(())
}

/// Writes texts and keys that were made anew; nothing else of the contact changes. `before` is its search text until now.
pub(crate) fn fold(
    conn: &Connection,
    seq: i64,
    keys: &Keys,
    before: &str,
    is_deleted: bool,
    index: &mut IndexChanges,
) -> StoreResult<()> {
    conn.run(
        FOLD,
        params![
            seq,
            folded(),
            keys.search_text,
            keys.name,
            keys.email,
            keys.phone,
            keys.mobile,
            keys.city,
            keys.nacionalidad
        ],
    )?;
    // Those that are deleted are not in the index.
    if !is_deleted {
        index.change(seq, Some(before), Some(&keys.search_text));
    }
    Ok(())
}

/// Soft-deletes a contact, and removes it from the search index and the count.
pub(crate) fn delete(
    conn: &Connection,
    seq: i64,
    search_text: &str,
    by: Written,
    index: &mut IndexChanges,
) -> StoreResult<()> {
    conn.run(DELETE, params![seq, by.at.micros(), by.by])?;
    index.change(seq, Some(search_text), None);
    count(conn, -1)
}

/// Changes the count of contacts that are not deleted.
pub(crate) fn count(conn: &Connection, by: i64) -> StoreResult<()> {
    if by != 0 {
        conn.run(COUNT, [by])?;
    }
    Ok(())
}

fn stored(cell: Cell<'_>) -> ToSqlOutput<'_> {
    let integer = |number: Option<i64>| ToSqlOutput::Owned(number.map_or(Value::Null, Value::Integer));
    match cell {
        Cell::Text(text) => ToSqlOutput::Borrowed(text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))),
        Cell::Number(number) => integer(number),
        Cell::Small(number) => integer(number.map(i64::from)),
        Cell::Flag(flag) => integer(flag.map(i64::from)),
        Cell::Time(at) => integer(at.map(Timestamp::micros)),
    }
}
