//! Lists of contacts.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    audit::Looked,
    contacts::{ContactFilter, ContactQuery, ContactSort},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::present::ContactItem;
use crate::{
    http::{
        Incoming, Json, Problem, QueryFields, Signed,
        names::{GradingName, SortOrderName},
    },
    state::App,
};

/// Which contacts.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactFilterParams {
    /// Words of the name, email, company, phone, mobile or city, or parts of them, in any order; case, accents and punctuation do
    /// not matter, nor does how a number is written.
    #[param(max_length = 255)]
    pub search: Option<String>,
    /// Only contacts for whom this user is responsible.
    pub responsible_user_id: Option<String>,
    /// Only contacts with this grade of the call.
    #[param(value_type = Option<GradingName>)]
    pub grading_llamada: Option<String>,
    /// Only contacts with this grade of the situation.
    #[param(value_type = Option<GradingName>)]
    pub grading_situacion: Option<String>,
    /// Only contacts with this nationality; case and accents do not matter.
    #[param(max_length = 255)]
    pub nacionalidad: Option<String>,
}

/// Which part, in which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactPageParams {
    /// Number of contacts to skip before the first one of the answer.
    #[param(minimum = 0, default = 0)]
    pub skip: Option<u64>,
    /// Number of the page, from 1, in place of `skip`.
    #[param(minimum = 1)]
    pub page: Option<u64>,
    /// Largest number of contacts in the answer, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub limit: Option<u64>,
    /// Key by which the list is sorted: `created_at`, `updated_at`, `name`, `first_name`, `last_name`, `email`
    /// or `city`; anything else means `created_at`.
    #[param(default = "created_at")]
    pub sort_by: Option<String>,
    /// Direction of the list; contacts with the same key follow by id.
    #[param(value_type = Option<SortOrderName>, default = "desc")]
    pub sort_order: Option<String>,
}

/// A part of the list of contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactList {
    /// The contacts of this part of the list.
    pub items: Vec<ContactItem>,
    /// Number of contacts that match, in all parts.
    pub total: u64,
    /// Number of contacts that were skipped.
    pub skip: u64,
    /// Largest number of contacts in this answer.
    pub limit: u64,
}

impl ContactList {
    fn sample() -> Self {
        Self { items: vec![ContactItem::sample()], total: 1, skip: 0, limit: 50 }
    }
}

/// The number of contacts that match.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactCount {
    /// Number of contacts that match.
    pub total: u64,
}

fn filter(query: &mut QueryFields) -> ContactFilter {
    ContactFilter {
        search: query.search("search"),
        responsible: query.id("responsible_user_id"),
        grading_llamada: query.one_of("grading_llamada"),
        grading_situacion: query.one_of("grading_situacion"),
        nacionalidad: query.text("nacionalidad"),
    }
}

/// List contacts
///
/// Contacts that match, newest first unless `sort_by` says otherwise. Administrators see all contacts; other staff see
/// those that they created or are responsible for, those whose opportunity is theirs or nobody's, and those without one.
#[utoipa::path(
    get, path = "/api/crm/contacts", tag = "contacts", params(ContactFilterParams, ContactPageParams),
    responses((
        status = 200, description = "Part of the list of contacts", body = ContactList, example = json!(ContactList::sample())
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
    let names = ContactFilterParams::into_params(|| None).into_iter().map(|parameter| parameter.name);
    let sent = query.sent(names);
    query.finish()?;
    let visibility = signed.viewer.contacts(app.config.agents_see);
    let page = app.store.contact_list(ContactQuery { visibility, filter, sort, descending, slice }).await?;
    app.looks.record_list(&signed.caller, Looked::ContactList, page.items.len(), sent).await?;
    let language = signed.context.language;
    let items = page.items.into_iter().map(|contact| ContactItem::new(contact, language)).collect();
    Ok(Json(ContactList { items, total: page.total, skip: slice.skip, limit: slice.limit }).into_response())
}

/// Count contacts
///
/// The number of contacts that match and that the caller may see; the parameters are those of the list.
#[utoipa::path(
    get, path = "/api/crm/contacts/count", tag = "contacts", params(ContactFilterParams),
    responses((
        status = 200, description = "The number of contacts that match", body = ContactCount, example = json!(ContactCount { total: 12 })
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn count(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let filter = filter(&mut query);
    query.finish()?;
    let total = app.store.contact_count(signed.viewer.contacts(app.config.agents_see), filter).await?;
    Ok(Json(ContactCount { total }).into_response())
}
