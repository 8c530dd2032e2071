//! The list of users.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::users::{UserFilter, UserQuery, UserSort};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::json::UserJson;
use crate::{
    http::{
        Incoming, Json, Problem, QueryFields, Signed,
        names::{RoleName, SortOrderName, TimeOrDate, UserSortName},
    },
    state::App,
};

/// Number of users where the request names no limit.
const LIMIT: u64 = 50;

/// Parameters of the list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct ListParams {
    /// Number of users to skip before the first one of the answer.
    #[param(minimum = 0, default = 0)]
    skip: Option<u64>,
    /// Largest number of users in the answer, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u64>,
    /// Words of the name, the email address or the phone number, or parts of them, in any order; case, accents and
    /// punctuation do not matter, nor does how a number is written.
    #[param(max_length = 255)]
    search: Option<String>,
    /// Only users with this role.
    #[param(value_type = Option<RoleName>)]
    role: Option<String>,
    /// Only active users (true) or only inactive ones (false).
    is_active: Option<bool>,
    /// Only users whose email address is verified (true) or is not (false).
    is_verified: Option<bool>,
    /// Only users who last signed in at or after this time.
    #[param(value_type = Option<TimeOrDate>)]
    last_login_from: Option<String>,
    /// Only users who last signed in at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    last_login_to: Option<String>,
    /// Only users created at or after this time.
    #[param(value_type = Option<TimeOrDate>)]
    created_from: Option<String>,
    /// Only users created at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    created_to: Option<String>,
    /// Key by which the list is sorted.
    #[param(value_type = Option<UserSortName>, default = "created_at")]
    sort_by: Option<String>,
    /// Direction of the list; users with the same key follow by id.
    #[param(value_type = Option<SortOrderName>, default = "desc")]
    sort_order: Option<String>,
}

/// A part of the list of users.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserList {
    /// The users of this part of the list.
    items: Vec<UserJson>,
    /// Number of users that match, in all parts.
    total: u64,
    /// Number of users that were skipped.
    skip: u64,
    /// Largest number of users in this answer.
    limit: u64,
}

impl UserList {
    fn sample() -> Self {
        Self { items: vec![UserJson::sample()], total: 1, skip: 0, limit: LIMIT }
    }
}

/// List users
///
/// Users who are not deleted. For administrators.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    params(ListParams),
    responses((status = OK, description = "Part of the list of users", body = UserList, example = json!(UserList::sample()))),
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
        role: fields.one_of("role"),
        is_active: fields.boolean("is_active"),
        is_verified: fields.boolean("is_verified"),
        ..UserFilter::default()
    }
}
