//! The list of opportunities.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    OpportunityId,
    cursor::OpportunityCursor,
    opportunities::{OpportunityQuery, OpportunitySort, Position},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    filter::{OpportunityFilterParams, filter},
    present::LeadOpportunity,
};
use crate::{
    http::{Incoming, Problem, QueryFields, Signed, problem::Fault, samples},
    state::App,
};

/// Which part, in which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OpportunityPageParams {
    /// The page.
    #[param(minimum = 1, default = 1)]
    pub page: Option<u64>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub limit: Option<u64>,
    /// In place of `page`: goes on after the page whose `next_cursor` this is. For the same order only.
    pub cursor: Option<String>,
    /// `detected_at`, `opportunity_score`, `priority` (ascending: low to urgent) or `created_at`.
    #[param(default = "detected_at")]
    pub sort_by: Option<String>,
    /// `asc` or `desc`; rows with the same key follow by id.
    #[param(default = "desc")]
    pub sort_order: Option<String>,
}

/// A page of opportunities.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpportunityList {
    /// The opportunities.
    pub opportunities: Vec<LeadOpportunity>,
    /// How many match in all; a lower bound where it is not exact.
    pub total: u64,
    /// Whether `total` is exact.
    pub total_is_exact: bool,
    /// The page that was asked for; 1 where a cursor came in its place.
    pub page: u64,
    /// Rows per page.
    pub limit: u64,
    /// How many pages `total` rows make.
    pub total_pages: u64,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

impl OpportunityList {
    fn sample() -> Self {
        let last = OpportunityCursor {
            sort: OpportunitySort::DetectedAt,
            descending: true,
            key: samples::AT.micros(),
            id: OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY)),
        };
        Self {
            opportunities: vec![LeadOpportunity::sample()],
            total: 120,
            total_is_exact: true,
            page: 1,
            limit: 1,
            total_pages: 120,
            next_cursor: Some(last.encode()),
        }
    }
}

fn sort(query: &mut QueryFields) -> OpportunitySort {
    let known = || OpportunitySort::ALL.map(OpportunitySort::as_str).to_vec();
    query.named("sort_by", OpportunitySort::from_name, known).unwrap_or_default()
}

/// Opportunities: administrators see all, other staff what is theirs or nobody's.
#[utoipa::path(
    get, path = "/api/crm/opportunities", tag = "opportunities",
    params(OpportunityFilterParams, OpportunityPageParams),
    responses((
        status = 200, description = "A page of opportunities", body = OpportunityList,
        example = json!(OpportunityList::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let filter = filter(&mut query, signed.viewer.id);
    let (sort, descending) = (sort(&mut query), query.descending(true));
    let (page, limit) = (query.page().unwrap_or(1), query.limit(50));
    let position = match query.raw("cursor").map(OpportunityCursor::decode) {
        None => Position::Page(page),
        Some(Ok(cursor)) if cursor.sort == sort && cursor.descending == descending => Position::After(cursor),
        Some(_) => {
            query.fault("cursor", Fault::Cursor);
            Position::Page(page)
        }
    };
    query.finish()?;
    let visibility = signed.viewer.visibility();
    let question = OpportunityQuery { visibility, filter, sort, descending, position, limit };
    let found = app.store.opportunity_list(question).await?;
    let list = OpportunityList {
        opportunities: found.items.into_iter().map(LeadOpportunity::from).collect(),
        total: found.total,
        total_is_exact: found.total_is_exact,
        page,
        limit,
        total_pages: found.total.div_ceil(limit),
        next_cursor: found.next.map(|cursor| cursor.encode()),
    };
    Ok(Json(list).into_response())
}
