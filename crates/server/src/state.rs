//! The state that all handlers share.

use std::{ops::Deref, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reparto_domain::{Clock, sessions::StoredSecret};
use reparto_store::{Store, StoreError, StoreResult};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{
        passwords::Passwords,
        tokens::{TokenPolicy, Tokens},
    },
    background::wake::Wake,
    config::Config,
    events::hub::FeedHub,
    http::sse::Streams,
    limits::Limiter,
    seal::Keys,
};

/// The service's state; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What is in an [`App`].
pub struct Inner {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The settings.
    pub config: Config,
    /// Signs and verifies access tokens.
    pub tokens: Tokens,
    /// Encrypts what is kept secret in the database, and derives keys.
    pub keys: Keys,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Counts requests.
    pub limiter: Limiter,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Wakes tasks of this process when there is something new.
    pub wake: Wake,
    /// Wakes streams when the feed has new events.
    pub feed: FeedHub,
    /// How many streams each account has open.
    pub streams: Streams,
    /// Cancelled when the service stops: streams end, and background tasks begin nothing new.
    pub stopping: CancellationToken,
}

/// The name under which the signing key is kept.
const JWT_SECRET: &str = "jwt";

/// The name under which the secret is kept from which all other keys are derived.
const SERVICE_SECRET: &str = "service";

fn policy(config: &Config) -> TokenPolicy {
    TokenPolicy {
        lifetime: config.access_lifetime,
        session: config.session_max,
        foreign_max: config.foreign_token_max,
        issuer: config.jwt_issuer.clone(),
        audience: config.jwt_audience.clone(),
    }
}

impl App {
    /// Makes the state. The signing key is that of the settings, else the one in the database, which the first start
    /// stores there.
    pub async fn new(config: Config, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> StoreResult<Self> {
        let key = match &config.jwt_secret {
            Some(secret) => secret.expose_secret().as_bytes().to_vec(),
            None => kept_key(&*store, JWT_SECRET).await?,
        };
        Ok(Self(Arc::new(Inner {
            tokens: Tokens::new(&key, policy(&config)),
            keys: Keys::new(kept_key(&*store, SERVICE_SECRET).await?, config.data_key.as_ref())?,
            passwords: Passwords::default(),
            limiter: Limiter::new(config.limits.clone()),
            store,
            config,
            clock,
            wake: Wake::default(),
            feed: FeedHub::default(),
            streams: Streams::default(),
            stopping: CancellationToken::new(),
        })))
    }

    /// Ends streams and background tasks, which would otherwise keep the service from stopping.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Sleeps, but no longer than until the service stops.
    pub async fn pause(&self, time: Duration) {
        _ = tokio::time::timeout(time, self.stopping.cancelled()).await;
    }
}

async fn kept_key(store: &dyn Store, name: &str) -> StoreResult<Vec<u8>> {
    let candidate = STANDARD.encode(random_bytes::<32>()?);
    let kept =
        store.secret_get_or_create(StoredSecret { name: name.into(), value: SecretString::from(candidate) }).await?;
    STANDARD
        .decode(kept.value.expose_secret())
        .map_err(|_| StoreError::Inconsistent(format!("secrets, name {name}: not base64")))
}

/// Cryptographically random bytes.
pub(crate) fn random_bytes<const N: usize>() -> StoreResult<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::Internal(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("engine", &self.store.engine()).finish_non_exhaustive()
    }
}
