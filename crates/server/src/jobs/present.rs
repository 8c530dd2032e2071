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

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: JobId,
    /// What it does.
    #[schema(value_type = JobKindName)]
    pub kind: JobKind,
    /// Where it stands.
    #[schema(value_type = JobStatusName)]
    pub status: JobStatus,
    /// How many opportunities it is about.
    pub total: u64,
    /// How many were carried out.
    pub done: u64,
    /// How many were not; at the end `done + failed` is `total`.
    pub failed: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its first chunk began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Who made it.
    #[schema(value_type = Uuid)]
    pub actor_id: UserId,
    /// To whom it assigns.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// The job that it takes back.
    #[schema(value_type = Option<Uuid>)]
    pub undoes: Option<JobId>,
    /// The code of the refusal that made it fail.
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

/// An item of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobItem)]
pub struct JobItemView {
    /// Which opportunity: its id, or the text that was sent, where that was no UUID.
    #[schema(value_type = String)]
    pub opportunity_id: Value,
    /// Why it was not carried out; null: it was, or is still to be.
    pub error: Option<String>,
    /// The stable code of that.
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
}

fn error_text(error: &JobItemError, language: Language) -> String {
    match error {
        JobItemError::Item(error) => messages::item_error(error, language),
        JobItemError::Cancelled => language
            .pick("El trabajo se canceló antes de llegar a ella", "The job was cancelled before its turn")
            .into(),
        JobItemError::Refused(code) => messages::message(code).template(language).to_owned(),
    }
}
