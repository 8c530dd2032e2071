//! Writing a contact's row.

use reparto_domain::{
    ContactId, Timestamp,
    contacts::{ContactFields, phone_key},
    fold::fold,
};
use uuid::Uuid;

use crate::{
    engine::{
        copy_in::copy_in,
        errors::Db,
        params::{At, Param, Text, opt},
        tx::Conn,
    },
    statements::statements,
};

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
    pub(crate) fn of(fields: &ContactFields) -> Self {
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
}

/// The columns that insert and update write, in the order of [`values`].
macro_rules! written {
    () => {
        "search_text, name_key, email_key, phone_key, mobile_key, first_name, last_name, email, phone, mobile, \
         address, city, city_key, state, postal_code, country, company_name, company_id, position, nacionalidad, \
         nacionalidad_key, grading_llamada, grading_situacion, responsible_seq, tiempo_espana, empadronado, \
         lugar_residencia, tiene_ingresos, trabaja_b, edad, tiene_familiares_espana, landing_product, avatar_url, \
         notes, custom_fields, updated_by_seq, updated_at"
    };
}

macro_rules! marks {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
         $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37"
    };
}

statements! {
    INSERT = concat!("INSERT INTO contacts (", written!(), ", id, created_by_seq, created_at) VALUES (", marks!(),
        ", $38, $36, $37) RETURNING seq");
    UPDATE = concat!("UPDATE contacts SET (", written!(), ") = (", marks!(), ") WHERE seq = $38");
    DELETE = "UPDATE contacts SET deleted_at = $2, updated_at = $2, updated_by_seq = $3 WHERE seq = $1";
}

/// Inserts a contact and gives its seq.
pub(crate) async fn insert(tx: &mut Conn, id: ContactId, fields: &ContactFields, written: Written) -> Db<i64> {
    let keys = Keys::of(fields);
    let custom = serde_json::Value::Object(fields.custom_fields.clone()).to_string();
    let mut params = values(fields, &keys, &custom, written);
    let id: Uuid = id.uuid();
    params.push(Box::new(id));
    tx.count(INSERT, &borrowed(&params)).await
}

/// Writes the fields of a contact anew.
pub(crate) async fn update(tx: &mut Conn, seq: i64, fields: &ContactFields, written: Written) -> Db<()> {
    let keys = Keys::of(fields);
    let custom = serde_json::Value::Object(fields.custom_fields.clone()).to_string();
    let mut params = values(fields, &keys, &custom, written);
    params.push(Box::new(seq));
    tx.query(UPDATE, &borrowed(&params)).await?;
    Ok(())
}

/// A contact as an import writes it.
pub(crate) struct Row<'a> {
    /// Its seq, where it is there already; else the one that was drawn for it.
    pub seq: i64,
    /// Its fields.
    pub fields: &'a ContactFields,
    /// Its keys.
    pub keys: &'a Keys,
    /// Its custom fields, as JSON.
    pub custom: String,
    /// Who writes it.
    pub written: Written,
    /// Its id and when it was made, where it is new.
    pub new: Option<(Uuid, Timestamp)>,
}

/// Inserts contacts, all at once.
pub(crate) async fn insert_many(tx: &mut Conn, rows: &[Row<'_>]) -> Db<()> {
    let mut columns = columns();
    columns.extend(["seq", "id", "created_by_seq", "created_at"]);
    let cells: Vec<Vec<Box<dyn Param + '_>>> = rows
        .iter()
        .map(|row| {
            let mut cells = values(row.fields, row.keys, &row.custom, row.written);
            let (id, at) = row.new.unwrap_or((Uuid::nil(), row.written.at));
            cells.extend([
                Box::new(row.seq) as Box<dyn Param>,
                Box::new(id),
                Box::new(row.written.by),
                Box::new(At(at)),
            ]);
            cells
        })
        .collect();
    copy_in(tx, "contacts", &columns, &cells).await
}

/// From so many on, contacts that change go through a table of their own.
const MANY: usize = 20;

/// Writes the fields of contacts anew, all at once.
pub(crate) async fn update_many(tx: &mut Conn, rows: &[Row<'_>]) -> Db<()> {
    if rows.len() < MANY {
        for row in rows {
            update(tx, row.seq, row.fields, row.written).await?;
        }
        return Ok(());
    }
    let mut columns = columns();
    let sets: Vec<String> = columns.iter().map(|column| format!("{column} = i.{column}")).collect();
    columns.push("seq");
    let cells: Vec<Vec<Box<dyn Param + '_>>> = rows
        .iter()
        .map(|row| {
            let mut cells = values(row.fields, row.keys, &row.custom, row.written);
            cells.push(Box::new(row.seq));
            cells
        })
        .collect();
    tx.command(concat!(
        "CREATE TEMPORARY TABLE imported ON COMMIT DROP AS SELECT ",
        written!(),
        ", seq FROM contacts WITH NO DATA"
    ))
    .await?;
    copy_in(tx, "imported", &columns, &cells).await?;
    let sql = format!("UPDATE contacts c SET {} FROM imported i WHERE c.seq = i.seq", sets.join(", "));
    tx.query_once(&sql, &[]).await?;
    Ok(())
}

fn columns() -> Vec<&'static str> {
    written!().split(", ").collect()
}

/// Deletes a contact softly.
pub(crate) async fn delete(tx: &mut Conn, seq: i64, written: Written) -> Db<()> {
    tx.query(DELETE, &[&seq, &At(written.at), &written.by]).await?;
    Ok(())
}

fn borrowed<'a>(params: &'a [Box<dyn Param + 'a>]) -> Vec<&'a dyn Param> {
    params.iter().map(|param| &**param as &dyn Param).collect()
}

fn values<'a>(
    fields: &'a ContactFields,
    keys: &'a Keys,
    custom: &'a str,
    written: Written,
) -> Vec<Box<dyn Param + 'a>> {
    let text = |text: &'a Option<String>| -> Box<dyn Param + 'a> { Box::new(opt(text)) };
    vec![
        Box::new(Text(&keys.search_text)),
        Box::new(Text(&keys.name)),
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
        Box::new(fields.grading_llamada.map(reparto_domain::contacts::Grading::number)),
        Box::new(fields.grading_situacion.map(reparto_domain::contacts::Grading::number)),
        Box::new(written.responsible),
        text(&fields.tiempo_espana),
        Box::new(fields.empadronado),
        text(&fields.lugar_residencia),
        Box::new(fields.tiene_ingresos),
        Box::new(fields.trabaja_b),
        Box::new(fields.edad),
        Box::new(fields.tiene_familiares_espana),
        text(&fields.landing_product),
        text(&fields.avatar_url),
        text(&fields.notes),
        Box::new(Text(custom)),
        Box::new(written.by),
        Box::new(At(written.at)),
    ]
}
