//! The first run: whoever has the token that the service printed makes the first administrator.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reparto_domain::{
    Caller, Role, Timestamp, UserId,
    users::{NewUser, Profile},
};
use reparto_store::{Store, StoreResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::pair;
use crate::{
    http::{Incoming, Problem, RequestContext, fields::TEXT_MAX},
    state::{App, random_bytes},
    users::{UserJson, json, profile},
};

/// The longest token that is looked at, in characters.
const TOKEN_TEXT_MAX: usize = 200;

/// Makes a one-time token for a database without any user, of which only the hash is kept there; `None` where a user
/// exists. Every replica has its own, and the first one that is used ends them all.
pub async fn offer(store: &dyn Store, at: Timestamp) -> StoreResult<Option<String>> {
    // Looked up first: a start on a database in use writes nothing.
    if !store.first_run_needed().await? {
        return Ok(None);
    }
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<18>()?);
    let kept = store.first_run_offer(pair::hash(&token), at).await?;
    Ok(kept.then_some(token))
}

/// Whether there is nobody yet who could sign in.
#[derive(Serialize, ToSchema)]
#[schema(as = FirstRun)]
pub(super) struct FirstRunJson {
    /// True while there is no user: the first administrator can be made with the token that the service printed.
    needed: bool,
}

/// Says whether the first administrator is still to be made.
#[utoipa::path(
    get,
    path = "/api/auth/first-run",
    tag = "auth",
    security(()),
    responses((
        status = OK,
        description = "Whether there is no user yet",
        body = FirstRunJson,
        example = json!(FirstRunJson { needed: false })
    ))
)]
pub(super) async fn needed(State(app): State<App>) -> Result<Json<FirstRunJson>, Problem> {
    Ok(Json(FirstRunJson { needed: app.store.first_run_needed().await? }))
}

/// The first administrator.
#[derive(ToSchema)]
#[schema(example = json!({
    "token": "c29tZXRoaW5nIHByaW50ZWQ", "email": "marta.ruiz@example.org", "password": "a long sentence",
    "full_name": "Marta Ruiz"
}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct FirstAdministratorJson {
    /// As the service printed it when it started.
    token: String,
    /// Address to sign in with.
    #[schema(format = Email)]
    email: String,
    /// 8 to 72 characters.
    #[schema(min_length = 8, max_length = 72)]
    password: String,
    /// What the administrator is called.
    full_name: Option<String>,
}

/// Makes the first administrator, while there is no user at all. The token is the one that the service printed when it
/// started; it works once. Counts against the limit of signing in.
#[utoipa::path(
    post,
    path = "/api/auth/first-run",
    tag = "auth",
    security(()),
    request_body = FirstAdministratorJson,
    responses((
        status = CREATED,
        description = "The administrator, who can sign in now",
        body = UserJson,
        example = json!(UserJson::sample())
    )),
    extensions(("x-refusals" = json!(["first_run_token_invalid", "first_run_over"])))
)]
pub(super) async fn create(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let token = fields.required_text("token", TOKEN_TEXT_MAX);
    let (email, password) = (profile::required_email(&mut fields), profile::password(&mut fields));
    let full_name = fields.text("full_name", TEXT_MAX);
    fields.finish()?;
    let Some(email) = email else { return Err(Problem::internal("email was read without a fault and is missing")) };
    // Copied from a terminal, a token may bring blanks along.
    let token = pair::hash(token.trim());
    app.store.first_run_check(token).await?;
    let user = NewUser {
        id: UserId::new(),
        email,
        password: app.passwords.hash(password).await?,
        profile: Profile { full_name, ..Profile::default() },
        role: Role::Admin,
        is_active: true,
        is_verified: true,
    };
    let caller = Caller { origin: context.origin(), ..Caller::system(app.clock.now()) };
    let user = app.store.first_run_create(&caller, token, user).await?;
    Ok(json::answer(StatusCode::CREATED, user))
}
