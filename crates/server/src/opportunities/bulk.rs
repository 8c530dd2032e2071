//! What the bulk requests share: how they are to be carried out, and how each item is answered.

use axum::http::StatusCode;
use reparto_domain::{
    OperationId, OpportunityId, Status, Timestamp, UserId,
    opportunities::{BulkItem, BulkMode, BulkOutcome, ExpectedHolder, ItemError, ItemFailure},
    users::Person,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{Fields, Language, names::StatusName, problem::item_failure, samples};

/// Reads how a bulk request is to be carried out.
pub fn mode(fields: &mut Fields<'_>) -> BulkMode {
    BulkMode {
        dry_run: fields.boolean("dry_run").unwrap_or(false),
        all_or_nothing: fields.boolean("all_or_nothing").unwrap_or(false),
        expected_holder: expected_holder(fields),
    }
}

/// Who is expected to hold each item: absent is no expectation, null and `""` are nobody.
fn expected_holder(fields: &mut Fields<'_>) -> Option<ExpectedHolder> {
    const NAME: &str = "expected_assigned_to_id";
    let sent: &Value = fields.raw(NAME)?;
    match (fields.id_text(NAME), sent) {
        (Some(text), _) => Some(text.parse().map_or(ExpectedHolder::Unknown, ExpectedHolder::User)),
        (None, Value::Null | Value::String(_)) => Some(ExpectedHolder::Nobody),
        // A fault, and noted.
        (None, _) => None,
    }
}

/// 200 where every item was carried out, else 207.
pub fn status(failed: &[ItemFailure]) -> StatusCode {
    if failed.is_empty() { StatusCode::OK } else { StatusCode::MULTI_STATUS }
}

/// An opportunity after a bulk request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkItem)]
pub struct BulkItemView {
    /// Which.
    #[schema(value_type = Uuid)]
    pub id: OpportunityId,
    /// Who holds it now.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// Where it stands now.
    #[schema(value_type = StatusName)]
    pub status: Status,
    /// When it changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// The items that were carried out.
pub fn done(items: &[BulkItem]) -> Vec<BulkItemView> {
    items
        .iter()
        .map(|item| BulkItemView {
            id: item.id,
            assigned_to_id: item.assigned_to_id,
            status: item.status,
            updated_at: item.updated_at,
        })
        .collect()
}

/// The items that were not.
pub fn errors(failures: &[ItemFailure], language: Language) -> Vec<Value> {
    failures.iter().map(|failure| item_failure(failure, language)).collect()
}

/// An item that was not carried out.
#[derive(Debug, ToSchema)]
#[schema(as = BulkItemError)]
pub struct ItemErrorSchema {
    /// The id, as the client sent it.
    #[schema(example = "0190a6e0-7c1b-7abc-8def-0123456789ab")]
    pub opportunity_id: String,
    /// What a person reads of it.
    #[schema(example = "Oportunidad no encontrada")]
    pub error: String,
    /// The stable code.
    #[schema(example = "opportunity_not_found")]
    pub code: String,
    /// Who holds it, or would have got it back, where that is the reason.
    #[schema(nullable = false)]
    pub assigned_to_id: Option<Uuid>,
    /// What that user is called.
    #[schema(nullable = false)]
    pub assigned_to_name: Option<String>,
    /// The operation that touched it since, where that is the reason.
    #[schema(nullable = false)]
    pub operation_id: Option<Uuid>,
    /// Who touched it.
    #[schema(nullable = false)]
    pub actor_id: Option<Uuid>,
    /// When it was touched.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// How many items a bulk request would take from whom.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenFrom {
    /// From whom; null: from nobody.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// What that user is called.
    pub assigned_to_name: Option<String>,
    /// How many.
    pub count: u64,
}

/// From whom a dry run would take how many; `None` for what was carried out.
pub fn taken_from(dry_run: bool, counts: &[(Option<Person>, u64)]) -> Option<Vec<TakenFrom>> {
    let taken = |(person, count): &(Option<Person>, u64)| TakenFrom {
        assigned_to_id: person.as_ref().map(|person| person.id),
        assigned_to_name: person.as_ref().map(|person| person.name.clone()),
        count: *count,
    };
    dry_run.then(|| counts.iter().map(taken).collect())
}

/// What every bulk answer says besides how many were carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkAnswer)]
pub struct BulkRest {
    /// How many were not carried out.
    pub failed_count: usize,
    /// The opportunities that were, in the order of the request.
    pub opportunities: Vec<BulkItemView>,
    /// The items that were not, in the order of the request.
    #[schema(value_type = Vec<ItemErrorSchema>)]
    pub errors: Vec<Value>,
    /// The operation, which can be undone; null where nothing was written.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
    /// True where nothing was written because the request asked only what would happen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dry_run: bool,
    /// With a dry run: how many would be taken from whom, most first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taken_from: Option<Vec<TakenFrom>>,
}

impl BulkRest {
    /// One to show in the API document.
    pub fn sample(holder: Option<UserId>, status: Status, failed: bool) -> Self {
        let item = BulkItem {
            id: OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY)),
            assigned_to_id: holder,
            status,
            updated_at: samples::AT,
        };
        let failure = ItemFailure { sent: samples::id(1).to_string(), error: ItemError::NotFound };
        let outcome = BulkOutcome {
            operation: Some(OperationId::from_uuid(samples::id(samples::OPERATION))),
            done: vec![item],
            failed: if failed { vec![failure] } else { Vec::new() },
            taken_from: Vec::new(),
        };
        rest(&outcome, Language::Spanish, false)
    }
}

/// The rest of the answer that tells of this outcome.
pub fn rest(outcome: &BulkOutcome, language: Language, dry_run: bool) -> BulkRest {
    BulkRest {
        failed_count: outcome.failed.len(),
        opportunities: done(&outcome.done),
        errors: errors(&outcome.failed, language),
        operation_id: outcome.operation,
        dry_run,
        taken_from: taken_from(dry_run, &outcome.taken_from),
    }
}
