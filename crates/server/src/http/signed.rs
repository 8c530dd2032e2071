//! The authenticated caller: the bearer token, checked against the user as they are now.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use reparto_domain::{Authority, Caller, Refusal, Viewer};
use reparto_store::{StoreError, StoreResult};

use super::{Problem, RequestContext};
use crate::{spans, state::App};

/// A request with a valid token: its user exists, is active, and has these rights at this moment. Store methods that
/// write check again, in their transaction.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The caller, with origin and time, for store methods that write.
    pub caller: Caller,
    /// The caller with the present role, for store methods that read.
    pub viewer: Viewer,
    /// What is known of the request.
    pub context: RequestContext,
}

impl Signed {
    /// Refuses everyone but staff.
    pub fn staff(&self) -> Result<(), Problem> {
        if self.viewer.role.is_staff() { Ok(()) } else { Err(Refusal::StaffOnly.into()) }
    }

    /// Refuses everyone but administrators.
    pub fn administrator(&self) -> Result<(), Problem> {
        self.administrator_or(Refusal::AdministratorsOnly)
    }

    /// Refuses everyone but administrators with this refusal.
    pub fn administrator_or(&self, refusal: Refusal) -> Result<(), Problem> {
        if self.viewer.role.is_administrator() { Ok(()) } else { Err(refusal.into()) }
    }
}

/// The rights of a client whose answer is a stream, checked again and again.
#[derive(Debug, Clone)]
pub struct Rights {
    app: App,
    token: String,
}

impl Rights {
    /// The rights of the user of these headers.
    pub fn new(app: &App, headers: &HeaderMap) -> Self {
        Self { app: app.clone(), token: bearer(headers).unwrap_or_default().to_owned() }
    }

    /// The user as they are now; `None` where the token is no longer valid.
    pub async fn now(&self) -> StoreResult<Option<Viewer>> {
        let Ok(authority) = self.app.authority(&self.token, self.app.clock.now()).await else { return Ok(None) };
        match self.app.store.account_standing(&authority).await {
            Ok(standing) if standing.lacking(&authority, self.app.config.require_totp).is_none() => {
                Ok(Some(standing.viewer))
            }
            Ok(_) | Err(StoreError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The token of an `Authorization: Bearer …` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// A signed request, and what its user has to do first.
async fn sign(parts: &mut Parts, app: &App) -> Result<(Signed, Option<Refusal>), Problem> {
    Presented::from_request_parts(parts, app).await?.sign(app).await
}

/// A request with a token whose signature and dates are valid. Its user was not looked up: for a write that checks all
/// that [`Signed`] stands for in its transaction, which spares a query.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The caller, with origin and time.
    pub caller: Caller,
    /// What is known of the request.
    pub context: RequestContext,
}

impl Presented {
    /// Looks the user up, as [`Signed`] does.
    pub async fn look_up(self, app: &App) -> Result<Signed, Problem> {
        match self.sign(app).await? {
            (signed, None) => Ok(signed),
            (_, Some(lacking)) => Err(lacking.into()),
        }
    }

    async fn sign(self, app: &App) -> Result<(Signed, Option<Refusal>), Problem> {
        let Self { caller, context } = self;
        let standing = app.store.account_standing(&caller.authority).await?;
        let lacking = standing.lacking(&caller.authority, app.config.require_totp);
        Ok((Signed { caller, viewer: standing.viewer, context }, lacking))
    }
}

impl FromRequestParts<App> for Presented {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let context = RequestContext::from_request_parts(parts, app).await.unwrap_or_else(|never| match never {});
        let Some(token) = bearer(&parts.headers) else { return Err(Refusal::TokenMissing.into()) };
        let at = app.clock.now();
        // The layer that limits rates has verified the signature already, where it ran.
        let authority: Authority = match parts.extensions.get::<Authority>() {
            Some(authority) => *authority,
            None => app.authority(token, at).await?,
        };
        if let Authority::User { id, .. } = authority {
            spans::record_user(id);
        }
        Ok(Self { caller: Caller { authority, origin: context.origin(), at }, context })
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match sign(parts, app).await? {
            (signed, None) => Ok(signed),
            (_, Some(lacking)) => Err(lacking.into()),
        }
    }
}

/// As [`Signed`], but also for who has to change the password before anything else.
#[derive(Debug, Clone)]
pub struct SignedForPassword(pub Signed);

impl FromRequestParts<App> for SignedForPassword {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match sign(parts, app).await? {
            (signed, None | Some(Refusal::PasswordMustChange)) => Ok(Self(signed)),
            (_, Some(lacking)) => Err(lacking.into()),
        }
    }
}

/// As [`Signed`], but also for who has to set up a second factor before anything else.
#[derive(Debug, Clone)]
pub struct SignedForTotp(pub Signed);

impl FromRequestParts<App> for SignedForTotp {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match sign(parts, app).await? {
            (signed, None | Some(Refusal::TotpSetUpRequired)) => Ok(Self(signed)),
            (_, Some(lacking)) => Err(lacking.into()),
        }
    }
}
