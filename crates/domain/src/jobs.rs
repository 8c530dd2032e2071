//! Jobs: bulk operations of any size, carried out in chunks in the background. Each chunk is an operation.

use std::collections::HashSet;

use crate::{
    JobId, OpportunityId, Refusal, Status, Timestamp, UserId,
    cursor::SequenceCursor,
    opportunities::{Assignee, ItemError, OpportunityFilter},
    users::Person,
    values::named_values,
};

named_values! {
    /// What a job does.
    JobKind {
        /// Assigns to one user.
        BulkAssign = 0 "bulk_assign",
        /// Takes holders away.
        BulkUnassign = 1 "bulk_unassign",
        /// Sets a status.
        SetStatus = 2 "set_status",
        /// Writes opportunities as CSV.
        Export = 3 "export",
        /// Takes another job back.
        Undo = 4 "undo",
    }
}

named_values! {
    /// Where a job stands.
    JobStatus {
        /// Waits for its turn.
        Queued = 0 "queued",
        /// Is carried out.
        Running = 1 "running",
        /// Every item was carried out or failed.
        Finished = 2 "finished",
        /// Somebody stopped it; what was done stays done, the rest failed.
        Cancelled = 3 "cancelled",
        /// It could not go on (its maker lost the right to); what was done stays done, the rest failed.
        Failed = 4 "failed",
    }
}

impl JobStatus {
    /// Whether nothing more will happen.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed)
    }
}

/// Which opportunities a job is about. The set is frozen when the job is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobSet {
    /// Those that match; an empty filter is all.
    Filter(OpportunityFilter),
    /// These. One that does not exist, or was deleted, is an item that fails.
    Ids(Vec<OpportunityId>),
    /// These, of which some were sent as texts that are no ids.
    Sent {
        /// The ids; where a text is none, an id that nothing has, always the same for the same text.
        ids: Vec<OpportunityId>,
        /// The places (from 0) of those texts, in order, and the texts.
        malformed: Vec<(usize, Box<str>)>,
    },
}

impl JobSet {
    /// The ids, where it is a list of them.
    pub fn ids(&self) -> Option<&[OpportunityId]> {
        match self {
            Self::Filter(_) => None,
            Self::Ids(ids) | Self::Sent { ids, .. } => Some(ids),
        }
    }

    /// The places (from 0), in order, of texts that were sent and are no ids, and the texts.
    pub fn malformed(&self) -> &[(usize, Box<str>)] {
        if let Self::Sent { malformed, .. } = self { malformed } else { &[] }
    }

    /// Refuses a list of ids that is too long, or has duplicates; names the first few of these as they were sent.
    pub fn check(&self) -> Result<(), Refusal> {
        let Some(ids) = self.ids() else { return Ok(()) };
        if ids.len() > JOB_IDS_MAX {
            return Err(Refusal::ListTooLong { max: JOB_IDS_MAX });
        }
        let duplicates = duplicates(ids);
        if duplicates.is_empty() {
            return Ok(());
        }
        let (mut seen, mut named) = (HashSet::new(), HashSet::new());
        let places = ids.iter().enumerate().filter(|(_, id)| duplicates.binary_search(id).is_ok());
        let again = places.filter(|(_, id)| !seen.insert(**id) && named.insert(**id));
        Err(Refusal::ListHasDuplicates {
            ids: again.map(|(place, id)| self.sent(place, *id)).take(NAMED_DUPLICATES).collect(),
        })
    }

    /// The item of this place (from 0) and id as it was sent.
    fn sent(&self, place: usize, id: OpportunityId) -> String {
        let malformed = self.malformed();
        let found = malformed.binary_search_by_key(&place, |(place, _)| *place).ok();
        found.map_or_else(|| id.to_string(), |found| malformed[found].1.to_string())
    }
}

/// The ids that a list has more than once, in order.
fn duplicates(ids: &[OpportunityId]) -> Vec<OpportunityId> {
    // In order, they are neighbours: that takes half of the memory that a set takes.
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let mut duplicates: Vec<OpportunityId> =
        sorted.windows(2).filter_map(|pair| (pair[0] == pair[1]).then_some(pair[0])).collect();
    duplicates.dedup();
    duplicates
}

/// How many duplicate ids a refusal names.
const NAMED_DUPLICATES: usize = 10;

/// The most ids that a job takes.
pub const JOB_IDS_MAX: usize = 1_000_000;

/// Jobs of one user that may be queued or running at once.
pub const JOBS_PER_USER: u64 = 10;

/// Jobs of all users that may be queued or running at once.
pub const JOBS_TOTAL: u64 = 100;

/// Opportunities in a chunk: small enough that a request beside it does not wait long, large enough that its
/// operation and audit entry cost little for each.
pub const CHUNK: usize = 250;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobWork {
    /// Assign to one user.
    BulkAssign {
        /// To whom.
        assignee: Assignee,
        /// The status that each gets; `None` leaves each as it is.
        status: Option<Status>,
        /// Kept with each assignment.
        note: Option<String>,
    },
    /// Take the holder away.
    BulkUnassign,
    /// Set a status; holders stay.
    SetStatus(Status),
    /// Write as CSV.
    Export,
}

impl JobWork {
    /// The kind of job.
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::BulkAssign { .. } => JobKind::BulkAssign,
            Self::BulkUnassign => JobKind::BulkUnassign,
            Self::SetStatus(_) => JobKind::SetStatus,
            Self::Export => JobKind::Export,
        }
    }
}

/// A job to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// About which opportunities.
    pub set: JobSet,
    /// What to do with them.
    pub work: JobWork,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub status: JobStatus,
    /// Who made it.
    pub actor_id: UserId,
    /// To whom it assigns.
    pub assignee_id: Option<UserId>,
    /// The job that it takes back.
    pub undoes: Option<JobId>,
    /// The code of the refusal that made it fail.
    pub failure: Option<String>,
    /// How many opportunities it is about.
    pub total: u64,
    /// How many were carried out.
    pub done: u64,
    /// How many were not; at the end `done + failed` is `total`.
    pub failed: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its first chunk began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What a job would do: how many, and how many of whom, most first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPreview {
    /// How many opportunities.
    pub total: u64,
    /// By present holder; `None`: nobody's.
    pub by_holder: Vec<(Option<Person>, u64)>,
}

/// An item of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobItem {
    /// Which opportunity.
    pub opportunity_id: OpportunityId,
    /// What was sent in place of an id, where that was none.
    pub sent: Option<String>,
    /// Why it was not carried out; `None`: it was, or is still to be.
    pub error: Option<JobItemError>,
}

/// Why an item of a job was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobItemError {
    /// As in a bulk request.
    Item(ItemError),
    /// The job was cancelled before its turn came.
    Cancelled,
    /// The job could not go on; the code of the refusal.
    Refused(String),
}

impl JobItemError {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Item(error) => error.code(),
            Self::Cancelled => "job_cancelled",
            Self::Refused(code) => code,
        }
    }
}

/// Which items of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobItemQuery {
    /// Only those that were not carried out.
    pub only_errors: bool,
    /// Rows to give, 1 to 1,000.
    pub limit: u64,
    /// After this one.
    pub after: Option<SequenceCursor>,
}

/// A chunk that a runner has taken: until the lease ends it is nobody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Of which job.
    pub job: JobId,
    /// Which chunk, from 0.
    pub chunk: u64,
    /// Of which runner.
    pub runner: uuid::Uuid,
}

/// Who is told of a chunk, and renders an export: the outside half of running a job.
pub trait ExportRows: Send + Sync {
    /// The rows of these opportunities as CSV, without a header.
    fn render(&self, opportunities: &[crate::opportunities::Opportunity]) -> Vec<u8>;
}
