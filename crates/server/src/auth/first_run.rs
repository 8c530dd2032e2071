//! The first run: the first administrator is created with the one-time token that the service printed.

use axum::{extract::State, http::StatusCode, response::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reparto_domain::{
    Caller, Role, Timestamp, UserId,
    users::{NewUser, Profile},
    values::EmailAddress,
};
use reparto_store::{Store, StoreResult};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::pair;
use crate::{
    http::{
        Incoming, Json, Problem, RequestContext,
        body::{email, kinds::TEXT_MAX, optional, request_body, required, text},
    },
    random::random_bytes,
    state::App,
    users::{self, UserJson, profile::password},
};

/// The longest token that is read, in characters.
const TOKEN_TEXT_MAX: usize = 200;

/// Makes a one-time token for a database without users, which keeps only its hash; `None` where a user exists. Every
/// replica has its own token; the first one that is used invalidates the others.
pub async fn offer(store: &dyn Store, at: Timestamp) -> StoreResult<Option<String>> {
    // Looked up first: a start on a database in use writes nothing.
    if !store.first_run_needed().await? {
        return Ok(None);
    }
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<18>()?);
    let kept = store.first_run_offer(pair::hash(&token), at).await?;
    Ok(kept.then_some(token))
}

/// Whether the service still waits for its first administrator.
#[derive(Serialize, ToSchema)]
#[schema(as = FirstRun)]
pub(super) struct FirstRunJson {
    /// True while there is no user: the first administrator can be created with the token that the service
    /// printed.
    needed: bool,
}

/// Tell whether the first administrator is missing
///
/// While there is no user, the first administrator can be created with the one-time token that the service printed
/// when it started.
#[utoipa::path(
    get,
    path = "/api/auth/first-run",
    tag = "auth",
    security(()),
    responses((
        status = OK,
        description = "Whether the first administrator is missing",
        body = FirstRunJson,
        example = json!(FirstRunJson { needed: false })
    ))
)]
pub(super) async fn needed(State(app): State<App>) -> Result<Json<FirstRunJson>, Problem> {
    Ok(Json(FirstRunJson { needed: app.store.first_run_needed().await? }))
}

request_body! {
    /// The first administrator to create.
    #[example(json!({
        "token": "c29tZXRoaW5nIHByaW50ZWQ", "email": "marta.ruiz@example.org", "password": "a long sentence",
        "full_name": "Marta Ruiz"
    }))]
    pub(super) struct FirstAdministratorBody {
        /// The one-time token, as the service printed it when it started.
        token: String = required(text(TOKEN_TEXT_MAX)),
        /// Email address to sign in with.
        email: EmailAddress = required(email()),
        /// The password: 8 to 128 characters, none of the commonest, and not the email address.
        password: SecretString = required(password()),
        /// Full name of the administrator.
        full_name: Option<String> = optional(text(TEXT_MAX)),
    }
}

/// Create the first administrator
///
/// Works while there is no user at all, with the one-time token that the service printed when it started. Counts
/// against the limit for sign-ins.
#[utoipa::path(
    post,
    path = "/api/auth/first-run",
    tag = "auth",
    security(()),
    request_body = FirstAdministratorBody,
    responses((
        status = CREATED,
        description = "The administrator, who can sign in now",
        body = UserJson,
        example = json!(UserJson::sample())
    )),
    extensions(("x-refusals" = json!([
        "first_run_token_invalid", "first_run_over", "password_too_common", "sign_in_busy"
    ])))
)]
pub(super) async fn create(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let (body, _permit) = incoming.anonymous::<FirstAdministratorBody>(&app).await?;
    let body = body?;
    // Copied from a terminal, a token may bring blanks along; the field trims them.
    let token = pair::hash(&body.token);
    app.store.first_run_check(token, app.clock.now()).await?;
    let user = NewUser {
        id: UserId::new(),
        password: app.passwords.choose(body.password, body.email.as_str(), "password").await?,
        email: body.email,
        profile: Profile { full_name: body.full_name, ..Profile::default() },
        role: Role::Admin,
        is_active: true,
        is_verified: true,
    };
    let caller = Caller { origin: context.origin(), ..Caller::system(app.clock.now()) };
    let user = app.store.first_run_create(&caller, token, user).await?;
    Ok(users::json::answer(StatusCode::CREATED, user))
}
