//! Writing a contact's row, and keeping the search index and the count in step with it.

use reparto_domain::{
    ContactId, Timestamp,
    contacts::{ContactFields, phone_key},
    fold::fold,
};
use reparto_store::StoreResult;
use rusqlite::{Connection, params, params_from_iter, types::Value};

use crate::error::Sql as _;

/// What identifies a contact in imports, and what lists sort and filter by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Searched through, folded.
    pub search_text: String,
    /// What it is called, folded.
    pub name: String,
    /// Address in lower case.
    pub email: Option<String>,
    /// See [`phone_key`].
    pub phone: Option<String>,
    /// See [`phone_key`].
    pub mobile: Option<String>,
    /// City, folded.
    pub city: Option<String>,
    /// Nationality, folded.
    pub nacionalidad: Option<String>,
}

impl Keys {
    /// The keys of these fields.
    pub fn of(fields: &ContactFields) -> Self {
        Self {
            search_text: fields.search_text(),
            name: fold(&fields.name()),
            email: fields.email.as_deref().map(|email| email.trim().to_lowercase()).filter(|key| !key.is_empty()),
            phone: fields.phone.as_deref().and_then(phone_key),
            mobile: fields.mobile.as_deref().and_then(phone_key),
            city: fields.city.as_deref().map(fold),
            nacionalidad: fields.nacionalidad.as_deref().map(fold),
        }
    }
}

/// Who writes, when, and who looks after the contact, by seq.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    /// The user who is to look after it.
    pub responsible: Option<i64>,
    /// The user who writes; `None`: the system.
    pub by: Option<i64>,
    /// When.
    pub at: Timestamp,
    /// When it was created, where it is.
    pub created_at: Timestamp,
}

/// Inserts a contact and returns its seq. The count is the caller's (see [`count`]): an import adds it up first.
pub(crate) fn insert(
    conn: &Connection,
    id: ContactId,
    fields: &ContactFields,
    keys: &Keys,
    written: Written,
) -> StoreResult<i64> {
    let mut values = values(fields, keys, written);
    values.push(Value::Blob(id.as_bytes().to_vec()));
    values.push(written.by.map_or(Value::Null, Value::Integer));
    values.push(Value::Integer(written.created_at.micros()));
    conn.prepare_cached(INSERT).sql()?.execute(params_from_iter(values)).sql()?;
    let seq = conn.last_insert_rowid();
    index(conn, seq, &keys.search_text)?;
    Ok(seq)
}

/// Writes the fields of a contact anew. `before` is the search text that stands in the index.
pub(crate) fn update(
    conn: &Connection,
    seq: i64,
    fields: &ContactFields,
    before: &str,
    written: Written,
) -> StoreResult<()> {
    let keys = Keys::of(fields);
    let mut values = values(fields, &keys, written);
    values.push(Value::Integer(seq));
    conn.prepare_cached(UPDATE).sql()?.execute(params_from_iter(values)).sql()?;
    if keys.search_text != before {
        unindex(conn, seq, before)?;
        index(conn, seq, &keys.search_text)?;
    }
    Ok(())
}

/// Deletes a contact softly. It leaves the search index, and the count.
pub(crate) fn delete(conn: &Connection, seq: i64, search_text: &str, written: Written) -> StoreResult<()> {
    conn.prepare_cached("UPDATE contacts SET deleted_at = ?2, updated_at = ?2, updated_by_seq = ?3 WHERE seq = ?1")
        .sql()?
        .execute(params![seq, written.at.micros(), written.by])
        .sql()?;
    unindex(conn, seq, search_text)?;
    count(conn, -1)
}

/// Moves the count of contacts that are not deleted.
pub(crate) fn count(conn: &Connection, by: i64) -> StoreResult<()> {
    if by != 0 {
        conn.prepare_cached("UPDATE contact_count SET n = n + ?1").sql()?.execute([by]).sql()?;
    }
    Ok(())
}

fn index(conn: &Connection, seq: i64, search_text: &str) -> StoreResult<()> {
    conn.prepare_cached("INSERT INTO contacts_search (rowid, search_text) VALUES (?1, ?2)")
        .sql()?
        .execute(params![seq, search_text])
        .sql()?;
    Ok(())
}

/// The index does not keep the text, so it must be told what to take out: exactly what was put in.
fn unindex(conn: &Connection, seq: i64, search_text: &str) -> StoreResult<()> {
    conn.prepare_cached("INSERT INTO contacts_search (contacts_search, rowid, search_text) VALUES ('delete', ?1, ?2)")
        .sql()?
        .execute(params![seq, search_text])
        .sql()?;
    Ok(())
}

/// The values of the columns ?1 to ?37, in the order of [`INSERT`] and [`UPDATE`].
fn values(fields: &ContactFields, keys: &Keys, written: Written) -> Vec<Value> {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let flag = |flag: Option<bool>| flag.map_or(Value::Null, |flag| Value::Integer(flag.into()));
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
    vec![
        Value::Text(keys.search_text.clone()),
        Value::Text(keys.name.clone()),
        text(&keys.email),
        text(&keys.phone),
        text(&keys.mobile),
        text(&fields.first_name),
        text(&fields.last_name),
        text(&fields.email),
        text(&fields.phone),
        text(&fields.mobile),
        text(&fields.address),
        text(&fields.city),
        text(&keys.city),
        text(&fields.state),
        text(&fields.postal_code),
        text(&fields.country),
        text(&fields.company_name),
        text(&fields.company_id),
        text(&fields.position),
        text(&fields.nacionalidad),
        text(&keys.nacionalidad),
        number(fields.grading_llamada.map(|grade| grade.number().into())),
        number(fields.grading_situacion.map(|grade| grade.number().into())),
        number(written.responsible),
        text(&fields.tiempo_espana),
        flag(fields.empadronado),
        text(&fields.lugar_residencia),
        flag(fields.tiene_ingresos),
        flag(fields.trabaja_b),
        number(fields.edad),
        flag(fields.tiene_familiares_espana),
        text(&fields.landing_product),
        text(&fields.avatar_url),
        text(&fields.notes),
        Value::Text(serde_json::Value::Object(fields.custom_fields.clone()).to_string()),
        number(written.by),
        Value::Integer(written.at.micros()),
    ]
}

const INSERT: &str = "
    INSERT INTO contacts (
        search_text, name_key, email_key, phone_key, mobile_key, first_name, last_name, email, phone, mobile, address,
        city, city_key, state, postal_code, country, company_name, company_id, position, nacionalidad,
        nacionalidad_key, grading_llamada, grading_situacion, responsible_seq, tiempo_espana, empadronado,
        lugar_residencia, tiene_ingresos, trabaja_b, edad, tiene_familiares_espana, landing_product, avatar_url,
        notes, custom_fields, updated_by_seq, updated_at, id, created_by_seq, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
            ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40)";

const UPDATE: &str = "
    UPDATE contacts SET
        search_text = ?1, name_key = ?2, email_key = ?3, phone_key = ?4, mobile_key = ?5, first_name = ?6,
        last_name = ?7, email = ?8, phone = ?9, mobile = ?10, address = ?11, city = ?12, city_key = ?13, state = ?14,
        postal_code = ?15, country = ?16, company_name = ?17, company_id = ?18, position = ?19, nacionalidad = ?20,
        nacionalidad_key = ?21, grading_llamada = ?22, grading_situacion = ?23, responsible_seq = ?24,
        tiempo_espana = ?25, empadronado = ?26, lugar_residencia = ?27, tiene_ingresos = ?28, trabaja_b = ?29,
        edad = ?30, tiene_familiares_espana = ?31, landing_product = ?32, avatar_url = ?33, notes = ?34,
        custom_fields = ?35, updated_by_seq = ?36, updated_at = ?37
    WHERE seq = ?38";
