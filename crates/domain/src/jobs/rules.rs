//! When a job may be created, cancelled, resumed and undone, and which of its items an undo failed to restore.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use super::{JOBS_PER_USER, JOBS_TOTAL, Job, JobItemError, JobKind, JobWork};
use crate::{
    Refusal, Status,
    opportunities::{Assignee, ItemError},
};

/// How many jobs are queued or running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenJobs {
    /// Those of the user who wants another one.
    pub own: u64,
    /// Those of all users.
    pub all: u64,
}

impl OpenJobs {
    /// Refuses another job if too many are queued or running.
    pub const fn admit(self) -> Result<(), Refusal> {
        if self.own >= JOBS_PER_USER || self.all >= JOBS_TOTAL { Err(Refusal::TooManyJobs) } else { Ok(()) }
    }
}

/// What is left of a job that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leftover {
    /// Whether any chunk has not been executed.
    pub has_chunks: bool,
    /// Whether its chunks were removed, or are being removed.
    pub is_trimmed: bool,
}

impl Job {
    /// Refuses to cancel a job that has ended.
    pub const fn require_cancellable(&self) -> Result<(), Refusal> {
        if self.status.has_ended() { Err(Refusal::JobEnded) } else { Ok(()) }
    }

    /// Refuses to resume a job that has not ended, and one of which nothing is left to do.
    pub const fn require_resumable(&self, leftover: Leftover) -> Result<(), Refusal> {
        if !self.status.has_ended() {
            return Err(Refusal::JobRunning);
        }
        if leftover.is_trimmed || !leftover.has_chunks { Err(Refusal::JobNotResumable) } else { Ok(()) }
    }

    /// Refuses to undo an export, which changed nothing, and a job that has not ended.
    pub const fn require_undoable(&self) -> Result<(), Refusal> {
        if matches!(self.kind, JobKind::Export) {
            return Err(Refusal::NotUndoable);
        }
        if self.status.has_ended() { Ok(()) } else { Err(Refusal::JobRunning) }
    }
}

impl JobWork {
    /// The user to assign to.
    pub const fn assignee(&self) -> Option<Assignee> {
        match self {
            Self::BulkAssign { assignee, .. } => Some(*assignee),
            Self::BulkUnassign | Self::SetStatus(_) | Self::Export => None,
        }
    }

    /// The status to set.
    pub const fn new_status(&self) -> Option<Status> {
        match self {
            Self::BulkAssign { status, .. } => *status,
            Self::SetStatus(status) => Some(*status),
            Self::BulkUnassign | Self::Export => None,
        }
    }

    /// The note to store with each assignment.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::BulkAssign { note, .. } => note.as_deref(),
            Self::BulkUnassign | Self::SetStatus(_) | Self::Export => None,
        }
    }
}

/// The items of a job's chunk that an undo did not restore, by position, and why. An item that was neither restored nor
/// failed has been undone by somebody else since the job was created.
#[expect(clippy::implicit_hasher, reason = "both engines have the default one")]
pub fn not_restored<Id: Eq + Hash>(
    items: impl IntoIterator<Item = Id>,
    restored: &HashSet<Id>,
    failed: &HashMap<Id, ItemError>,
) -> Vec<(usize, JobItemError)> {
    let error = |id: &Id| match failed.get(id) {
        Some(error) => JobItemError::Item(error.clone()),
        None => JobItemError::Refused(Refusal::AlreadyUndone.code().to_owned()),
    };
    let others = items.into_iter().enumerate().filter(|(_, id)| !restored.contains(id));
    others.map(|(place, id)| (place, error(&id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JobId, Timestamp, UserId, jobs::JobStatus};

    fn job(kind: JobKind, status: JobStatus) -> Job {
        Job {
            id: JobId::new(),
            kind,
            status,
            actor_id: UserId::new(),
            assignee_id: None,
            undoes: None,
            failure: None,
            total: 2,
            done: 1,
            failed: 1,
            created_at: Timestamp::default(),
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn open_jobs_are_limited_per_user_and_in_all() {
        let admit = |own, all| OpenJobs { own, all }.admit();
        assert_eq!(admit(JOBS_PER_USER - 1, JOBS_TOTAL - 1), Ok(()));
        assert_eq!(admit(JOBS_PER_USER, JOBS_PER_USER), Err(Refusal::TooManyJobs));
        assert_eq!(admit(0, JOBS_TOTAL), Err(Refusal::TooManyJobs));
    }

    #[test]
    fn only_a_job_that_has_not_ended_is_cancelled() {
        for status in JobStatus::ALL {
            let refused = job(JobKind::BulkAssign, *status).require_cancellable();
            assert_eq!(refused, if status.has_ended() { Err(Refusal::JobEnded) } else { Ok(()) });
        }
    }

    #[test]
    fn a_job_resumes_if_it_ended_with_chunks_left() {
        let resume = |status, has_chunks, is_trimmed| {
            job(JobKind::BulkAssign, status).require_resumable(Leftover { has_chunks, is_trimmed })
        };
        assert_eq!(resume(JobStatus::Cancelled, true, false), Ok(()));
        assert_eq!(resume(JobStatus::Failed, true, false), Ok(()));
        assert_eq!(resume(JobStatus::Running, true, false), Err(Refusal::JobRunning));
        assert_eq!(resume(JobStatus::Finished, false, false), Err(Refusal::JobNotResumable));
        assert_eq!(resume(JobStatus::Cancelled, true, true), Err(Refusal::JobNotResumable));
    }

    #[test]
    fn an_ended_job_is_undone_but_never_an_export() {
        assert_eq!(job(JobKind::SetStatus, JobStatus::Cancelled).require_undoable(), Ok(()));
        assert_eq!(job(JobKind::Undo, JobStatus::Finished).require_undoable(), Ok(()));
        assert_eq!(job(JobKind::BulkAssign, JobStatus::Queued).require_undoable(), Err(Refusal::JobRunning));
        assert_eq!(job(JobKind::Export, JobStatus::Queued).require_undoable(), Err(Refusal::NotUndoable));
    }

    #[test]
    fn items_undone_by_somebody_else_fail() {
        let failed = HashMap::from([(3, ItemError::NotFound)]);
        let gone = JobItemError::Refused("already_undone".to_owned());
        let errors = not_restored([1, 2, 3], &HashSet::from([1]), &failed);
        assert_eq!(errors, [(1, gone.clone()), (2, JobItemError::Item(ItemError::NotFound))]);
        assert_eq!(not_restored([7], &HashSet::new(), &HashMap::new()), [(0, gone)]);
    }
}
