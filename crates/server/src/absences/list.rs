//! The list of absences.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    absences::{AbsenceQuery, AbsenceVisibility},
    cursor::KeyCursor,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::present::AbsenceView;
use crate::{
    http::{Incoming, Json, Problem, Signed, names::TimeOrDate},
    opportunities::history::WalkParams,
    state::App,
};

/// Which absences.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct AbsenceParams {
    /// Only absences of this user.
    user_id: Option<String>,
    /// Only absences that end after this time, or have no end.
    #[param(value_type = Option<TimeOrDate>)]
    from: Option<String>,
    /// Only absences that start at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    to: Option<String>,
}

/// A part of the list of absences.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbsenceList {
    /// The absences of this part, the latest start first.
    pub items: Vec<AbsenceView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl AbsenceList {
    fn sample() -> Self {
        Self { items: vec![AbsenceView::sample()], next_cursor: None }
    }
}

/// List absences
///
/// The latest start first. Administrators see everybody's, other staff their own.
#[utoipa::path(
    get, path = "/api/crm/absences", tag = "absences", params(AbsenceParams, WalkParams),
    responses((
        status = 200, description = "Part of the list of absences", body = AbsenceList,
        example = json!(AbsenceList::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let question = AbsenceQuery {
        visibility: AbsenceVisibility::of(signed.viewer),
        user: query.id("user_id"),
        from: query.time("from", false),
        to: query.time("to", true),
        limit: query.limit(50),
        after: query.key_cursor(),
    };
    query.finish()?;
    let page = app.store.absence_list(question).await?;
    let items = page.items.into_iter().map(|absence| AbsenceView::new(absence, signed.context.language)).collect();
    Ok(Json(AbsenceList { items, next_cursor: page.next.map(KeyCursor::encode) }).into_response())
}
