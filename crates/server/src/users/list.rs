//! The list of users.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Role,
    users::{UserFilter, UserQuery, UserSort},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::json::UserJson;
use crate::{
    http::{Incoming, Problem, QueryFields, Signed},
    state::App,
};

/// Users in a list that names no limit.
const LIMIT: u64 = 50;

/// What the list takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct ListParams {
    /// Users to leave out.
    #[param(minimum = 0, default = 0)]
    skip: Option<u64>,
    /// Users to give.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u64>,
    /// A part of the name, the address or the phone; case and accents do not matter.
    search: Option<String>,
    /// With this role: `superuser`, `admin`, `lawyer`, `agent` or `user`.
    role: Option<String>,
    /// Active or not.
    is_active: Option<bool>,
    /// Verified or not.
    is_verified: Option<bool>,
    /// Signed in at or after this time.
    last_login_from: Option<String>,
    /// Signed in at or before this time; a bare date is its last moment.
    last_login_to: Option<String>,
    /// Created at or after this time.
    created_from: Option<String>,
    /// Created at or before this time; a bare date is its last moment.
    created_to: Option<String>,
    /// `name`, `email`, `phone_number`, `role`, `is_active`, `last_login` or `created_at` (the default).
    sort_by: Option<String>,
    /// `asc` or `desc` (the default).
    sort_order: Option<String>,
}

/// Part of the users.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserList {
    /// The users.
    items: Vec<UserJson>,
    /// How many match in all.
    total: u64,
    /// How many were left out.
    skip: u64,
    /// How many were asked for.
    limit: u64,
}

impl UserList {
    fn sample() -> Self {
        Self { items: vec![UserJson::sample()], total: 1, skip: 0, limit: LIMIT }
    }
}

/// Users who are not deleted. For administrators.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    params(ListParams),
    responses((status = OK, description = "Part of the users", body = UserList, example = json!(UserList::sample()))),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub(super) async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut fields = incoming.query();
    let query = UserQuery {
        filter: UserFilter {
            last_login_from: fields.time("last_login_from", false),
            last_login_to: fields.time("last_login_to", true),
            created_from: fields.time("created_from", false),
            created_to: fields.time("created_to", true),
            ..filter(&mut fields)
        },
        sort: fields
            .named("sort_by", UserSort::from_name, || UserSort::ALL.map(|(name, _)| name).to_vec())
            .unwrap_or_default(),
        descending: fields.descending(true),
        slice: fields.slice(LIMIT),
    };
    fields.finish()?;
    let slice = query.slice;
    let page = app.store.user_list(query).await?;
    let items = page.items.into_iter().map(UserJson::from).collect();
    Ok(Json(UserList { items, total: page.total, skip: slice.skip, limit: slice.limit }).into_response())
}

/// The part of a filter that list and export share.
pub(super) fn filter(fields: &mut QueryFields) -> UserFilter {
    UserFilter {
        search: fields.search("search"),
        role: fields.one_of("role", &Role::ALL.map(Role::as_str)),
        is_active: fields.boolean("is_active"),
        is_verified: fields.boolean("is_verified"),
        ..UserFilter::default()
    }
}
