//! What the bulk requests share: their options, and how each item is answered.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the form for these three throughout")]

use axum::http::StatusCode;
use futures::FutureExt as _;
use reparto_domain::{
    OperationId, OpportunityId, Refusal, Status, Timestamp, UserId,
    idempotency::StoredAnswer,
    opportunities::{BulkItem, BulkMode, BulkOutcome, ExpectedHolder, ItemError, ItemFailure},
    second_factor::RequireTotp,
    users::Person,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    http::{
        Incoming, JsonBody, Language, Presented, Problem, idempotency::json_answer, names::StatusName,
        render::item_failure, samples,
    },
    state::App,
};

/// Reads the body of a bulk request. `mode` of what is read says whether the store has to check everything of the
/// caller: usually it does, in the statement that writes.
///
/// The caller is looked up here, before anything else is told of the request, where the body has not arrived completely
/// or something is wrong with it: rights come first.
pub async fn read<T>(
    app: &App,
    presented: &Presented,
    incoming: Incoming,
    not_allowed: Refusal,
    read: impl FnOnce(&JsonBody, Option<RequireTotp>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let look_up = async || presented.clone().look_up(app).await?.administrator_or(not_allowed.clone());
    let mut body = std::pin::pin!(incoming.json());
    let Some(here) = body.as_mut().now_or_never() else {
        look_up().await?;
        return read(&body.await?, None);
    };
    match here.and_then(|body| read(&body, Some(app.config.require_totp))) {
        Err(problem) => {
            look_up().await?;
            Err(problem)
        }
        read => read,
    }
}

/// How a bulk request is to be executed. `expected` is who has to hold each item: absent is no expectation, null and
/// `""` are nobody.
pub fn mode(dry_run: bool, all_or_nothing: bool, expected: Option<Option<String>>) -> BulkMode {
    let expected_holder = expected.map(|holder| match holder {
        Some(text) => text.parse().map_or(ExpectedHolder::Unknown, ExpectedHolder::User),
        None => ExpectedHolder::Nobody,
    });
    BulkMode { dry_run, all_or_nothing, expected_holder, ..BulkMode::default() }
}

/// 200 where every item succeeded, else 207.
fn status(failed: &[ItemFailure]) -> StatusCode {
    if failed.is_empty() { StatusCode::OK } else { StatusCode::MULTI_STATUS }
}

/// The answer to a bulk request. Errors and dry runs name holders.
pub fn answer(failed: &[ItemFailure], dry_run: bool, body: &impl Serialize) -> StoredAnswer {
    let names_users = dry_run || !failed.is_empty();
    StoredAnswer { names_users, ..json_answer(status(failed), body) }
}

/// An opportunity after a bulk request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkItem)]
pub struct BulkItemView {
    /// Id of the opportunity.
    #[schema(value_type = Uuid)]
    pub id: OpportunityId,
    /// Id of the present holder; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// Present status of the opportunity.
    #[schema(value_type = StatusName)]
    pub status: Status,
    /// When the opportunity last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// The items that succeeded.
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

/// The items that failed.
pub fn errors(failures: &[ItemFailure], language: Language) -> Vec<Value> {
    failures.iter().map(|failure| item_failure(failure, language)).collect()
}

/// An item of a bulk request that failed, and why.
#[derive(Debug, ToSchema)]
#[schema(as = BulkItemError)]
pub struct ItemErrorSchema {
    /// Id of the opportunity, as the client sent it.
    #[schema(example = "0190a6e0-7c1b-7abc-8def-0123456789ab")]
    pub opportunity_id: String,
    /// Why the item failed, in the language of the answer.
    #[schema(example = "Oportunidad no encontrada")]
    pub error: String,
    /// Stable code of that error, for programs.
    #[schema(example = "opportunity_not_found")]
    pub code: String,
    /// Id of the user who holds it, or would have got it back, where that is the reason; null: nobody.
    #[schema(required = false)]
    pub assigned_to_id: Option<Uuid>,
    /// Name of that user; null: nobody.
    #[schema(required = false)]
    pub assigned_to_name: Option<String>,
    /// Id of the later operation on the opportunity, where that is the reason.
    #[schema(nullable = false)]
    pub operation_id: Option<Uuid>,
    /// Id of the user who did the later operation; null: the system.
    #[schema(required = false)]
    pub actor_id: Option<Uuid>,
    /// When the later operation took effect.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Number of opportunities by present holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderCount {
    /// Id of the present holder; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// Name of the present holder; null: nobody.
    pub assigned_to_name: Option<String>,
    /// Number of opportunities of this holder.
    pub count: u64,
}

/// Number of items by present holder, for a dry run; `None` for a real one.
pub fn taken_from(dry_run: bool, counts: &[(Option<Person>, u64)], language: Language) -> Option<Vec<HolderCount>> {
    let taken = |(person, count): &(Option<Person>, u64)| HolderCount {
        assigned_to_id: person.as_ref().map(|person| person.id),
        assigned_to_name: person.as_ref().map(|person| language.name(person.name.clone())),
        count: *count,
    };
    dry_run.then(|| counts.iter().map(taken).collect())
}

/// What every answer to a bulk request has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
pub struct BulkFields {
    /// Number of items that failed.
    pub failed_count: usize,
    /// The opportunities that succeeded, in the order of the request.
    pub opportunities: Vec<BulkItemView>,
    /// The items that failed, in the order of the request.
    #[schema(value_type = Vec<ItemErrorSchema>)]
    pub errors: Vec<Value>,
    /// Id of the operation, which can be undone; null where nothing was written.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
    /// True where nothing was written because the request asked only what would happen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dry_run: bool,
    /// With a dry run: number of opportunities by present holder, most first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taken_from: Option<Vec<HolderCount>>,
}

impl BulkFields {
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
        shared(&outcome, Language::Spanish, false)
    }
}

/// The fields of the answer that all bulk requests share.
pub fn shared(outcome: &BulkOutcome, language: Language, dry_run: bool) -> BulkFields {
    BulkFields {
        failed_count: outcome.failed.len(),
        opportunities: done(&outcome.done),
        errors: errors(&outcome.failed, language),
        operation_id: outcome.operation,
        dry_run,
        taken_from: taken_from(dry_run, &outcome.taken_from, language),
    }
}
