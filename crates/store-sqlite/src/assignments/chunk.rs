//! A chunk of a job: like a bulk request, but with opportunities by seq, and with the job's id.

use reparto_domain::{
    Caller, JobId, OpportunityId, Status,
    audit::action,
    effective_at,
    operations::OperationKind,
    opportunities::{ItemError, ItemFailure},
};
use reparto_store::StoreResult;
use rusqlite::Connection;

use super::bulk::{Bulk, write};
use crate::{actor::Actor, assignee::Holder, hot, operations::opportunity_id};

/// What a chunk does with each of its opportunities.
#[derive(Debug)]
pub(crate) enum ChunkWork<'a> {
    /// Assigns it to one user.
    Assign {
        /// The assignee.
        holder: &'a Holder,
        /// The status to set; `None` leaves each status as it is.
        status: Option<Status>,
        /// A note, stored with the operation and appended to each opportunity's notes.
        note: Option<&'a str>,
        /// Whether opportunities of contacts who do not want to be contacted are assigned too.
        include_do_not_contact: bool,
    },
    /// Unassigns it.
    Unassign,
    /// Sets its status. An item that already has it counts as done, but is not part of the operation.
    SetStatus(Status),
}

/// An item of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkItem {
    /// An opportunity, by its seq; it may have been deleted since.
    Seq(i64),
    /// An id that no opportunity had when the job was created.
    Unknown(OpportunityId),
}

impl ChunkItem {
    /// The id.
    pub(crate) fn id(self, conn: &Connection) -> StoreResult<OpportunityId> {
        match self {
            Self::Seq(seq) => opportunity_id(conn, seq),
            Self::Unknown(id) => Ok(id),
        }
    }
}

/// The outcome of a chunk.
pub(crate) struct ChunkOutcome {
    /// The seq of its operation, if anything changed.
    pub operation: Option<i64>,
    /// The positions of the failed items, and why they failed.
    pub failed: Vec<(usize, ItemError)>,
}

/// Executes a chunk. The caller checks the actor's rights.
pub(crate) fn chunk(
    conn: &Connection,
    caller: &Caller,
    actor: &Actor,
    job: JobId,
    work: &ChunkWork<'_>,
    (items, sent): (&[ChunkItem], &[(usize, String)]),
) -> StoreResult<ChunkOutcome> {
    let mut sent = sent.iter().peekable();
    let bulk = described(work, job);
    let mut at = bulk.begin(caller);
    let (mut changed, mut failures, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (place, item) in items.iter().enumerate() {
        let sent = sent.next_if(|(malformed, _)| *malformed == place).map(|(_, text)| text);
        let found = match item {
            ChunkItem::Seq(seq) => hot::by_seq(conn, *seq)?.filter(|hot| !hot.deleted),
            ChunkItem::Unknown(_) => None,
        };
        at = effective_at(at, found.map(|hot| hot.updated_at));
        match (found, work) {
            (None, _) => {
                let sent = sent.map_or_else(|| Ok(item.id(conn)?.to_string()), |sent| StoreResult::Ok(sent.clone()))?;
                failures.push(ItemFailure { sent, error: ItemError::NotFound });
                failed.push((place, ItemError::NotFound));
            }
            (Some(hot), ChunkWork::Assign { include_do_not_contact: false, .. }) if hot.do_not_contact => {
                failures.push(ItemFailure { sent: item.id(conn)?.to_string(), error: ItemError::DoNotContact });
                failed.push((place, ItemError::DoNotContact));
            }
            (Some(hot), ChunkWork::Assign { holder, status, .. }) => {
                changed.push(hot.becomes(Some(holder.seq), status.unwrap_or(hot.status)));
            }
            (Some(hot), ChunkWork::Unassign) => changed.push(hot.becomes(None, hot.status.after_unassign())),
            (Some(hot), ChunkWork::SetStatus(status)) if *status != hot.status => {
                changed.push(hot.becomes(hot.holder, *status));
            }
            (Some(_), ChunkWork::SetStatus(_)) => {}
        }
    }
    let operation = write(conn, &Caller { at, ..caller.clone() }, actor, &bulk, &changed, &failures)?;
    Ok(ChunkOutcome { operation: operation.map(|(seq, _)| seq), failed })
}

fn described<'a>(work: &ChunkWork<'a>, job: JobId) -> Bulk<'a> {
    let (kind, action, holder, note) = match work {
        ChunkWork::Assign { holder, note, .. } => {
            (OperationKind::BulkAssign, action::BULK_ASSIGN, Some(*holder), note.filter(|note| !note.is_empty()))
        }
        ChunkWork::Unassign => (OperationKind::BulkUnassign, action::BULK_UNASSIGN, None, None),
        ChunkWork::SetStatus(_) => (OperationKind::Update, action::BULK_STATUS, None, None),
    };
    Bulk { kind, action, job: Some(job), note, holder }
}
