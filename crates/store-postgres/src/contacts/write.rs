//! Writing a contact's row.

use reparto_domain::{ContactId, Timestamp, contacts::ContactFields};
use reparto_store_rows::{
    columns,
    contacts::{Cell, Keys, MADE, WRITTEN, Written, written},
};
use uuid::Uuid;

use crate::{
    engine::{
        copy_in::copy_in,
        errors::Db,
        params::{At, Param, Text},
        tx::Conn,
    },
    statements::statements,
};

statements! {
    INSERT => format!("{} RETURNING seq", columns::insert('$', "contacts", &[&WRITTEN[..], &MADE].concat()));
    UPDATE => columns::update('$', "contacts", &WRITTEN);
    IMPORTED => format!(
        "CREATE TEMPORARY TABLE imported ON COMMIT DROP AS SELECT {}, seq FROM contacts WITH NO DATA",
        WRITTEN.join(", ")
    );
    // The live opportunities of these contacts are marked as theirs are.
    FOLLOW = "WITH followed AS (SELECT o.seq, c.do_not_contact_since IS NOT NULL OR c.erased_at IS NOT NULL AS marked \
            FROM contacts c JOIN opportunities o ON o.contact_seq = c.seq AND o.deleted_at IS NULL \
            WHERE c.seq = ANY($1)), \
        hot AS (UPDATE assignments a SET do_not_contact = f.marked FROM followed f \
            WHERE a.seq = f.seq AND a.do_not_contact <> f.marked) \
        UPDATE opportunities o SET do_not_contact = f.marked FROM followed f \
        WHERE o.seq = f.seq AND o.do_not_contact <> f.marked";
    DELETE = "UPDATE contacts SET deleted_at = $2, updated_at = $2, updated_by_seq = $3 WHERE seq = ANY($1)";
}

/// Inserts a contact and returns its seq.
pub(crate) async fn insert(tx: &mut Conn, id: ContactId, fields: &ContactFields, by: Written) -> Db<i64> {
    let keys = Keys::of(fields);
    let mut params = values(fields, &keys, by);
    params.extend([Box::new(id.uuid()) as Box<dyn Param>, Box::new(by.by), Box::new(At(by.at))]);
    tx.count(&INSERT, &borrowed(&params)).await
}

/// Updates the fields of a contact.
pub(crate) async fn update(tx: &mut Conn, seq: i64, fields: &ContactFields, by: Written) -> Db<()> {
    let keys = Keys::of(fields);
    let mut params = values(fields, &keys, by);
    params.push(Box::new(seq));
    tx.run(&UPDATE, &borrowed(&params)).await?;
    tx.run(FOLLOW, &[&vec![seq]]).await
}

/// A contact as an import writes it.
pub(crate) struct Row<'a> {
    /// Its seq: of the existing contact, or drawn for a new one.
    pub seq: i64,
    /// Its fields.
    pub fields: &'a ContactFields,
    /// Its keys.
    pub keys: &'a Keys,
    /// Who writes it.
    pub written: Written,
    /// Its id and creation time, if it is new.
    pub new: Option<(Uuid, Timestamp)>,
}

/// Inserts contacts, all in one statement.
pub(crate) async fn insert_many(tx: &mut Conn, rows: &[Row<'_>]) -> Db<()> {
    let columns = [&WRITTEN[..], &MADE, &["seq"]].concat();
    let cells: Vec<Vec<Box<dyn Param + '_>>> = rows
        .iter()
        .map(|row| {
            let mut cells = values(row.fields, row.keys, row.written);
            let (id, at) = row.new.unwrap_or((Uuid::nil(), row.written.at));
            cells.extend([
                Box::new(id) as Box<dyn Param>,
                Box::new(row.written.by),
                Box::new(At(at)),
                Box::new(row.seq),
            ]);
            cells
        })
        .collect();
    copy_in(tx, "contacts", &columns, &cells).await
}

/// From this number on, changed contacts are written via a temporary table.
const MANY: usize = 20;

/// Updates the fields of contacts, all in one statement.
pub(crate) async fn update_many(tx: &mut Conn, rows: &[Row<'_>]) -> Db<()> {
    if rows.len() < MANY {
        for row in rows {
            update(tx, row.seq, row.fields, row.written).await?;
        }
        return Ok(());
    }
    let columns = [&WRITTEN[..], &["seq"]].concat();
    let sets: Vec<String> = WRITTEN.iter().map(|column| format!("{column} = i.{column}")).collect();
    let cells: Vec<Vec<Box<dyn Param + '_>>> = rows
        .iter()
        .map(|row| {
            let mut cells = values(row.fields, row.keys, row.written);
            cells.push(Box::new(row.seq));
            cells
        })
        .collect();
    tx.command(&IMPORTED).await?;
    copy_in(tx, "imported", &columns, &cells).await?;
    let sql = format!("UPDATE contacts c SET {} FROM imported i WHERE c.seq = i.seq", sets.join(", "));
    tx.all_once(&sql, &[]).await?;
    tx.run(FOLLOW, &[&rows.iter().map(|row| row.seq).collect::<Vec<_>>()]).await
}

/// Soft-deletes contacts.
pub(crate) async fn delete(tx: &mut Conn, seqs: &Vec<i64>, written: Written) -> Db<()> {
    tx.run(DELETE, &[seqs, &At(written.at), &written.by]).await
}

fn borrowed<'a>(params: &'a [Box<dyn Param + 'a>]) -> Vec<&'a dyn Param> {
    params.iter().map(|param| &**param as &dyn Param).collect()
}

fn values<'a>(fields: &'a ContactFields, keys: &'a Keys, by: Written) -> Vec<Box<dyn Param + 'a>> {
    let param = |cell| -> Box<dyn Param + 'a> {
        match cell {
            Cell::Text(text) => Box::new(text.map(Text)),
            Cell::Number(number) => Box::new(number),
            Cell::Small(number) => Box::new(number),
            Cell::Flag(flag) => Box::new(flag),
            Cell::Time(at) => Box::new(at.map(At)),
        }
    };
    written(fields, keys, by).into_iter().map(|(_, cell)| param(cell)).collect()
}
