//! Reading opportunities, with contact and holder.

use reparto_domain::{
    OpportunityId, Priority, Refusal, Score, Status, Viewer, opportunities::Opportunity, version::version,
};
use reparto_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::{
    contacts::rows::{CONTACT_COLUMNS, CONTACT_WIDTH, contact},
    error::Sql as _,
    rows::{self, PERSON_COLUMNS, person_or_none},
};

/// The opportunity of one row, by `o.seq`.
pub(super) fn by_seq_statement() -> String {
    format!(
        "SELECT o.id, o.detected_at, o.score, o.priority, a.status, o.detection_reason, o.attempts, o.call_completed, \
         o.call_successful, o.notes, o.created_at, max(o.updated_at, a.updated_at), o.revision, a.last_operation, \
         {CONTACT_COLUMNS}, {PERSON_COLUMNS} \
         FROM opportunities o CROSS JOIN assignments a ON a.seq = o.seq CROSS JOIN contacts c ON c.seq = o.contact_seq \
         LEFT JOIN users u ON u.seq = a.holder WHERE o.seq = ?1"
    )
}

/// Its own columns, before the contact's.
const OWN: usize = 14;

fn opportunity(row: &Row<'_>) -> rusqlite::Result<Opportunity> {
    let contact = contact(row, OWN)?;
    let holder = person_or_none(row, OWN + CONTACT_WIDTH)?;
    let changed = holder.as_ref().map_or(0, |holder| holder.updated_at.micros());
    Ok(Opportunity {
        id: OpportunityId::from_bytes(row.get(0)?),
        detected_at: rows::time(row, 1)?,
        score: rows::number(row, 2, Score::new)?,
        priority: rows::number(row, 3, Priority::from_number)?,
        status: rows::number(row, 4, Status::from_number)?,
        detection_reason: rows::json(row, 5)?,
        attempts: rows::json(row, 6)?,
        first_call_completed: row.get(7)?,
        first_call_successful_attempt: row.get(8)?,
        notes: row.get(9)?,
        created_at: rows::time(row, 10)?,
        updated_at: rows::time(row, 11)?,
        version: version(row.get(12)?, row.get(13)?, contact.updated_at.micros(), changed),
        contact,
        holder,
    })
}

/// The opportunities of these rows, in this order.
pub(crate) fn by_seqs(conn: &Connection, seqs: &[i64]) -> StoreResult<Vec<Opportunity>> {
    let mut statement = conn.prepare_cached(&by_seq_statement()).sql()?;
    seqs.iter()
        .map(|seq| {
            statement.query_row([seq], opportunity).optional().sql()?.ok_or_else(|| {
                StoreError::Inconsistent(format!("opportunities.seq {seq} has no hot row, or no contact"))
            })
        })
        .collect()
}

/// The opportunity of this row.
pub(crate) fn by_seq(conn: &Connection, seq: i64) -> StoreResult<Opportunity> {
    by_seqs(conn, &[seq])?.pop().ok_or_else(|| StoreError::Internal("no opportunity for one row".into()))
}

/// An opportunity that the viewer may see.
pub(super) fn get(conn: &Connection, viewer: Viewer, id: OpportunityId) -> StoreResult<Opportunity> {
    let hot = crate::hot::live(conn, id)?.ok_or(Refusal::OpportunityNotFound)?;
    let found = by_seq(conn, hot.seq)?;
    if viewer.visibility().allows(found.holder.as_ref().map(|holder| holder.id)) {
        Ok(found)
    } else {
        Err(Refusal::OpportunityNotFound.into())
    }
}
