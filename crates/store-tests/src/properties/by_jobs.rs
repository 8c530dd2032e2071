//! Writes by jobs: they have the same effect as requests, and undoing a job is like undoing its operation.

use std::collections::HashMap;

use reparto_domain::{
    OpportunityId, Refusal, Status,
    jobs::{JobSet, JobStatus, JobWork, NewJob},
    opportunities::Assignee,
};
use reparto_store::StoreError;

use super::{any_sequence::Both, model::Obstacle};
use crate::fixture::refused;

/// The work of a job.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    Assign { to: usize, status: Option<Status> },
    Unassign,
    SetStatus(Status),
}

impl Both {
    pub(super) async fn job(&mut self, rows: &[usize], work: Work) {
        let set = JobSet::Ids(self.ids_of(rows));
        let wanted = match work {
            Work::Assign { to, status } => {
                JobWork::BulkAssign { assignee: Assignee::User(self.agents[to].id), status, note: None }
            }
            Work::Unassign => JobWork::BulkUnassign,
            Work::SetStatus(status) => JobWork::SetStatus(status),
        };
        let made =
            self.f.try_job(&self.f.as_admin(), NewJob { set, work: wanted, include_do_not_contact: false }).await;
        if matches!(work, Work::Assign { to, .. } if !self.model.active[to]) {
            return assert_eq!(refused(made), Refusal::AssigneeInactive);
        }
        let id = made.expect("job_create").id;
        self.f.run_jobs().await;
        let (job, live) = (self.f.job_now(id).await, self.live(rows));
        assert_eq!(job.status, JobStatus::Finished, "{job:?}");
        assert_eq!((job.done, job.failed), (live.len() as u64, (rows.len() - live.len()) as u64), "{job:?}");
        // Items that already have the status are done, but not part of the operation.
        let changed: Vec<usize> = match work {
            Work::SetStatus(status) => live.into_iter().filter(|row| self.model.rows[*row].status != status).collect(),
            Work::Assign { .. } | Work::Unassign => live,
        };
        let Some(first) = changed.first() else { return };
        let operation = self.newest(*first).await;
        self.jobs.push((id, self.model.operations.len()));
        self.model.write(operation, &changed, |row| match work {
            Work::Assign { to, status } => (Some(to), status.unwrap_or(row.status)),
            Work::Unassign => (None, row.status.after_unassign()),
            Work::SetStatus(status) => (row.holder, status),
        });
    }

    pub(super) async fn undo_job(&mut self, which: usize) {
        let (job, number) = self.jobs[which];
        let expected = self.model.obstacles(number);
        let undo = match self.f.undo_job(job).await {
            Err(StoreError::Refused(Refusal::AlreadyUndone)) => {
                return assert!(expected.is_empty(), "job {which} was not undone yet: {expected:?}");
            }
            other => other.expect("job_undo"),
        };
        self.f.run_jobs().await;
        let undo = self.f.job_now(undo.id).await;
        assert_eq!((undo.status, undo.total), (JobStatus::Finished, expected.len() as u64), "{undo:?}");
        let errors: HashMap<OpportunityId, String> = self.f.job_errors(undo.id).await.into_iter().collect();
        let errors: HashMap<usize, String> = errors.into_iter().map(|(id, code)| (self.row(id), code)).collect();
        let mut done = Vec::new();
        for (row, obstacle) in expected {
            match (errors.get(&row).map(String::as_str), obstacle) {
                (None, None | Some(Obstacle::Either)) => done.push(row),
                // If only deleted rows were left, all of it counts as undone.
                (Some("opportunity_not_found" | "already_undone"), Some(Obstacle::Deleted))
                | (Some("touched_since"), Some(Obstacle::Touched))
                | (Some("earlier_holder_inactive"), Some(Obstacle::HolderInactive | Obstacle::Either)) => {}
                (met, obstacle) => panic!("job {which}, row {row}: {met:?}, not {obstacle:?}"),
            }
        }
        assert_eq!((undo.done, undo.failed), (done.len() as u64, undo.total - done.len() as u64));
        if let Some(first) = done.first() {
            let operation = self.newest(*first).await;
            self.jobs.push((undo.id, self.model.operations.len()));
            self.model.undo(operation, number, &done);
        }
    }
}
