//! Creating an opportunity.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Priority, Score,
    json::KeptObject,
    opportunities::{Assignee, CreateOpportunity},
};
use serde_json::{Value, json};
use utoipa::openapi::{OneOfBuilder, RefOr, Schema};

use super::present::{LeadOpportunity, created};
use crate::{
    http::{
        Incoming, Problem, Signed,
        body::{
            Faults, id, id_or_empty, kept_object,
            kinds::{Kind, LONG_TEXT_MAX},
            one_of, optional, or_default, request_body, required, score, text,
        },
        idempotency::{keyed, respond},
        problem::{Fault, Kind as JsonKind},
        samples,
    },
    state::App,
};

request_body! {
    /// An opportunity to create.
    #[example(json!({
        "contact_id": samples::id(samples::CONTACT), "opportunity_score": 75, "priority": "high",
        "detection_reason": {"reason": "Formulario web"}
    }))]
    pub struct CreateOpportunityBody {
        /// Id of the contact, who must not have an opportunity yet.
        contact_id: String = required(id_or_empty()),
        /// How promising the opportunity is: 0 to 100, 50 by default.
        opportunity_score: Score = or_default(score(), Score::DEFAULT),
        /// How urgent the opportunity is, `medium` by default.
        priority: Priority = or_default(one_of(), Priority::Medium),
        /// Why it was detected: an object that is kept as it is, or a text, which becomes `{"reason": text}`.
        detection_reason: Option<KeptObject> = optional(Reason),
        /// Id of the user who holds it from the start; agents and lawyers may name only themselves.
        assigned_to_id: Option<String> = optional(id()),
        /// Free text about the opportunity.
        notes: Option<String> = optional(text(LONG_TEXT_MAX)),
    }
}

impl From<CreateOpportunityBody> for CreateOpportunity {
    fn from(body: CreateOpportunityBody) -> Self {
        Self {
            contact: body.contact_id.parse().ok(),
            score: body.opportunity_score,
            priority: body.priority,
            detection_reason: body.detection_reason.unwrap_or_default(),
            assignee: body.assigned_to_id.map(|text| Assignee::parse(&text)),
            notes: body.notes,
        }
    }
}

/// An object that is kept as it is, or a text that becomes one.
struct Reason;

impl Kind for Reason {
    type Value = KeptObject;

    fn read(&self, sent: &Value) -> Result<Option<Self::Value>, Faults> {
        match sent {
            Value::String(_) => {
                let reason = text(LONG_TEXT_MAX).read(sent)?;
                reason.map(|reason| kept_object().read(&json!({ "reason": reason }))).transpose().map(Option::flatten)
            }
            Value::Object(_) => kept_object().read(sent),
            _ => Err(Fault::Type(JsonKind::StringOrObject).into()),
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        OneOfBuilder::new().item(kept_object().schema()).item(text(LONG_TEXT_MAX).schema()).into()
    }
}

/// Create an opportunity
///
/// Its status is `assigned` where the body names a holder, else `pending`. A contact has at most one opportunity.
#[utoipa::path(
    post, path = "/api/crm/opportunities", tag = "opportunities", request_body = CreateOpportunityBody,
    responses((
        status = 201, description = "The opportunity that was created", body = LeadOpportunity, headers(
            ("Location" = String, description = "Path of the new opportunity"),
            ("ETag" = String, description = "Version of the opportunity, for `If-Match`")
        ),
        example = json!(LeadOpportunity::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "self_assign_only", "assignee_not_found", "assignee_inactive", "assignee_role_not_assignable",
        "contact_not_found", "contact_has_opportunity", "opportunity_not_found", "person_erased", "do_not_contact",
        "daily_quota_reached"
    ])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let body = incoming.json().await?;
    let command = CreateOpportunity::from(body.read::<CreateOpportunityBody>()?);
    let render = created(signed.context.language);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.opportunity_create(&signed.caller, command, &app.config.policy(), keyed).await?;
    Ok(respond(answer, &*render))
}
