//! Writing the results of an import.

use reparto_domain::{Caller, ContactId, OpportunityId, imports::ImportRow};
use reparto_store_rows::{contacts::Written, imports::Place, numbers::signed};
use serde_json::json;

use super::sort::{Entry, New, Sorted};
use crate::{
    actor::Actor,
    contacts::write::{self, Row},
    engine::{
        copy_in::{Cell, copy_in},
        errors::{Db, Fault},
        tx::Conn,
    },
    items::Item,
    statements::statements,
};

statements! {
    CONTACT_SEQS = "SELECT nextval('contacts_seq_seq') FROM generate_series(1, $1::bigint)";
    OPPORTUNITY_SEQS = "SELECT nextval('opportunities_seq_seq') FROM generate_series(1, $1::bigint)";
}

/// The columns of an opportunity that an import writes.
const OPPORTUNITY: [&str; 14] = [
    "seq",
    "id",
    "contact_seq",
    "detected_at",
    "score",
    "priority",
    "detection_reason",
    "attempts",
    "attempt_count",
    "call_completed",
    "call_successful",
    "notes",
    "created_at",
    "updated_at",
];

/// Writes contacts and opportunities; returns the items of the operation, in the order of the rows, and where each row
/// went.
pub(super) async fn all(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    rows: &[ImportRow],
    sorted: &Sorted,
) -> Db<(Vec<Item>, Vec<Place>)> {
    let mut seqs: Vec<Option<i64>> = sorted.contacts.iter().map(|contact| contact.seq).collect();
    contacts(tx, caller, actor, rows, &sorted.contacts, &mut seqs).await?;
    let made = opportunities(tx, caller, rows, &sorted.opportunities, &seqs).await?;
    let item =
        |(new, opportunity): (&New, i64)| Item { opportunity, before: None, holder: new.holder, status: new.status };
    let contact = |found: &Option<usize>| found.and_then(|place| seqs.get(place).copied().flatten());
    let mut places: Vec<Place> =
        sorted.found.iter().map(|found| Place { contact: contact(found), opportunity: None }).collect();
    for (new, opportunity) in sorted.opportunities.iter().zip(&made) {
        if let Some(place) = places.get_mut(new.row) {
            place.opportunity = Some(*opportunity);
        }
    }
    Ok((sorted.opportunities.iter().zip(made).map(item).collect(), places))
}

/// Draws seqs for new rows, in order.
async fn drawn(tx: &mut Conn, statement: &str, count: usize) -> Db<Vec<i64>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut seqs =
        tx.all(statement, &[&signed(count)]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect::<Db<Vec<i64>>>()?;
    seqs.sort_unstable();
    Ok(seqs)
}

/// Inserts new contacts, filling in their seqs, and updates changed ones.
async fn contacts(
    tx: &mut Conn,
    caller: &Caller,
    actor: &Actor,
    rows: &[ImportRow],
    entries: &[Entry],
    seqs: &mut [Option<i64>],
) -> Db<()> {
    let missing = seqs.iter().filter(|seq| seq.is_none()).count();
    let mut drawn = drawn(tx, CONTACT_SEQS, missing).await?.into_iter();
    let (mut new, mut changed) = (Vec::with_capacity(missing), Vec::new());
    for (entry, seq) in entries.iter().zip(seqs) {
        let is_new = seq.is_none();
        if is_new {
            *seq = drawn.next();
        }
        let Some(seq) = *seq else { return Err(Fault::inconsistent("a sequence gave too few numbers")) };
        if !is_new && entry.row.is_none() {
            continue;
        }
        let fixed = entry.row.and_then(|row| rows.get(row)).and_then(|row| row.fixed);
        let id = fixed.map_or_else(ContactId::new, |fixed| fixed.contact).uuid();
        let row = Row {
            seq,
            fields: &entry.fields,
            keys: &entry.keys,
            written: Written { responsible: entry.responsible, by: actor.seq, at: caller.at },
            new: is_new.then(|| (id, fixed.map_or(caller.at, |fixed| fixed.created_at))),
        };
        if is_new { new.push(row) } else { changed.push(row) }
    }
    write::insert_many(tx, &new).await?;
    write::update_many(tx, &changed).await
}

/// Inserts opportunities; returns their seqs.
async fn opportunities(
    tx: &mut Conn,
    caller: &Caller,
    rows: &[ImportRow],
    new: &[New],
    contacts: &[Option<i64>],
) -> Db<Vec<i64>> {
    let seqs = drawn(tx, OPPORTUNITY_SEQS, new.len()).await?;
    let mut lines: Vec<Vec<Cell<'_>>> = Vec::with_capacity(new.len());
    for (new, seq) in new.iter().zip(&seqs) {
        let contact = contacts.get(new.contact).copied().flatten();
        let (Some(row), Some(contact)) = (rows.get(new.row), contact) else {
            return Err(Fault::inconsistent("an opportunity of no row or contact"));
        };
        let successful = row.successful_attempt();
        let id = row.fixed.map_or_else(OpportunityId::new, |fixed| fixed.opportunity).uuid();
        lines.push(vec![
            Cell::Int(*seq),
            Cell::Id(id),
            Cell::Int(contact),
            Cell::Time(row.detected_at.unwrap_or(caller.at)),
            Cell::Int(row.initial_score().get()),
            Cell::Int(row.initial_priority().number().into()),
            Cell::Text(row.detection_reason.as_str()),
            Cell::Owned(json!(row.attempts).to_string()),
            Cell::Int(signed(row.attempts.len())),
            Cell::Bool(successful.is_some()),
            successful.map_or(Cell::Null, |number| Cell::Int(number.into())),
            row.notes.as_deref().map_or(Cell::Null, Cell::Text),
            Cell::Time(row.fixed.map_or(caller.at, |fixed| fixed.created_at)),
            Cell::Time(caller.at),
        ]);
    }
    copy_in(tx, "opportunities", &OPPORTUNITY, &lines).await?;
    Ok(seqs)
}
