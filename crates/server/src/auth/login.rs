//! Signing in.

use std::time::Duration;

use axum::{extract::State, response::Response};
use reparto_domain::{
    Refusal, SessionId, Timestamp,
    guessing::Outcome,
    second_factor::{Proof, SealedSecret},
    sessions::OpenSession,
    values::EmailAddress,
};
use reparto_store::StoreError;
use secrecy::SecretString;
use serde_json::json;

use super::{
    cookie::Delivery,
    pair::{self, RefreshToken, TokenPair},
    totp,
};
use crate::{
    http::{
        Incoming, Problem, RequestContext,
        body::{optional, request_body, required, secret, text},
    },
    seal::Purpose,
    state::App,
};

/// How long recording a failure takes, as far as clients can tell: longer than it really does.
const RECORDING: Duration = Duration::from_millis(25);

/// The longest code of a second factor that is read, in characters.
const CODE_TEXT_MAX: usize = 64;

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
        /// Code of the second factor, or a recovery code, where the account has one.
        totp_code: Option<String> = optional(text(CODE_TEXT_MAX)),
    }
}

/// Sign in
///
/// Signs in with email address and password, and answers with a pair of tokens. An account with a second factor gets
/// 401 `totp_required` for the right password alone: the same request with `totp_code` signs in. A password that
/// somebody else set gets a token that is good for `POST /api/users/me/password` alone, and no refresh token.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    security(()),
    request_body = LoginBody,
    responses((status = OK, description = "A new pair of tokens", body = TokenPair, example = json!(TokenPair::sample()))),
    extensions(("x-refusals" = json!([
        "credentials_invalid", "totp_required", "totp_code_wrong", "sign_in_paused", "sign_in_busy"
    ])))
)]
pub(super) async fn login(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let delivery = Delivery::asked(&app, &incoming.parts.headers);
    let (body, _permit) = incoming.anonymous::<LoginBody>(&app).await?;
    let body = body?;
    let at = app.clock.now();
    let tried = body.email.clone();
    let guessing = app.guesses.begin(&context, &body.email).await?;
    match open(&app, &context, body, at, delivery).await {
        Ok(answer) => {
            app.guesses.settle(guessing, Outcome::Right).await;
            Ok(answer)
        }
        Err(Problem::Refused(refusal @ (Refusal::CredentialsInvalid | Refusal::TotpCodeWrong))) => {
            // Whether it takes a write says whether there is such an account: nobody waits for less than this.
            let same_time = tokio::time::sleep(RECORDING);
            if !app.store.session_failed(&tried, context.origin(), at).await? {
                app.failures.record(&context, at).await;
            }
            same_time.await;
            Err(refusal.into())
        }
        Err(problem) => {
            app.guesses.settle(guessing, Outcome::Void).await;
            Err(problem)
        }
    }
}

/// Opens a session for the right password. An invalid or unknown address takes as much time as a wrong password.
async fn open(
    app: &App,
    context: &RequestContext,
    body: LoginBody,
    at: Timestamp,
    delivery: Delivery,
) -> Result<Response, Problem> {
    let credentials = match EmailAddress::new(&body.email) {
        Some(email) => app.store.session_credentials(&email).await?,
        None => None,
    };
    let hash = credentials.as_ref().map(|credentials| credentials.password.clone());
    let right = app.passwords.verify(body.password, hash).await?;
    let Some(credentials) = credentials.filter(|_| right) else {
        return Err(Refusal::CredentialsInvalid.into());
    };
    let second_factor = match &credentials.second_factor {
        Some(sealed) => Some(proof(app, sealed, body.totp_code.as_deref(), at)?),
        None => None,
    };
    let token = RefreshToken::new()?;
    let command = OpenSession {
        id: SessionId::new(),
        user: credentials.user,
        password: credentials.password,
        second_factor,
        token: token.hash(),
        expires_at: pair::first_expires(app, at),
        origin: context.origin(),
        at,
    };
    let signed_in = app.store.session_open(command).await.map_err(|error| match error {
        error @ StoreError::Refused(Refusal::TotpRequired | Refusal::TotpCodeWrong) => error,
        // The user was deactivated, or got another password, after the password was checked.
        StoreError::Refused(_) => StoreError::Refused(Refusal::CredentialsInvalid),
        other => other,
    })?;
    pair::answer(app, &signed_in, token, at, delivery)
}

/// What was shown of the second factor.
fn proof(app: &App, sealed: &SealedSecret, code: Option<&str>, at: Timestamp) -> Result<Proof, Problem> {
    let code = code.ok_or(Refusal::TotpRequired)?;
    let secret = app.keys.open(Purpose::SecondFactor, &sealed.0)?;
    totp::proof(&secret, code, at).ok_or_else(|| Refusal::TotpCodeWrong.into())
}
