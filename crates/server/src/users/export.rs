//! Users as a file.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Timestamp,
    page::LIMIT_MAX,
    users::{User, UserFilter, UserQuery, UserSort},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{json::UserJson, list::filter};
use crate::{
    http::{Incoming, Problem, QueryFields, Signed, csv::Csv},
    state::App,
};

/// What the export takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct ExportParams {
    /// `json` (the default) or `csv`.
    format: Option<String>,
    /// A part of the name, the address or the phone; case and accents do not matter.
    search: Option<String>,
    /// The same as `search`.
    q: Option<String>,
    /// With this role: `superuser`, `admin`, `lawyer`, `agent` or `user`.
    role: Option<String>,
    /// Active or not.
    is_active: Option<bool>,
    /// Verified or not.
    is_verified: Option<bool>,
    /// Created at or after this time.
    from_date: Option<String>,
    /// Created at or before this time; a bare date is its last moment.
    to_date: Option<String>,
    /// Users to leave out.
    #[param(minimum = 0, default = 0)]
    skip: Option<u64>,
    /// Users to give.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u64>,
}

/// Users, and what was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserExport {
    /// The users.
    users: Vec<UserJson>,
    /// How many match in all.
    total: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// The parameters that narrowed it.
    #[schema(value_type = Object)]
    filters: Map<String, Value>,
}

impl UserExport {
    fn sample() -> Self {
        let (user, mut filters) = (UserJson::sample(), Map::new());
        filters.insert("role".into(), json!("agent"));
        Self { exported_at: user.created_at, users: vec![user], total: 1, filters }
    }
}

/// The columns of the file, in order.
const COLUMNS: [&str; 16] = [
    "id",
    "email",
    "full_name",
    "first_name",
    "last_name",
    "phone_number",
    "avatar_url",
    "is_active",
    "is_verified",
    "is_superuser",
    "role",
    "preferred_language",
    "daily_lead_quota",
    "last_login",
    "created_at",
    "updated_at",
];

/// Users as JSON, or as a CSV file whatever `Accept` says; cells that a spreadsheet would run begin with an
/// apostrophe. For administrators.
#[utoipa::path(
    get,
    path = "/api/users/export",
    tag = "users",
    params(ExportParams),
    responses((
        status = OK,
        description = "The users",
        headers(("Content-Disposition" = String, description = "The name of the file, for CSV")),
        content(
            (UserExport = "application/json", example = json!(UserExport::sample())),
            (String = "text/csv", example = json!(sample_file()))
        )
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub(super) async fn export(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut fields = incoming.query();
    let read = |format: &str| match format {
        "json" => Some(false),
        "csv" => Some(true),
        _ => None,
    };
    let as_file = fields.named("format", read, || vec!["json", "csv"]).unwrap_or(false);
    let filter = filter(&mut fields);
    let query = UserQuery {
        filter: UserFilter {
            search: fields.search("q").or(filter.search),
            created_from: fields.time("from_date", false),
            created_to: fields.time("to_date", true),
            ..filter
        },
        sort: UserSort::CreatedAt,
        descending: true,
        slice: fields.slice(LIMIT_MAX),
    };
    let filters = asked(&fields);
    fields.finish()?;
    let page = app.store.user_list(query).await?;
    if as_file {
        return file(page.items);
    }
    let users = page.items.into_iter().map(UserJson::from).collect();
    Ok(Json(UserExport { users, total: page.total, exported_at: signed.caller.at, filters }).into_response())
}

/// The parameters that narrowed the export, as they came.
fn asked(fields: &QueryFields) -> Map<String, Value> {
    ["search", "q", "role", "is_active", "is_verified", "from_date", "to_date"]
        .into_iter()
        .filter_map(|name| fields.raw(name).map(|value| (name.to_owned(), json!(value))))
        .collect()
}

fn file(users: Vec<User>) -> Result<Response, Problem> {
    let content = (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"users.csv\""));
    let body = Body::from(rows(users.into_iter().map(UserJson::from))?);
    Ok(([content, name], body).into_response())
}

fn rows(users: impl Iterator<Item = UserJson>) -> Result<Vec<u8>, Problem> {
    let mut csv = Csv::new(&COLUMNS)?;
    for user in users {
        let user = json!(user);
        csv.row(COLUMNS.iter().map(|column| &user[*column]))?;
    }
    csv.finish()
}

fn sample_file() -> String {
    let sample = rows(std::iter::once(UserJson::sample())).unwrap_or_default();
    String::from_utf8(sample).unwrap_or_default()
}
