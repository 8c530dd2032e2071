//! Signing in.

use axum::{extract::State, response::Response};
use reparto_domain::{Refusal, SessionId, Timestamp, sessions::OpenSession, values::EmailAddress};
use reparto_store::StoreError;
use secrecy::SecretString;
use serde_json::json;

use super::pair::{self, RefreshToken, TokenPair};
use crate::{
    http::{
        Incoming, Problem, RequestContext,
        body::{request_body, required, secret, text},
    },
    state::App,
};

/// Longest part of a failed address that is kept, in characters.
const TRIED_MAX: usize = 254;

/// The longest address that is read, in characters.
const EMAIL_TEXT_MAX: usize = 1_000;

request_body! {
    /// Credentials of a user.
    #[example(json!({"email": "admin@example.org", "password": "a long sentence"}))]
    pub(super) struct LoginBody {
        /// Email address of the account; its case does not matter.
        email: String = required(text(EMAIL_TEXT_MAX)),
        /// Password of the account.
        password: SecretString = required(secret()),
    }
}

/// Sign in
///
/// Signs in with email address and password, and answers with a pair of tokens.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    security(()),
    request_body = LoginBody,
    responses((status = OK, description = "A new pair of tokens", body = TokenPair, example = json!(TokenPair::sample()))),
    extensions(("x-refusals" = json!(["credentials_invalid"])))
)]
pub(super) async fn login(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let (body, _permit) = incoming.anonymous::<LoginBody>(&app).await?;
    let LoginBody { email, password } = body?;
    let at = app.clock.now();
    match open(&app, &context, &email, password, at).await {
        Err(Problem::Refused(Refusal::CredentialsInvalid)) => {
            let tried: String = email.chars().take(TRIED_MAX).collect();
            app.store.session_failed(&tried, context.origin(), at).await?;
            Err(Refusal::CredentialsInvalid.into())
        }
        answer => answer,
    }
}

/// Opens a session for the right password. An invalid or unknown address takes as much time as a wrong password.
async fn open(
    app: &App,
    context: &RequestContext,
    email: &str,
    password: SecretString,
    at: Timestamp,
) -> Result<Response, Problem> {
    let credentials = match EmailAddress::new(email) {
        Some(email) => app.store.session_credentials(&email).await?,
        None => None,
    };
    let hash = credentials.as_ref().map(|credentials| credentials.password.clone());
    let right = app.passwords.verify(password, hash).await?;
    let Some(credentials) = credentials.filter(|_| right) else {
        return Err(Refusal::CredentialsInvalid.into());
    };
    let token = RefreshToken::new()?;
    let command = OpenSession {
        id: SessionId::new(),
        user: credentials.user,
        password: credentials.password,
        token: token.hash(),
        expires_at: at.plus_seconds(pair::refresh_lifetime(app)),
        origin: context.origin(),
        at,
    };
    let signed_in = app.store.session_open(command).await.map_err(|error| match error {
        // The user was deactivated, or got another password, after the password was checked.
        StoreError::Refused(_) => StoreError::Refused(Refusal::CredentialsInvalid),
        other => other,
    })?;
    pair::answer(app, &signed_in, token, at)
}
