//! Users as a file.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use futures::stream;
use reparto_domain::{
    Timestamp,
    audit::Looked,
    headings::USERS,
    page::LIMIT_MAX,
    users::{User, UserFilter, UserQuery, UserSort},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{json::UserJson, list::filter};
use crate::{
    http::{
        Incoming, Json, Problem, QueryFields, Signed,
        files::{self, FileLayout, Format},
        names::{FileFormatName, HeadersName, RoleName, SeparatorName, TimeOrDate},
    },
    state::App,
};

/// Parameters of the export.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters in the API document")]
struct ExportParams {
    /// Format of the export: `json`, or as a file `csv`, or `xlsx` for Excel.
    #[param(value_type = Option<FileFormatName>, default = "json")]
    format: Option<String>,
    /// What stands between the cells of a CSV file: `comma`, or `semicolon` as spreadsheets expect it in Spain.
    #[param(value_type = Option<SeparatorName>, default = "comma")]
    separator: Option<String>,
    /// In what the columns of a file are named: `fixed` names for programs, or `translated` to the language of the
    /// answer. The default is `translated` where `Accept-Language` names one, else `fixed`.
    #[param(value_type = Option<HeadersName>)]
    headers: Option<String>,
    /// Time zone of the times in a file, as in `Europe/Madrid`; in UTC where it is not given.
    time_zone: Option<String>,
    /// Words of the name, the email address or the phone number, or parts of them, in any order; case, accents and
    /// punctuation do not matter, nor does how a number is written.
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

/// The parameters that limit the export.
const FILTERS: [&str; 7] = ["search", "q", "role", "is_active", "is_verified", "from_date", "to_date"];

/// Export users
///
/// As JSON, or as a file whatever `Accept` says: CSV with a byte-order mark, in which cells that a spreadsheet would run
/// begin with an apostrophe, or an Excel workbook.
/// For administrators.
#[utoipa::path(
    get,
    path = "/api/users/export",
    tag = "users",
    params(ExportParams),
    responses((
        status = OK,
        description = "The users that match",
        headers(("Content-Disposition" = String, description = "Name of the file, for files only")),
        content(
            (UserExport = "application/json", example = json!(UserExport::sample())),
            (String = "text/csv", example = json!("id,email,full_name\r\n0190a6e0-7c1b-7abc-8def-012345678901,ana@example.org,Ana García\r\n")),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", example = json!("PK"))
        )
    )),
    extensions(("x-refusals" = json!(["administrators_only"])))
)]
pub(super) async fn export(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut fields = incoming.query();
    let layout = FileLayout::read(&mut fields, &signed.context, &incoming.parts.headers);
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
    if layout.format != Format::Json {
        let rows = page.items.into_iter().map(cells).collect();
        return files::table(layout, &USERS, "users", stream::iter([Ok(rows)])).await;
    }
    let users = page.items.into_iter().map(UserJson::from).collect();
    Ok(Json(UserExport { users, total: page.total, exported_at: signed.caller.at, filters }).into_response())
}

/// The parameters that limit the export, as they were sent.
fn sent_filters(fields: &QueryFields) -> Map<String, Value> {
    FILTERS.into_iter().filter_map(|name| fields.raw(name).map(|value| (name.to_owned(), json!(value)))).collect()
}

/// The cells of a row, as the API names its values.
fn cells(user: User) -> Vec<String> {
    let user = json!(UserJson::from(user));
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    USERS.iter().map(|column| text(&user[column.name])).collect()
}
