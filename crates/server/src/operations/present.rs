//! How an operation is shown.

use reparto_domain::{
    JobId, OperationId, OpportunityId, Status, Timestamp, UserId,
    operations::{Operation, OperationDetail, OperationItem, OperationKind, Touch},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    names::{OperationKindName, StatusName},
    samples,
};

/// An operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub struct OperationView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: OperationId,
    /// What kind.
    #[schema(value_type = OperationKindName)]
    pub kind: OperationKind,
    /// Who; null: the system.
    #[schema(value_type = Option<Uuid>)]
    pub actor_id: Option<UserId>,
    /// What they are called.
    pub actor_name: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What was noted.
    pub note: Option<String>,
    /// The job that it was a part of.
    #[schema(value_type = Option<Uuid>)]
    pub job_id: Option<JobId>,
    /// The undo that took all of it back, unless that was itself undone.
    #[schema(value_type = Option<Uuid>)]
    pub undone_by: Option<OperationId>,
    /// How many opportunities it changed.
    pub assigned_count: u64,
    /// How many items of the request were not carried out.
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

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        Self {
            id: operation.id,
            kind: operation.kind,
            actor_id: operation.actor_id,
            actor_name: operation.actor_name,
            at: operation.at,
            note: operation.note,
            job_id: operation.job_id,
            undone_by: operation.undone_by,
            assigned_count: operation.assigned_count,
            failed_count: operation.failed_count,
        }
    }
}

/// An operation that touched an opportunity since.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Touch)]
pub struct TouchView {
    /// Which operation.
    #[schema(value_type = Uuid)]
    pub operation_id: OperationId,
    /// Who.
    #[schema(value_type = Option<Uuid>)]
    pub actor_id: Option<UserId>,
    /// When.
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
    /// Which.
    #[schema(value_type = Uuid)]
    pub opportunity_id: OpportunityId,
    /// Who held it before.
    #[schema(value_type = Option<Uuid>)]
    pub from_id: Option<UserId>,
    /// Who held it after.
    #[schema(value_type = Option<Uuid>)]
    pub to_id: Option<UserId>,
    /// Where it stood before; null: it did not exist.
    #[schema(value_type = Option<StatusName>)]
    pub previous_status: Option<Status>,
    /// Where it stood after.
    #[schema(value_type = StatusName)]
    pub new_status: Status,
    /// What has touched it since, oldest first, without undos and what they cancelled.
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

/// An operation and its items, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationDetail)]
pub struct OperationDetailView {
    /// The operation.
    #[serde(flatten)]
    pub operation: OperationView,
    /// Its items.
    pub items: Vec<OperationItemView>,
}

impl From<OperationDetail> for OperationDetailView {
    fn from(detail: OperationDetail) -> Self {
        Self {
            operation: detail.operation.into(),
            items: detail.items.into_iter().map(OperationItemView::from).collect(),
        }
    }
}
