//! Who would get a lead now.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Refusal, RotationId, UserId,
    dealing::choice::Because,
    rotations::{Candidate, Next},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::amounts::amount;
use crate::{
    http::{Incoming, Json, Language, PathId, Problem, Signed, dealing::ReasonView, samples},
    state::App,
};

/// A member as a choice saw them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateView {
    /// Id of the user.
    #[schema(value_type = Uuid)]
    pub user_id: UserId,
    /// Name of the user; "Persona borrada" or "Erased person" where the user was erased.
    #[schema(example = "Ana García")]
    pub name: String,
    /// Whether the member may have the lead.
    pub eligible: bool,
    /// Everything that stands against it.
    pub reasons: Vec<ReasonView>,
    /// How many leads the member is owed.
    #[schema(example = 0.91)]
    pub owed: f64,
    /// What value the member is owed.
    #[schema(example = 12.5)]
    pub value_gap: f64,
    /// Whether the member was chosen.
    pub chosen: bool,
    /// What decided for the member; null: was not chosen.
    pub because: Option<ReasonView>,
}

impl CandidateView {
    /// A candidate.
    pub fn new(candidate: Candidate, language: Language) -> Self {
        Self {
            user_id: candidate.user,
            eligible: candidate.obstacles.is_empty(),
            reasons: ReasonView::against(&candidate.obstacles, language),
            owed: amount(candidate.owed),
            value_gap: amount(candidate.value_gap),
            chosen: candidate.because.is_some(),
            because: candidate.because.map(|because| ReasonView::chosen(because, language)),
            name: language.name(candidate.name),
        }
    }

    fn sample() -> Self {
        Self {
            user_id: UserId::from_uuid(samples::id(samples::AGENT)),
            name: "Ana García".into(),
            eligible: true,
            reasons: Vec::new(),
            owed: 0.91,
            value_gap: 12.5,
            chosen: true,
            because: Some(ReasonView::chosen(Because::OwedMost, Language::default())),
        }
    }
}

/// Who would get a lead now, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextInTurn)]
pub struct NextView {
    /// Id of the user; null: nobody could have it.
    #[schema(value_type = Option<Uuid>)]
    pub user_id: Option<UserId>,
    /// All members by their places.
    pub candidates: Vec<CandidateView>,
}

impl NextView {
    fn new(next: Next, language: Language) -> Self {
        let candidates = next.candidates.into_iter().map(|candidate| CandidateView::new(candidate, language));
        Self { user_id: next.user, candidates: candidates.collect() }
    }

    fn sample() -> Self {
        let user_id = Some(UserId::from_uuid(samples::id(samples::AGENT)));
        Self { user_id, candidates: vec![CandidateView::sample()] }
    }
}

/// Which lead.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameter in the API document")]
struct NextParams {
    /// Id of the opportunity; without it, one of the mean value of those that were dealt.
    opportunity_id: Option<String>,
}

/// See who is next
///
/// Who would get an opportunity now, and why; nothing is written.
#[utoipa::path(
    get, path = "/api/crm/rotations/{id}/next", tag = "rotations",
    params(("id" = Uuid, Path, description = "Id of the rotation"), NextParams),
    responses((
        status = 200, description = "Who would get it", body = NextView, example = json!(NextView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "rotation_not_found", "opportunity_not_found"])))
)]
pub async fn next(
    State(app): State<App>,
    signed: Signed,
    id: PathId<RotationId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::RotationNotFound)?;
    let query = incoming.query();
    let opportunity = query.id("opportunity_id").map(|id| id.ok_or(Refusal::OpportunityNotFound)).transpose();
    query.finish()?;
    let (roles, at) = (&app.config.assignable_roles, signed.caller.at);
    let opportunity = match opportunity {
        Ok(opportunity) => opportunity,
        Err(refusal) => {
            // The rotation is looked for first.
            app.store.rotation_get(id, roles, at).await?;
            return Err(refusal.into());
        }
    };
    let next = app.store.rotation_next(id, opportunity, roles, at).await?;
    Ok(Json(NextView::new(next, signed.context.language)).into_response())
}
