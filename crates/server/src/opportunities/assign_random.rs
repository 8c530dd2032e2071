//! Assigning free opportunities, picked at random.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{
    OperationId, OpportunityId, Priority, Refusal, Score, Timestamp, UserId,
    idempotency::{Answer, StoredAnswer},
    opportunities::{AssignRandom, Assignee, RandomFilter, RandomOutcome},
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{
    http::{
        Incoming, Language, Problem, Signed,
        body::{
            Faults, Schemas, expected, filter, id, integer, kinds::whole, narrowing, one_of, or_default,
            presence::Field, request_body, score, time_bound,
        },
        idempotency::{Render, json_answer, keyed, respond},
        samples,
    },
    random::random_bytes,
    spans,
    state::App,
    telemetry::{self, Assigned},
};

/// How many are picked where the request does not say.
const COUNT_DEFAULT: u32 = 50;

/// How many may be picked at once.
const COUNTS: std::ops::RangeInclusive<u32> = 1..=100;

request_body! {
    /// How many free opportunities are assigned to whom.
    #[example(json!({
        "assigned_to_id": samples::id(samples::AGENT), "count": 50, "filters": {"min_score": 60}
    }))]
    pub struct AssignRandomBody {
        /// Id of the user who gets the opportunities.
        assigned_to_id: Option<String> = expected(id()),
        /// Limits the pick to opportunities that match; without it, and with `{}`, all free ones are eligible.
        filters: Option<AssignRandomFilters> = narrowing(filter()),
        /// How many opportunities to assign: 1 to 100, 50 by default.
        count: Result<u32, Refusal> = Count,
    }
}

request_body! {
    /// Which free opportunities are eligible: free ones are unassigned, not deleted, and `pending`.
    #[example(json!({"min_score": 60, "priority": "high"}))]
    pub struct AssignRandomFilters {
        /// Lowest score that is eligible, 0 to 100.
        min_score: Option<Score> = narrowing(score()),
        /// Highest score that is eligible, 0 to 100.
        max_score: Option<Score> = narrowing(score()),
        /// The only priority that is eligible.
        priority: Option<Priority> = narrowing(one_of()),
        /// Earliest time of detection that is eligible: RFC 3339, or a date.
        detected_from: Option<Timestamp> = narrowing(time_bound(false)),
        /// Latest time of detection that is eligible: RFC 3339, or a date, which means its end.
        detected_to: Option<Timestamp> = narrowing(time_bound(true)),
    }
}

impl From<AssignRandomFilters> for RandomFilter {
    fn from(filters: AssignRandomFilters) -> Self {
        Self {
            min_score: filters.min_score,
            max_score: filters.max_score,
            priority: filters.priority,
            detected_from: filters.detected_from,
            detected_to: filters.detected_to,
        }
    }
}

/// The field `count`. A wrong one is not one fault among many: it has a refusal of its own, whatever its type, which
/// comes after all faults.
struct Count;

impl Field for Count {
    type Value = Result<u32, Refusal>;

    fn read(&self, sent: Option<&Value>) -> Result<Self::Value, Faults> {
        let number = match sent {
            None | Some(Value::Null) => return Ok(Ok(COUNT_DEFAULT)),
            Some(value) => value.as_number().and_then(whole).and_then(|number| u32::try_from(number).ok()),
        };
        Ok(number.filter(|number| COUNTS.contains(number)).ok_or(Refusal::RandomCountInvalid))
    }

    fn schema(&self) -> RefOr<Schema> {
        or_default(integer((*COUNTS.start()).into()..=(*COUNTS.end()).into()), COUNT_DEFAULT).schema()
    }

    fn refer(&self, _: &mut Schemas) {}
}

/// Result of a random assignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct RandomAssignment {
    /// Whether any opportunity was assigned.
    pub success: bool,
    /// Number of opportunities that were assigned.
    pub assigned_count: usize,
    /// Number of opportunities that were free before the pick; with filters it may stop at 10,000.
    pub available_count: u64,
    /// Number of opportunities that were asked for.
    pub requested_count: u32,
    /// Ids of the opportunities that were assigned.
    #[schema(value_type = Vec<Uuid>)]
    pub opportunity_ids: Vec<OpportunityId>,
    /// Id of the user who got them.
    #[schema(value_type = Uuid)]
    pub assigned_to_id: UserId,
    /// Name of the user who got them.
    pub assigned_to_name: String,
    /// When the assignment took effect.
    #[schema(value_type = String, format = DateTime)]
    pub assigned_at: Timestamp,
    /// Id of the operation that assigned them; null where nothing was free.
    #[schema(value_type = Option<Uuid>)]
    pub operation_id: Option<OperationId>,
    /// Warning for a person, in the language of the answer, where fewer were assigned than asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Solo había 3 oportunidades disponibles de las 50 solicitadas")]
    pub warning: Option<String>,
}

impl RandomAssignment {
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

fn warning(assigned: usize, requested: u32, language: Language) -> Option<String> {
    match (assigned, language) {
        (0, _) => Some(language.pick("No hay oportunidades disponibles", "No opportunities are available").to_owned()),
        (n, _) if n as u64 >= u64::from(requested) => None,
        (1, Language::Spanish) => Some(format!("Solo había 1 oportunidad disponible de las {requested} solicitadas")),
        (n, Language::Spanish) => {
            Some(format!("Solo había {n} oportunidades disponibles de las {requested} solicitadas"))
        }
        (1, Language::English) => Some(format!("Only 1 of the {requested} requested opportunities was available")),
        (n, Language::English) => Some(format!("Only {n} of the {requested} requested opportunities were available")),
    }
}

fn render(language: Language, requested: u32) -> Render<RandomOutcome> {
    Arc::new(move |outcome| {
        let assigned = outcome.ids.len();
        let answer = RandomAssignment {
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
        StoredAnswer { names_users: true, ..json_answer(StatusCode::OK, &answer) }
    })
}

/// Assign random opportunities
///
/// Assigns free opportunities to a user, picked uniformly at random. Two requests at once never pick the same.
#[utoipa::path(
    post, path = "/api/crm/opportunities/assign-random", tag = "opportunities",
    request_body = AssignRandomBody,
    responses((
        status = 200, description = "The opportunities that were picked", body = RandomAssignment, example = json!(RandomAssignment::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "random_count_invalid", "random_assignee_invalid"])))
)]
pub async fn assign_random(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let AssignRandomBody { assigned_to_id, filters, count } = body.read()?;
    let assignee = assigned_to_id.map_or(Assignee::Unknown, |text| Assignee::parse(&text));
    let (filter, count) = (filters.map(RandomFilter::from).unwrap_or_default(), count?);
    let seed = u64::from_le_bytes(random_bytes()?);
    let command = AssignRandom { assignee, count, filter, seed };
    let render = render(signed.context.language, count);
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let assignable = &app.config.assignable_roles;
    let answer = app.store.opportunity_assign_random(&signed.caller, command, assignable, keyed).await?;
    if let Answer::Fresh(outcome) = &answer {
        spans::record_operation(outcome.operation, outcome.ids.len(), 0);
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
        let count = |sent: Option<&Value>| Count.read(sent).unwrap();
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
