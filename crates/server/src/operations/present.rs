//! How an operation is shown.

use reparto_domain::{
    ImportId, JobId, OperationId, OpportunityId, Status, Timestamp, UserId,
    operations::{Operation, OperationDetail, OperationItem, OperationKind, Touch},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    Language,
    names::{OperationKindName, StatusName},
    samples,
};

/// An operation: one write on the holders or statuses of opportunities.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub struct OperationView {
    /// Id of the operation.
    #[schema(value_type = Uuid)]
    pub id: OperationId,
    /// Kind of the operation.
    #[schema(value_type = OperationKindName)]
    pub kind: OperationKind,
    /// Id of the user who did it; null: the system.
    #[schema(value_type = Option<Uuid>)]
    pub actor_id: Option<UserId>,
    /// Name of the user who did it; null: the system.
    pub actor_name: Option<String>,
    /// When the operation took effect.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Note that the request gave.
    pub note: Option<String>,
    /// Id of the import that it was part of; null: none.
    #[schema(value_type = Option<Uuid>)]
    pub import_id: Option<ImportId>,
    /// Id of the job that it was part of; null: none.
    #[schema(value_type = Option<Uuid>)]
    pub job_id: Option<JobId>,
    /// Id of the undo that took all of it back, unless that was itself undone.
    #[schema(value_type = Option<Uuid>)]
    pub undone_by: Option<OperationId>,
    /// Number of opportunities that it changed.
    pub assigned_count: u64,
    /// Number of items of the request that failed.
    pub failed_count: u64,
}

impl OperationView {
    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            id: OperationId::from_uuid(samples::id(samples::OPERATION)),
            kind: OperationKind::BulkAssign,
            actor_id: Some(UserId::from_uuid(samples::id(samples::ADMINISTRATOR))),
            actor_name: Some("Ana García".into()),
            at: samples::AT,
            note: Some("Reparto del lunes".into()),
            import_id: None,
            job_id: None,
            undone_by: None,
            assigned_count: 1,
            failed_count: 0,
        }
    }
}

impl OperationDetailView {
    /// One to show in the API document.
    pub fn sample() -> Self {
        let item = OperationItemView {
            opportunity_id: OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY)),
            from_id: None,
            to_id: Some(UserId::from_uuid(samples::id(samples::AGENT))),
            previous_status: Some(Status::Pending),
            new_status: Status::Assigned,
            touched_by: Vec::new(),
        };
        Self { operation: OperationView::sample(), items: vec![item] }
    }
}

impl OperationView {
    /// An operation, for an answer in this language.
    pub fn new(operation: Operation, language: Language) -> Self {
        Self {
            id: operation.id,
            kind: operation.kind,
            actor_id: operation.actor_id,
            actor_name: operation.actor_name.map(|name| language.name(name)),
            at: operation.at,
            note: operation.note,
            import_id: operation.import_id,
            job_id: operation.job_id,
            undone_by: operation.undone_by,
            assigned_count: operation.assigned_count,
            failed_count: operation.failed_count,
        }
    }
}

/// A later operation on an opportunity.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Touch)]
pub struct TouchView {
    /// Id of the later operation.
    #[schema(value_type = Uuid)]
    pub operation_id: OperationId,
    /// Id of the user who did it; null: the system.
    #[schema(value_type = Option<Uuid>)]
    pub actor_id: Option<UserId>,
    /// When the later operation took effect.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<Touch> for TouchView {
    fn from(touch: Touch) -> Self {
        Self { operation_id: touch.operation_id, actor_id: touch.actor_id, at: touch.at }
    }
}

/// An opportunity in an operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationItem)]
pub struct OperationItemView {
    /// Id of the opportunity that changed.
    #[schema(value_type = Uuid)]
    pub opportunity_id: OpportunityId,
    /// Id of the holder before the operation; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub from_id: Option<UserId>,
    /// Id of the holder after the operation; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub to_id: Option<UserId>,
    /// Status before the operation; null: it did not exist.
    #[schema(value_type = Option<StatusName>)]
    pub previous_status: Option<Status>,
    /// Status after the operation.
    #[schema(value_type = StatusName)]
    pub new_status: Status,
    /// Later operations on the opportunity, oldest first, without undos and what they cancelled.
    pub touched_by: Vec<TouchView>,
}

impl From<OperationItem> for OperationItemView {
    fn from(item: OperationItem) -> Self {
        Self {
            opportunity_id: item.opportunity_id,
            from_id: item.from_id,
            to_id: item.to_id,
            previous_status: item.previous_status,
            new_status: item.new_status,
            touched_by: item.touched_by.into_iter().map(TouchView::from).collect(),
        }
    }
}

/// An operation with its items, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationDetail)]
pub struct OperationDetailView {
    /// The operation.
    #[serde(flatten)]
    pub operation: OperationView,
    /// The opportunities of the operation, in the order of the request.
    pub items: Vec<OperationItemView>,
}

impl OperationDetailView {
    /// An operation with its items, for an answer in this language.
    pub fn new(detail: OperationDetail, language: Language) -> Self {
        Self {
            operation: OperationView::new(detail.operation, language),
            items: detail.items.into_iter().map(OperationItemView::from).collect(),
        }
    }
}
