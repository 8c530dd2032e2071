//! How a job is shown.

use std::sync::Arc;

use axum::http::StatusCode;
use reparto_domain::{
    JobId, Timestamp, UserId,
    idempotency::StoredAnswer,
    jobs::{Job, JobItem, JobItemError, JobKind, JobStatus},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::{
    Language,
    idempotency::{Render, json_answer},
    messages,
    names::{JobKindName, JobStatusName},
    samples,
};

/// A job: a bulk operation of any size, executed in the background.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    /// Id of the job.
    #[schema(value_type = Uuid)]
    pub id: JobId,
    /// What the job does with the opportunities.
    #[schema(value_type = JobKindName)]
    pub kind: JobKind,
    /// Where the job stands.
    #[schema(value_type = JobStatusName)]
    pub status: JobStatus,
    /// Number of opportunities of the job.
    pub total: u64,
    /// Number of items that succeeded so far.
    pub done: u64,
    /// Number of items that failed so far; at the end `done + failed` is `total`.
    pub failed: u64,
    /// When the job was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its first chunk began; null: not yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When the job ended; null: not yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Id of the user who created the job.
    #[schema(value_type = Uuid)]
    pub actor_id: UserId,
    /// Id of the user who gets the opportunities; null where the job does not assign.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// Id of the job that this one undoes.
    #[schema(value_type = Option<Uuid>)]
    pub undoes: Option<JobId>,
    /// Code of the refusal that made the job fail.
    pub failure: Option<String>,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            status: job.status,
            total: job.total,
            done: job.done,
            failed: job.failed,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            actor_id: job.actor_id,
            assigned_to_id: job.assignee_id,
            undoes: job.undoes,
            failure: job.failure.clone(),
        }
    }
}

impl JobView {
    /// One to show in the API document.
    pub fn sample(status: JobStatus) -> Self {
        let begun = status != JobStatus::Queued;
        Self {
            id: JobId::from_uuid(samples::id(samples::JOB)),
            kind: JobKind::BulkAssign,
            status,
            total: 50_000,
            done: if begun { 12_500 } else { 0 },
            failed: if status.has_ended() { 37_500 } else { 0 },
            created_at: samples::AT,
            started_at: begun.then_some(samples::AT),
            finished_at: status.has_ended().then(|| samples::AT.plus_seconds(9)),
            actor_id: UserId::from_uuid(samples::id(samples::ADMINISTRATOR)),
            assigned_to_id: Some(UserId::from_uuid(samples::id(samples::AGENT))),
            undoes: None,
            failure: None,
        }
    }
}

/// Writes a job that was taken in: 202, and where it is.
pub fn accepted() -> Render<Job> {
    Arc::new(|job: &Job| StoredAnswer {
        location: Some(format!("/api/crm/jobs/{}", job.id)),
        ..json_answer(StatusCode::ACCEPTED, &JobView::from(job))
    })
}

/// The job.
pub fn shown() -> Render<Job> {
    Arc::new(|job: &Job| json_answer(StatusCode::OK, &JobView::from(job)))
}

/// An opportunity in a job, and why it failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobItem)]
pub struct JobItemView {
    /// Id of the opportunity, or the text that was sent where it is no UUID.
    #[schema(value_type = String)]
    pub opportunity_id: Value,
    /// Why the item failed, in the language of the answer; null: it succeeded, or is still to come.
    pub error: Option<String>,
    /// Stable code of that error, for programs.
    pub code: Option<String>,
}

impl JobItemView {
    /// Of this item, in this language.
    pub fn new(item: &JobItem, language: Language) -> Self {
        Self {
            opportunity_id: Value::from(item.sent.clone().unwrap_or_else(|| item.opportunity_id.to_string())),
            error: item.error.as_ref().map(|error| error_text(error, language)),
            code: item.error.as_ref().map(|error| error.code().to_owned()),
        }
    }

    /// As the cells of a row of [`JOB_ITEMS`](reparto_domain::headings::JOB_ITEMS).
    pub fn cells(self) -> Vec<String> {
        let id = match self.opportunity_id {
            Value::String(text) => text,
            other => other.to_string(),
        };
        vec![id, self.error.unwrap_or_default(), self.code.unwrap_or_default()]
    }
}

fn error_text(error: &JobItemError, language: Language) -> String {
    match error {
        JobItemError::Item(error) => messages::item_error(error, language),
        JobItemError::Cancelled => language
            .pick("El trabajo se canceló antes de llegar a ella", "The job was cancelled before it reached this item")
            .into(),
        JobItemError::Refused(code) => messages::message(code).template(language).to_owned(),
    }
}
