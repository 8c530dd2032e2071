//! Assigning free opportunities, picked at random.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    OperationId, OpportunityId, Refusal, Score, Timestamp, UserId,
    idempotency::Answer,
    opportunities::{AssignRandom, Assignee, RandomFilter, RandomOutcome},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    http::{
        Fields, Incoming, Language, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
        names::{PRIORITIES, PriorityName},
        samples,
    },
    spans,
    state::{App, random_bytes},
    telemetry::{self, Assigned},
};

/// How many are picked where the request does not say.
const COUNT_DEFAULT: u32 = 50;

/// How many may be picked at once.
const COUNTS: std::ops::RangeInclusive<u32> = 1..=100;

/// How many free opportunities go to whom.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "assigned_to_id": samples::id(samples::AGENT), "count": 50, "filters": {"min_score": 60}
}))]
pub struct AssignRandomBody {
    /// To whom.
    pub assigned_to_id: Uuid,
    /// How many.
    #[schema(minimum = 1, maximum = 100, default = 50)]
    pub count: Option<u32>,
    /// Out of which.
    pub filters: Option<AssignRandomFilters>,
}

/// Out of which free opportunities: those that are nobody's, not deleted, and `pending`.
#[derive(Debug, ToSchema)]
pub struct AssignRandomFilters {
    /// With at least this score.
    #[schema(minimum = 0, maximum = 100)]
    pub min_score: Option<i64>,
    /// With at most this score.
    #[schema(minimum = 0, maximum = 100)]
    pub max_score: Option<i64>,
    /// With this priority.
    #[schema(value_type = Option<PriorityName>)]
    pub priority: Option<String>,
    /// Noticed at or after.
    pub detected_from: Option<String>,
    /// Noticed at or before.
    pub detected_to: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignedRandom {
    /// Whether anything was assigned.
    pub success: bool,
    /// How many were.
    pub assigned_count: usize,
    /// How many were free before the pick; with filters it may stop at 10,000.
    pub available_count: u64,
    /// How many were asked for.
    pub requested_count: u32,
    /// Which were assigned.
    #[schema(value_type = Vec<Uuid>)]
    pub opportunity_ids: Vec<OpportunityId>,
    /// To whom.
    #[schema(value_type = Uuid)]
    pub assigned_to_id: UserId,
    /// What that user is called.
    pub assigned_to_name: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub assigned_at: Timestamp,
    /// The operation that assigned them; null where nothing was free.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
    /// What a person reads where fewer were assigned than asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Solo había 3 oportunidades disponibles de las 50 solicitadas")]
    pub warning: Option<String>,
}

impl AssignedRandom {
    fn sample() -> Self {
        Self {
            success: true,
            assigned_count: 1,
            available_count: 1,
            requested_count: 50,
            opportunity_ids: vec![OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY))],
            assigned_to_id: UserId::from_uuid(samples::id(samples::AGENT)),
            assigned_to_name: "Marta Ruiz".into(),
            assigned_at: samples::AT,
            operation_id: Some(OperationId::from_uuid(samples::id(samples::OPERATION))),
            warning: warning(1, 50, Language::Spanish),
        }
    }
}

fn filter(fields: &mut Fields<'_>) -> RandomFilter {
    RandomFilter {
        min_score: fields.integer("min_score", 0, 100).and_then(Score::new),
        max_score: fields.integer("max_score", 0, 100).and_then(Score::new),
        priority: fields.one_of("priority", PRIORITIES),
        detected_from: fields.time("detected_from", false),
        detected_to: fields.time("detected_to", true),
    }
}

/// A wrong count is not one fault among many: it has a refusal of its own, whatever its type.
fn count(sent: Option<&Value>) -> Result<u32, Refusal> {
    let number = match sent {
        None | Some(Value::Null) => return Ok(COUNT_DEFAULT),
        Some(value) => {
            value.as_u64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0).map(|n| n as u64))
        }
    };
    number
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| COUNTS.contains(number))
        .ok_or(Refusal::RandomCountInvalid)
}

fn warning(assigned: usize, requested: u32, language: Language) -> Option<String> {
    match (assigned, language) {
        (0, _) => Some(language.pick("No hay oportunidades disponibles", "No opportunities are available").to_owned()),
        (n, _) if n as u64 >= u64::from(requested) => None,
        (1, Language::Spanish) => Some(format!("Solo había 1 oportunidad disponible de las {requested} solicitadas")),
        (n, Language::Spanish) => {
            Some(format!("Solo había {n} oportunidades disponibles de las {requested} solicitadas"))
        }
        (1, Language::English) => Some(format!("Only 1 opportunity of the {requested} asked for was available")),
        (n, Language::English) => Some(format!("Only {n} opportunities of the {requested} asked for were available")),
    }
}

fn render(language: Language, requested: u32) -> Render<RandomOutcome> {
    Arc::new(move |outcome| {
        let assigned = outcome.ids.len();
        let answer = AssignedRandom {
            success: assigned > 0,
            assigned_count: assigned,
            available_count: outcome.available,
            requested_count: requested,
            opportunity_ids: outcome.ids.clone(),
            assigned_to_id: outcome.assignee.0,
            assigned_to_name: outcome.assignee.1.clone(),
            assigned_at: outcome.at,
            operation_id: outcome.operation,
            warning: warning(assigned, requested, language),
        };
        json_answer(StatusCode::OK, &answer)
    })
}

/// Assigns free opportunities to a user, picked uniformly at random. Two at once never pick the same.
#[utoipa::path(
    post, path = "/api/crm/opportunities/assign-random", tag = "opportunities",
    request_body = AssignRandomBody,
    responses((
        status = 200, description = "What was picked", body = AssignedRandom, example = json!(AssignedRandom::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "random_count_invalid", "random_assignee_invalid"])))
)]
pub async fn assign_random(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let assignee = fields.id_text("assigned_to_id").map_or(Assignee::Unknown, |text| Assignee::parse(&text));
    let filter = fields.nested("filters", filter).unwrap_or_default();
    let count = count(fields.raw("count"));
    fields.finish()?;
    let count = count?;
    let seed = u64::from_le_bytes(random_bytes()?);
    let command = AssignRandom { assignee, count, filter, seed };
    let render = render(signed.context.language, count);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let assignable = &app.config.assignable_roles;
    let answer = app.store.opportunity_assign_random(&signed.caller, command, assignable, keyed).await?;
    if let Answer::Fresh(outcome) = &answer {
        spans::wrote(outcome.operation, outcome.ids.len(), 0);
        telemetry::assigned(Assigned::Random, outcome.ids.len() as u64);
    }
    Ok(respond(answer, &*render))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_invalid_count_gets_the_same_refusal() {
        assert_eq!(count(None), Ok(50));
        for (sent, expected) in [(json!(1), 1), (json!(100), 100), (json!(7.0), 7)] {
            assert_eq!(count(Some(&sent)), Ok(expected));
        }
        for sent in [json!(0), json!(101), json!(-1), json!(1.5), json!("5"), json!(true), json!([1]), json!(1e300)] {
            assert_eq!(count(Some(&sent)), Err(Refusal::RandomCountInvalid), "{sent}");
        }
    }

    #[test]
    fn a_warning_only_when_fewer_were_assigned_than_asked() {
        for language in [Language::Spanish, Language::English] {
            assert_eq!(warning(5, 5, language), None);
            let texts: Vec<String> = [0, 1, 2].iter().filter_map(|&n| warning(n, 5, language)).collect();
            assert_eq!(texts.len(), 3);
            assert!(texts[1].contains('1') && texts[2].contains('2') && texts[2].contains('5'), "{texts:?}");
        }
    }
}
