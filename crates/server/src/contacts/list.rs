//! Lists of contacts.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::contacts::{ContactFilter, ContactQuery, ContactSort};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::present::ContactItem;
use crate::{
    http::{
        Incoming, Problem, QueryFields, Signed,
        names::{GRADINGS, GradingName},
    },
    state::App,
};

/// Which contacts.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactFilterParams {
    /// Part of the name, first or last name, email, phone, mobile or city; case and accents do not matter.
    pub search: Option<String>,
    /// Looked after by this user.
    pub responsible_user_id: Option<Uuid>,
    /// With this grade of the call.
    #[param(value_type = Option<GradingName>)]
    pub grading_llamada: Option<String>,
    /// With this grade of the situation.
    #[param(value_type = Option<GradingName>)]
    pub grading_situacion: Option<String>,
    /// With this nationality; case and accents do not matter.
    pub nacionalidad: Option<String>,
}

/// Which part, in which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactPageParams {
    /// Rows to leave out.
    #[param(minimum = 0, default = 0)]
    pub skip: Option<u64>,
    /// In place of `skip`: the page, from 1.
    #[param(minimum = 1)]
    pub page: Option<u64>,
    /// Rows to give.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub limit: Option<u64>,
    /// `created_at`, `updated_at`, `name`, `first_name`, `last_name`, `email` or `city`; anything else is `created_at`.
    pub sort_by: Option<String>,
    /// `asc` or `desc`.
    #[param(default = "desc")]
    pub sort_order: Option<String>,
}

/// A part of the contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactList {
    /// The contacts.
    pub items: Vec<ContactItem>,
    /// How many match in all.
    pub total: u64,
    /// How many were left out before the first.
    pub skip: u64,
    /// At most how many.
    pub limit: u64,
}

impl ContactList {
    fn sample() -> Self {
        Self { items: vec![ContactItem::sample()], total: 1, skip: 0, limit: 50 }
    }
}

/// How many contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactCount {
    /// How many match.
    pub total: u64,
}

fn filter(query: &mut QueryFields) -> ContactFilter {
    ContactFilter {
        search: query.search("search"),
        responsible: query.id("responsible_user_id"),
        grading_llamada: query.one_of("grading_llamada", GRADINGS),
        grading_situacion: query.one_of("grading_situacion", GRADINGS),
        nacionalidad: query.text("nacionalidad"),
    }
}

/// Contacts.
#[utoipa::path(
    get, path = "/api/crm/contacts", tag = "contacts", params(ContactFilterParams, ContactPageParams),
    responses((
        status = 200, description = "Part of the contacts", body = ContactList, example = json!(ContactList::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let filter = filter(&mut query);
    let sort = query.raw("sort_by").map_or_else(ContactSort::default, ContactSort::from_name);
    let descending = query.descending(true);
    let slice = query.slice(50);
    query.finish()?;
    let page = app.store.contact_list(ContactQuery { filter, sort, descending, slice }).await?;
    let items = page.items.into_iter().map(ContactItem::from).collect();
    Ok(Json(ContactList { items, total: page.total, skip: slice.skip, limit: slice.limit }).into_response())
}

/// How many contacts match.
#[utoipa::path(
    get, path = "/api/crm/contacts/count", tag = "contacts", params(ContactFilterParams),
    responses((
        status = 200, description = "How many", body = ContactCount, example = json!(ContactCount { total: 12 })
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn count(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let filter = filter(&mut query);
    query.finish()?;
    let total = app.store.contact_count(filter).await?;
    Ok(Json(ContactCount { total }).into_response())
}
