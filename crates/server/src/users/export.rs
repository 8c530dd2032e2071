//! Users as a file.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Timestamp,
    audit::Looked,
    page::LIMIT_MAX,
    spreadsheet::Separator,
    users::{User, UserFilter, UserQuery, UserSort},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{json::UserJson, list::filter};
use crate::{
    http::{
        Incoming, Json, Problem, QueryFields, Signed,
        csv::{self, Csv},
        names::{FORMATS, FormatName, RoleName, SeparatorName, TimeOrDate},
    },
    state::App,
};

/// Parameters of the export.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct ExportParams {
    /// Format of the export: `json`, or `csv` as a file.
    #[param(value_type = Option<FormatName>, default = "json")]
    format: Option<String>,
    /// What stands between the cells of a CSV file: `comma`, or `semicolon` as spreadsheets expect it in Spain.
    #[param(value_type = Option<SeparatorName>, default = "comma")]
    separator: Option<String>,
    /// Part of the name, the email address or the phone number; case and accents do not matter.
    #[param(max_length = 255)]
    search: Option<String>,
    /// Another name of `search`, which it overrides.
    #[param(max_length = 255)]
    q: Option<String>,
    /// Only users with this role.
    #[param(value_type = Option<RoleName>)]
    role: Option<String>,
    /// Only active users (true) or only inactive ones (false).
    is_active: Option<bool>,
    /// Only users whose email address is verified (true) or is not (false).
    is_verified: Option<bool>,
    /// Only users created at or after this time.
    #[param(value_type = Option<TimeOrDate>)]
    from_date: Option<String>,
    /// Only users created at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    to_date: Option<String>,
    /// Number of users to skip before the first one of the answer.
    #[param(minimum = 0, default = 0)]
    skip: Option<u64>,
    /// Largest number of users in the answer, 1 to 1,000.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u64>,
}

/// Exported users, with the parameters of the export.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserExport {
    /// The users of the export, newest first.
    users: Vec<UserJson>,
    /// Number of users that match, exported or not.
    total: u64,
    /// When the export was made.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// The parameters that limited the export, as they were sent.
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

/// The parameters that limit the export.
const FILTERS: [&str; 7] = ["search", "q", "role", "is_active", "is_verified", "from_date", "to_date"];

/// Export users
///
/// As JSON, or as a CSV file whatever `Accept` says, with a byte-order mark. Cells that a spreadsheet would run begin
/// with an apostrophe.
/// For administrators.
#[utoipa::path(
    get,
    path = "/api/users/export",
    tag = "users",
    params(ExportParams),
    responses((
        status = OK,
        description = "The users that match",
        headers(("Content-Disposition" = String, description = "Name of the file, for CSV only")),
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
    let as_file = fields.named("format", read, || FORMATS.to_vec()).unwrap_or(false);
    let separator = csv::separator(&mut fields);
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
    let filters = sent_filters(&fields);
    let sent = fields.sent(FILTERS);
    fields.finish()?;
    let page = app.store.user_list(query).await?;
    app.looks.record(&signed.caller, Looked::UserExport, page.items.len(), sent).await?;
    if as_file {
        return Ok(file(page.items, separator));
    }
    let users = page.items.into_iter().map(UserJson::from).collect();
    Ok(Json(UserExport { users, total: page.total, exported_at: signed.caller.at, filters }).into_response())
}

/// The parameters that limit the export, as they were sent.
fn sent_filters(fields: &QueryFields) -> Map<String, Value> {
    FILTERS.into_iter().filter_map(|name| fields.raw(name).map(|value| (name.to_owned(), json!(value)))).collect()
}

fn file(users: Vec<User>, separator: Separator) -> Response {
    csv::file(Body::from(rows(users.into_iter().map(UserJson::from), separator)), "users")
}

fn rows(users: impl Iterator<Item = UserJson>, separator: Separator) -> Vec<u8> {
    let mut csv = Csv::new(separator, &COLUMNS);
    for user in users {
        let user = json!(user);
        csv.row(COLUMNS.iter().map(|column| &user[*column]));
    }
    csv.finish()
}

fn sample_file() -> String {
    String::from_utf8(rows(std::iter::once(UserJson::sample()), Separator::Comma)).unwrap_or_default()
}
