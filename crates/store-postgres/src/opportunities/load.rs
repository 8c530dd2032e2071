//! Reading opportunities, with contact and holder.

use std::collections::HashMap;

use reparto_domain::{
    OpportunityId, Priority, Refusal, Score, Status, Viewer, caller::Visibility, opportunities::Opportunity,
    version::version,
};
use tokio_postgres::Row;

use crate::{
    actor::Actor,
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    rows::{Reader, contact, contact_columns, person_columns, person_or_none},
    statements::statements,
};

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT o.seq, o.id, o.detected_at, o.score, o.priority, a.status, o.detection_reason, o.attempts, \
             o.call_completed, o.call_successful, o.notes, o.created_at, greatest(o.updated_at, a.updated_at), \
             o.revision, a.last_operation, ",
            contact_columns!(),
            ", ",
            person_columns!(),
            " FROM opportunities o JOIN assignments a ON a.seq = o.seq JOIN contacts c ON c.seq = o.contact_seq \
             LEFT JOIN users u ON u.seq = a.holder WHERE ",
            $condition
        )
    };
}

statements! {
    BY_ID = select!("o.id = $1 AND NOT a.deleted");
    BY_SEQ = select!("o.seq = $1");
    BY_SEQS = select!("o.seq = ANY($1)");
}

fn opportunity(row: &Row) -> Db<(i64, Opportunity)> {
    let mut row = Reader::new(row);
    let seq = row.next()?;
    let id = OpportunityId::from_uuid(row.next()?);
    let (detected_at, score, priority) = (row.time()?, row.number(Score::new)?, row.number(Priority::from_number)?);
    let status = row.number(Status::from_number)?;
    let (detection_reason, attempts) = (row.kept()?, row.attempts()?);
    let (first_call_completed, successful) = (row.next()?, row.number_or_none(|number| u8::try_from(number).ok())?);
    let (notes, created_at, updated_at) = (row.next()?, row.time()?, row.time()?);
    let (revision, last_operation) = (row.next()?, row.next()?);
    let contact = contact(&mut row)?;
    let holder = person_or_none(&mut row)?;
    let changed = holder.as_ref().map_or(0, |holder| holder.updated_at.micros());
    let opportunity = Opportunity {
        id,
        detected_at,
        score,
        priority,
        status,
        detection_reason,
        attempts,
        first_call_completed,
        first_call_successful_attempt: successful,
        notes,
        created_at,
        updated_at,
        version: version(revision, last_operation, contact.updated_at.micros(), changed),
        contact,
        holder,
        over_quota: None,
    };
    Ok((seq, opportunity))
}

/// The opportunity of this row.
pub(crate) async fn by_seq(conn: &mut Conn, seq: i64) -> Db<Opportunity> {
    let found = conn.opt(BY_SEQ, &[&seq]).await?;
    let found =
        found.ok_or_else(|| Fault::inconsistent(format!("opportunities.seq {seq} has no hot row, or no contact")))?;
    opportunity(&found).map(|(_, opportunity)| opportunity)
}

/// How many opportunities of an export are read at once, however large they are.
pub(crate) const EXPORT_PART: usize = 10;

/// The opportunities of these rows for an export, which no page bounds: at most [`EXPORT_PART`] at once.
pub(crate) async fn for_export(conn: &mut Conn, seqs: Vec<i64>) -> Db<Vec<Opportunity>> {
    let rows = conn.all(BY_SEQS, &[&seqs]).await?;
    in_order(seqs, rows.iter().map(opportunity).collect::<Db<_>>()?)
}

/// The opportunities of these rows, in this order. Refused where they are more than an answer may hold.
pub(crate) async fn by_seqs(conn: &mut Conn, seqs: Vec<i64>) -> Db<Vec<Opportunity>> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let found = conn.page(BY_SEQS, &[&seqs], true, opportunity).await?;
    in_order(seqs, found)
}

fn in_order(seqs: Vec<i64>, found: Vec<(i64, Opportunity)>) -> Db<Vec<Opportunity>> {
    let mut found: HashMap<i64, Opportunity> = found.into_iter().collect();
    let missing = |seq| Fault::inconsistent(format!("opportunities.seq {seq} has no hot row, or no contact"));
    seqs.into_iter().map(|seq| found.remove(&seq).ok_or_else(|| missing(seq))).collect()
}

/// An opportunity that the viewer may see.
pub(super) async fn get(conn: &mut Conn, viewer: Viewer, id: OpportunityId) -> Db<Opportunity> {
    let found = conn.opt(BY_ID, &[&id.uuid()]).await?.ok_or(Refusal::OpportunityNotFound)?;
    let (_, found) = opportunity(&found)?;
    if viewer.visibility().allows(found.holder.as_ref().map(|holder| holder.id)) {
        Ok(found)
    } else {
        Err(Refusal::OpportunityNotFound.into())
    }
}

/// Refuses to give an answer about an opportunity to an actor who may not see it any longer.
pub(crate) async fn require_visible(conn: &mut Conn, actor: &Actor, id: Option<OpportunityId>) -> Db<()> {
    match actor.viewer() {
        Some(viewer) if viewer.visibility() != Visibility::All => {
            get(conn, viewer, id.ok_or(Refusal::OpportunityNotFound)?).await.map(drop)
        }
        _ => Ok(()),
    }
}
