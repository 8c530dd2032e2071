//! Writing what came of the rows of an import.

use std::collections::HashMap;

use reparto_domain::{
    AttemptStatus, Caller, ContactId, OpportunityId, contacts::Grading, imports::ImportRow, opportunities::Attempts,
};
use serde_json::json;
use uuid::Uuid;

use super::sort::{Entry, New, Sorted};
use crate::{
    actor::Actor,
    contacts::write::{self, Written},
    engine::{
        errors::{Db, Fault},
        params::{At, Text, opt},
        tx::Conn,
    },
    hot::Item,
    rows::Reader,
    sql::Folded,
    statements::statements,
};

/// Rows that go in one statement.
const CHUNK: usize = 5_000;

statements! {
    CONTACTS = "INSERT INTO contacts (search_text, name_key, email_key, phone_key, mobile_key, first_name, last_name, email, phone, \
            mobile, address, city, city_key, state, postal_code, country, company_name, company_id, position, \
            nacionalidad, nacionalidad_key, grading_llamada, grading_situacion, responsible_seq, tiempo_espana, \
            empadronado, lugar_residencia, tiene_ingresos, trabaja_b, edad, tiene_familiares_espana, \
            landing_product, avatar_url, notes, custom_fields, created_at, id, \
            created_by_seq, updated_by_seq, updated_at) \
        SELECT *, $38::bigint, $38, $39::timestamptz FROM unnest( \
            $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], \
            $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::smallint[], \
            $23::smallint[], $24::bigint[], $25::text[], $26::boolean[], $27::text[], $28::boolean[], \
            $29::boolean[], $30::bigint[], $31::boolean[], $32::text[], $33::text[], $34::text[], $35::text[], \
            $36::timestamptz[], $37::uuid[]) \
        RETURNING id, seq";
    OPPORTUNITIES = "INSERT INTO opportunities (id, contact_seq, detected_at, score, priority, detection_reason, \
            attempts, attempt_count, call_completed, call_successful, notes, created_at, updated_at) \
        SELECT *, $13::timestamptz FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::smallint[], \
            $5::smallint[], $6::text[], $7::text[], $8::smallint[], $9::boolean[], $10::smallint[], $11::text[], \
            $12::timestamptz[]) \
        RETURNING id, seq";
}

/// Writes contacts and opportunities; gives the items of the operation, in the order of the rows.
pub(super) async fn all(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    rows: &[ImportRow],
    sorted: &Sorted,
) -> Db<Vec<Item>> {
    let mut seqs: Vec<Option<i64>> = sorted.contacts.iter().map(|contact| contact.seq).collect();
    let new: Vec<usize> = (0..seqs.len()).filter(|place| seqs[*place].is_none()).collect();
    for chunk in new.chunks(CHUNK) {
        let entries: Vec<&Entry> = chunk.iter().map(|place| &sorted.contacts[*place]).collect();
        let made = contacts(tx, caller, actor, rows, &entries).await?;
        for (place, seq) in chunk.iter().zip(made) {
            seqs[*place] = Some(seq);
        }
    }
    for entry in &sorted.contacts {
        if let (Some(seq), Some(_)) = (entry.seq, entry.row) {
            let written = Written { responsible: entry.responsible, by: actor.seq, at: caller.at };
            write::update(tx, seq, &entry.fields, written).await?;
        }
    }
    let mut items = Vec::with_capacity(sorted.opportunities.len());
    for chunk in sorted.opportunities.chunks(CHUNK) {
        let made = opportunities(tx, caller, rows, chunk, &seqs).await?;
        items.extend(chunk.iter().zip(made).map(|(new, opportunity)| Item {
            opportunity,
            before: None,
            holder: new.holder,
            status: new.status,
        }));
    }
    Ok(items)
}

/// A column of the rows.
fn each<'a, T, V>(rows: &[&'a T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(|row| value(row)).collect()
}

/// The seqs of rows that were inserted, in the order of their ids.
fn in_order(inserted: &[tokio_postgres::Row], ids: &[Uuid]) -> Db<Vec<i64>> {
    let mut seqs: HashMap<Uuid, i64> = HashMap::with_capacity(inserted.len());
    for row in inserted {
        let mut row = Reader::new(row);
        seqs.insert(row.next()?, row.next()?);
    }
    let missing = || Fault::inconsistent("a row that was just inserted is not there");
    ids.iter().map(|id| seqs.get(id).copied().ok_or_else(missing)).collect()
}

/// Inserts contacts; their seqs.
async fn contacts(tx: &mut Conn, caller: &Caller, actor: &Actor, rows: &[ImportRow], new: &[&Entry]) -> Db<Vec<i64>> {
    let fixed = |e: &Entry| e.row.and_then(|row| rows.get(row)).and_then(|row| row.fixed);
    let ids: Vec<Uuid> =
        new.iter().map(|e| fixed(e).map_or_else(ContactId::new, |fixed| fixed.contact).uuid()).collect();
    let created: Vec<At> = new.iter().map(|e| At(fixed(e).map_or(caller.at, |fixed| fixed.created_at))).collect();
    let inserted = tx
        .query(
            CONTACTS,
            &[
                &each(new, |e| Text(&e.keys.search_text)),
                &each(new, |e| Text(&e.keys.name)),
                &each(new, |e| opt(&e.keys.email)),
                &each(new, |e| opt(&e.keys.phone)),
                &each(new, |e| opt(&e.keys.mobile)),
                &each(new, |e| opt(&e.fields.first_name)),
                &each(new, |e| opt(&e.fields.last_name)),
                &each(new, |e| opt(&e.fields.email)),
                &each(new, |e| opt(&e.fields.phone)),
                &each(new, |e| opt(&e.fields.mobile)),
                &each(new, |e| opt(&e.fields.address)),
                &each(new, |e| opt(&e.fields.city)),
                &each(new, |e| opt(&e.keys.city)),
                &each(new, |e| opt(&e.fields.state)),
                &each(new, |e| opt(&e.fields.postal_code)),
                &each(new, |e| opt(&e.fields.country)),
                &each(new, |e| opt(&e.fields.company_name)),
                &each(new, |e| opt(&e.fields.company_id)),
                &each(new, |e| opt(&e.fields.position)),
                &each(new, |e| opt(&e.fields.nacionalidad)),
                &each(new, |e| opt(&e.keys.nacionalidad)),
                &each(new, |e| e.fields.grading_llamada.map(Grading::number)),
                &each(new, |e| e.fields.grading_situacion.map(Grading::number)),
                &each(new, |e| e.responsible),
                &each(new, |e| opt(&e.fields.tiempo_espana)),
                &each(new, |e| e.fields.empadronado),
                &each(new, |e| opt(&e.fields.lugar_residencia)),
                &each(new, |e| e.fields.tiene_ingresos),
                &each(new, |e| e.fields.trabaja_b),
                &each(new, |e| e.fields.edad),
                &each(new, |e| e.fields.tiene_familiares_espana),
                &each(new, |e| opt(&e.fields.landing_product)),
                &each(new, |e| opt(&e.fields.avatar_url)),
                &each(new, |e| opt(&e.fields.notes)),
                &each(new, |e| Folded(json!(e.fields.custom_fields).to_string())),
                &created,
                &ids,
                &actor.seq,
                &At(caller.at),
            ],
        )
        .await?;
    in_order(&inserted, &ids)
}

/// Inserts opportunities; their seqs.
async fn opportunities(
    tx: &mut Conn,
    caller: &Caller,
    rows: &[ImportRow],
    new: &[New],
    contacts: &[Option<i64>],
) -> Db<Vec<i64>> {
    let rows: Vec<&ImportRow> = new.iter().filter_map(|new| rows.get(new.row)).collect();
    let ids: Vec<Uuid> =
        rows.iter().map(|row| row.fixed.map_or_else(OpportunityId::new, |fixed| fixed.opportunity).uuid()).collect();
    let contacts: Vec<Option<i64>> = new.iter().map(|new| contacts.get(new.contact).copied().flatten()).collect();
    let green = each(&rows, |row| green(&row.attempts));
    let inserted = tx
        .query(
            OPPORTUNITIES,
            &[
                &ids,
                &contacts,
                &each(&rows, |row| At(row.detected_at.unwrap_or(caller.at))),
                &each(&rows, |row| row.score.get() as i16),
                &each(&rows, |row| row.priority.number()),
                &each(&rows, |row| Folded(json!(row.detection_reason).to_string())),
                &each(&rows, |row| Folded(json!(row.attempts).to_string())),
                &each(&rows, |row| row.attempts.len() as i16),
                &green.iter().map(Option::is_some).collect::<Vec<_>>(),
                &green,
                &each(&rows, |row| opt(&row.notes)),
                &each(&rows, |row| At(row.fixed.map_or(caller.at, |fixed| fixed.created_at))),
                &At(caller.at),
            ],
        )
        .await?;
    in_order(&inserted, &ids)
}

/// The attempt that completed the first call.
fn green(attempts: &Attempts) -> Option<i16> {
    attempts.iter().find(|(_, attempt)| attempt.status == AttemptStatus::Green).map(|(number, _)| i16::from(*number))
}
