//! Reading opportunities, with contact and holder.

use reparto_domain::{
    OpportunityId, Priority, Refusal, Score, Status, Viewer, caller::Visibility, opportunities::Opportunity,
    page::Weight, version::version,
};
use reparto_store::{StoreError, StoreResult};
use reparto_store_rows::{contact_columns, person_columns};
use rusqlite::Connection;

use crate::{actor::Actor, engine::Conn as _, rows::Reader, statements::statements};

statements! {
    BY_SEQ = concat!(
        "SELECT o.id, o.detected_at, o.score, o.priority, a.status, o.detection_reason, o.attempts, o.call_completed, \
         o.call_successful, o.notes, o.created_at, max(o.updated_at, a.updated_at), o.revision, a.last_operation, ",
        contact_columns!(), ", ", person_columns!(),
        " FROM opportunities o CROSS JOIN assignments a ON a.seq = o.seq CROSS JOIN contacts c ON c.seq = o.contact_seq \
         LEFT JOIN users u ON u.seq = a.holder WHERE o.seq = ?1");
}

fn opportunity(row: &mut Reader<'_>) -> StoreResult<Opportunity> {
    let id = OpportunityId::from_bytes(row.next()?);
    let (detected_at, score, priority) = (row.time()?, row.number(Score::new)?, row.number(Priority::from_number)?);
    let status = row.number(Status::from_number)?;
    let (detection_reason, attempts) = (row.kept()?, row.attempts()?);
    let (first_call_completed, first_call_successful_attempt) = (row.next()?, row.next()?);
    let (notes, created_at, updated_at) = (row.next()?, row.time()?, row.time()?);
    let (revision, last_operation) = (row.next()?, row.next()?);
    let (contact, holder) = (row.contact()?, row.person_or_none()?);
    let changed = holder.as_ref().map_or(0, |holder| holder.updated_at.micros());
    Ok(Opportunity {
        id,
        detected_at,
        score,
        priority,
        status,
        detection_reason,
        attempts,
        first_call_completed,
        first_call_successful_attempt,
        notes,
        created_at,
        updated_at,
        version: version(revision, last_operation, contact.updated_at.micros(), changed),
        contact,
        holder,
        over_quota: None,
    })
}

/// How many opportunities of an export are read at once, however large they are.
pub(crate) const EXPORT_PART: usize = 10;

/// The opportunities of these rows for an export, which no page bounds: at most [`EXPORT_PART`] at once.
pub(crate) fn for_export(conn: &Connection, seqs: &[i64]) -> StoreResult<Vec<Opportunity>> {
    seqs.iter().map(|seq| by_seq(conn, *seq)).collect()
}

/// The opportunities of these rows, in this order. Refused where they are more than an answer may hold.
pub(crate) fn by_seqs(conn: &Connection, seqs: &[i64]) -> StoreResult<Vec<Opportunity>> {
    let missing = |seq| StoreError::Inconsistent(format!("opportunities.seq {seq} has no hot row, or no contact"));
    let mut weight = Weight::default();
    let mut read = |row: &mut Reader<'_>| {
        let read = opportunity(row)?;
        weight.add(row.weight())?;
        Ok(read)
    };
    seqs.iter().map(|seq| conn.opt(BY_SEQ, [seq], &mut read)?.ok_or_else(|| missing(seq))).collect()
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

/// Refuses to give an answer about an opportunity to an actor who may not see it any longer.
pub(crate) fn require_visible(conn: &Connection, actor: &Actor, id: Option<OpportunityId>) -> StoreResult<()> {
    match actor.viewer() {
        Some(viewer) if viewer.visibility() != Visibility::All => {
            get(conn, viewer, id.ok_or(Refusal::OpportunityNotFound)?).map(drop)
        }
        _ => Ok(()),
    }
}
