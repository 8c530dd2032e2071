//! Jobs: bulk operations of any size, executed in the background in chunks. Each chunk is an operation.

mod rules;

use std::collections::HashSet;

pub use rules::{Leftover, OpenJobs, not_restored};

use crate::{
    JobId, OpportunityId, Refusal, Status, Timestamp, UserId,
    cursor::SequenceCursor,
    opportunities::{Assignee, ItemError, OpportunityFilter},
    users::Person,
    values::named_values,
};

named_values! {
    /// The kind of a job.
    JobKind {
        /// Assigns to one user.
        BulkAssign = 0 "bulk_assign",
        /// Unassigns.
        BulkUnassign = 1 "bulk_unassign",
        /// Sets a status.
        SetStatus = 2 "set_status",
        /// Exports opportunities as CSV.
        Export = 3 "export",
        /// Undoes another job.
        Undo = 4 "undo",
    }
}

named_values! {
    /// The status of a job.
    JobStatus {
        /// Waiting for its turn.
        Queued = 0 "queued",
        /// In progress.
        Running = 1 "running",
        /// Every item succeeded or failed.
        Finished = 2 "finished",
        /// Cancelled by a user: completed items stay, the rest failed.
        Cancelled = 3 "cancelled",
        /// It could not continue (its creator lost the right): completed items stay, the rest failed.
        Failed = 4 "failed",
    }
}

impl JobStatus {
    /// Whether the job has ended.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::Failed)
    }
}

/// The opportunities of a job. The set is frozen when the job is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobSet {
    /// Those that match; an empty filter matches all.
    Filter(OpportunityFilter),
    /// These. One that does not exist, or was deleted, is a failed item.
    Ids(Vec<OpportunityId>),
    /// These, some of which were sent as texts that are not UUIDs.
    Sent {
        /// The ids; a malformed text is represented by an unused id, always the same for the same text.
        ids: Vec<OpportunityId>,
        /// The malformed texts with their positions (from 0), in order.
        malformed: Vec<(usize, Box<str>)>,
    },
}

impl JobSet {
    /// The ids, if it is a list.
    pub fn ids(&self) -> Option<&[OpportunityId]> {
        match self {
            Self::Filter(_) => None,
            Self::Ids(ids) | Self::Sent { ids, .. } => Some(ids),
        }
    }

    /// The filter, if it is one.
    pub const fn filter(&self) -> Option<&OpportunityFilter> {
        if let Self::Filter(filter) = self { Some(filter) } else { None }
    }

    /// The malformed texts with their positions (from 0), in order.
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

    /// The text sent for the item at this position (from 0) with this id.
    fn sent(&self, place: usize, id: OpportunityId) -> String {
        let malformed = self.malformed();
        let found = malformed.binary_search_by_key(&place, |(place, _)| *place).ok();
        found.map_or_else(|| id.to_string(), |found| malformed[found].1.to_string())
    }
}

/// The ids that occur more than once, sorted.
fn duplicates(ids: &[OpportunityId]) -> Vec<OpportunityId> {
    // Sorting takes half the memory of a set.
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let mut duplicates: Vec<OpportunityId> =
        sorted.windows(2).filter_map(|pair| (pair[0] == pair[1]).then_some(pair[0])).collect();
    duplicates.dedup();
    duplicates
}

/// How many duplicate ids a refusal names.
const NAMED_DUPLICATES: usize = 10;

/// The maximum number of ids in a job.
pub const JOB_IDS_MAX: usize = 1_000_000;

/// The maximum number of jobs of one user queued or running at once.
pub const JOBS_PER_USER: u64 = 10;

/// The maximum number of jobs queued or running at once, of all users.
pub const JOBS_TOTAL: u64 = 100;

/// The number of opportunities in a chunk: small enough that concurrent requests do not wait long, large enough that
/// the operation and audit entry cost little per item.
pub const CHUNK: usize = 250;

/// The number of opportunities in a chunk of an export, whose rows are in memory at once: with every field as long as it
/// may be, a row has some 250 KiB, and a chunk 25 MiB.
pub const EXPORT_CHUNK: usize = 100;

/// The work of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobWork {
    /// Assign to one user.
    BulkAssign {
        /// The assignee.
        assignee: Assignee,
        /// The status to set; `None` leaves each status as it is.
        status: Option<Status>,
        /// A note, stored with each assignment.
        note: Option<String>,
    },
    /// Unassign.
    BulkUnassign,
    /// Set a status; holders stay.
    SetStatus(Status),
    /// Export as CSV.
    Export,
}

impl JobWork {
    /// The number of opportunities in its first chunks.
    pub const fn chunk(&self) -> usize {
        if matches!(self, Self::Export) { EXPORT_CHUNK } else { CHUNK }
    }

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

/// The command to create a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The opportunities.
    pub set: JobSet,
    /// The work.
    pub work: JobWork,
    /// Assign and export even opportunities of contacts who do not want to be contacted; otherwise these are item
    /// errors.
    pub include_do_not_contact: bool,
}

impl NewJob {
    /// Whether opportunities of contacts who do not want to be contacted are item errors.
    pub const fn leaves_out_do_not_contact(&self) -> bool {
        !self.include_do_not_contact && matches!(self.work, JobWork::BulkAssign { .. } | JobWork::Export)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// Its status.
    pub status: JobStatus,
    /// Who created it.
    pub actor_id: UserId,
    /// The assignee, if it assigns.
    pub assignee_id: Option<UserId>,
    /// The job that it undoes.
    pub undoes: Option<JobId>,
    /// The code of the refusal that made it fail.
    pub failure: Option<String>,
    /// The number of opportunities.
    pub total: u64,
    /// The number of successful items.
    pub done: u64,
    /// The number of failed items; at the end `done + failed` equals `total`.
    pub failed: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its first chunk began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What a job would do: the number of opportunities, in total and by holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPreview {
    /// The number of opportunities.
    pub total: u64,
    /// Those that would succeed, by current holder (`None`: unassigned), largest number first.
    pub by_holder: Vec<(Option<Person>, u64)>,
}

impl JobPreview {
    /// The number of opportunities that would fail.
    pub fn failed(&self) -> u64 {
        self.total.saturating_sub(self.by_holder.iter().map(|(_, count)| count).sum())
    }
}

/// An item of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobItem {
    /// The opportunity.
    pub opportunity_id: OpportunityId,
    /// The text sent, if it was not a UUID.
    pub sent: Option<String>,
    /// Why it failed; `None` if it succeeded or is still pending.
    pub error: Option<JobItemError>,
}

/// Why an item of a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobItemError {
    /// As in a bulk request.
    Item(ItemError),
    /// The job was cancelled before it was reached.
    Cancelled,
    /// The job could not continue; the code of the refusal.
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

/// A query for the items of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobItemQuery {
    /// Only failed items.
    pub only_errors: bool,
    /// Maximum number of rows, 1 to 1,000.
    pub limit: u64,
    /// Only rows after this one.
    pub after: Option<SequenceCursor>,
}

/// A chunk claimed by a runner, exclusively until its lease ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub job: JobId,
    /// The number of the chunk, from 0.
    pub chunk: u64,
    /// The runner.
    pub runner: uuid::Uuid,
}

/// Renders the rows of an export.
pub trait ExportRows: Send + Sync {
    /// The rows of these opportunities as CSV, without a header.
    fn render(&self, opportunities: &[crate::opportunities::Opportunity]) -> Vec<u8>;
}
