//! The list of opportunities.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    OpportunityId,
    audit::Looked,
    cursor::OpportunityCursor,
    opportunities::{OpportunityQuery, OpportunitySort, Position},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    filter::{OpportunityFilterParams, filter, filter_names},
    present::LeadOpportunity,
};
use crate::{
    http::{
        Incoming, Json, Problem, QueryFields, Signed,
        names::{OPPORTUNITY_SORTS, OpportunitySortName, SortOrderName},
        problem::Fault,
        samples,
    },
    state::App,
};

/// Which part, in which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OpportunityPageParams {
    /// Number of the page, from 1.
    #[param(minimum = 1, default = 1)]
    pub page: Option<u64>,
    /// Largest number of opportunities per page, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before, in place of `page`; valid for the same order only.
    pub cursor: Option<String>,
    /// Key by which the list is sorted; `priority` ascends from low to urgent.
    #[param(value_type = Option<OpportunitySortName>, default = "detected_at")]
    pub sort_by: Option<String>,
    /// Direction of the list; opportunities with the same key follow by id.
    #[param(value_type = Option<SortOrderName>, default = "desc")]
    pub sort_order: Option<String>,
}

/// A page of opportunities.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpportunityList {
    /// The opportunities of this page.
    pub opportunities: Vec<LeadOpportunity>,
    /// Number of opportunities that match, on all pages; a lower bound where it is not exact.
    pub total: u64,
    /// Whether `total` is exact, not a lower bound.
    pub total_is_exact: bool,
    /// Number of this page; 1 where a cursor was given.
    pub page: u64,
    /// Largest number of opportunities per page.
    pub limit: u64,
    /// Number of pages that `total` rows make.
    pub total_pages: u64,
    /// Cursor of the next page; null where this is the last.
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
    query.named("sort_by", OpportunitySort::from_name, || OPPORTUNITY_SORTS.to_vec()).unwrap_or_default()
}

/// List opportunities
///
/// Administrators see all opportunities; other staff see their own and unassigned ones.
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
    let sent = query.sent(filter_names());
    query.finish()?;
    let visibility = signed.viewer.visibility();
    let question = OpportunityQuery { visibility, filter, sort, descending, position, limit };
    let found = app.store.opportunity_list(question).await?;
    app.looks.record_list(&signed.caller, Looked::OpportunityList, found.items.len(), sent).await?;
    let language = signed.context.language;
    let list = OpportunityList {
        opportunities: found.items.into_iter().map(|found| LeadOpportunity::new(found, language)).collect(),
        total: found.total,
        total_is_exact: found.total_is_exact,
        page,
        limit,
        total_pages: found.total.div_ceil(limit),
        next_cursor: found.next.map(|cursor| cursor.encode()),
    };
    Ok(Json(list).into_response())
}
