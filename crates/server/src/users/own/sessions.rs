//! One's own sessions.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use reparto_domain::{Refusal, SessionId, Timestamp, sessions::OpenedSession};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{Json, PathId, Problem, Signed},
    state::App,
};

/// A session that has not ended: a browser or a program that is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(in crate::users) struct SessionJson {
    /// Id of the session, the `sid` of its access tokens.
    #[schema(value_type = String, format = Uuid)]
    id: SessionId,
    /// When its user signed in.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The last sign-in or refresh of it.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// The address of the last use.
    ip_address: Option<String>,
    /// What the client called itself then.
    user_agent: Option<String>,
    /// Whether the request belongs to this session.
    current: bool,
}

impl SessionJson {
    fn new(session: OpenedSession, current: Option<SessionId>) -> Self {
        Self {
            current: current == Some(session.id),
            id: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            ip_address: session.ip_address,
            user_agent: session.user_agent,
        }
    }

    fn sample() -> Self {
        let at = Timestamp::from_seconds(1_768_467_600);
        let id = SessionId::from_uuid(uuid::uuid!("0190a6e0-7c1b-7abc-8def-0123456789ab"));
        let session = OpenedSession {
            id,
            created_at: at,
            last_used_at: at,
            ip_address: Some("192.0.2.10".into()),
            user_agent: Some("Mozilla/5.0".into()),
        };
        Self::new(session, Some(id))
    }
}

/// List the own sessions
///
/// Where the user is signed in, last used first.
#[utoipa::path(
    get,
    path = "/api/users/me/sessions",
    tag = "users",
    responses((
        status = OK,
        description = "The sessions, last used first",
        body = Vec<SessionJson>,
        example = json!([SessionJson::sample()])
    ))
)]
pub(in crate::users) async fn list_sessions(State(app): State<App>, signed: Signed) -> Result<Response, Problem> {
    let longest = i64::try_from(app.config.session_max.as_secs()).unwrap_or(i64::MAX);
    let sessions = app.store.account_sessions(&signed.caller, signed.caller.at.plus_seconds(-longest)).await?;
    let current = signed.caller.session();
    Ok(Json(sessions.into_iter().map(|session| SessionJson::new(session, current)).collect::<Vec<_>>()).into_response())
}

/// End one of the own sessions
///
/// Its refresh token and its access tokens are refused from now on.
#[utoipa::path(
    delete,
    path = "/api/users/me/sessions/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the session")),
    responses((status = NO_CONTENT, description = "The session has ended")),
    extensions(("x-refusals" = json!(["session_not_found"])))
)]
pub(in crate::users) async fn end_session(
    State(app): State<App>,
    signed: Signed,
    id: PathId<SessionId>,
) -> Result<StatusCode, Problem> {
    app.store.account_end_session(&signed.caller, id.or(Refusal::SessionNotFound)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
