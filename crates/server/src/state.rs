//! The state that all handlers share.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reparto_domain::{Authority, Clock, Refusal, Timestamp, sessions::StoredSecret};
use reparto_store::{Store, StoreError, StoreResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{
        failures::Failures,
        guesses::Guesses,
        passwords::Passwords,
        tokens::{TokenPolicy, Tokens},
    },
    background::{pace, wake::Wake},
    config::Config,
    events::hub::FeedHub,
    http::sse::Streams,
    limits::Limiter,
    looks::Looks,
    outgoing::Outgoing,
    random::random_bytes,
    seal::{DataKeys, Keys},
    telemetry::Figures,
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
    /// The previous signing key, and until when it is accepted.
    previous: Option<(Vec<u8>, Timestamp)>,
    /// The second in which the signing keys were last read again.
    keys_read: AtomicI64,
    /// Encrypts what is kept secret in the database, and derives keys.
    pub keys: Arc<Keys>,
    /// Counts failed sign-ins that belong to no account.
    pub failures: Arc<Failures>,
    /// Counts guesses at passwords and codes.
    pub guesses: Guesses,
    /// Checks passwords.
    pub passwords: Passwords,
    /// One permit for each request without an account that is worked on.
    pub anonymous: Arc<Semaphore>,
    /// Counts large answers that wait to be sent.
    pub outgoing: Outgoing,
    /// Counts requests.
    pub limiter: Limiter,
    /// The store's figures for the metrics.
    pub statistics: Figures,
    /// Records what is read.
    pub looks: Looks,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Wakes tasks of this process when there is something new.
    pub wake: Arc<Wake>,
    /// Wakes streams when the feed has new events.
    pub feed: Arc<FeedHub>,
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
        let previous = config.jwt_secret_previous.as_ref().map(|secret| {
            let lifetime = config.access_lifetime.max(config.foreign_token_max);
            let until = clock.now().plus_seconds(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
            (secret.expose_secret().as_bytes().to_vec(), until)
        });
        let data_keys = DataKeys { current: config.data_key.as_ref(), other: config.data_key_other.as_ref() };
        let keys = Arc::new(sealing_keys(&*store, data_keys).await?);
        let (wake, stopping) = (Arc::new(Wake::default()), CancellationToken::new());
        let app = Self(Arc::new(Inner {
            previous,
            tokens: Tokens::new(&key, policy(&config)),
            keys_read: AtomicI64::new(0),
            failures: Arc::new(Failures::new(Arc::clone(&store), stopping.clone())),
            guesses: Guesses::new(Arc::clone(&store), Arc::clone(&keys), Arc::clone(&clock)),
            keys,
            passwords: Passwords::new(config.password_wait),
            anonymous: Arc::new(Semaphore::new(config.anonymous_max)),
            outgoing: Outgoing::default(),
            limiter: Limiter::new(config.limits.clone(), config.login_limit.clone()),
            looks: Looks::new(Arc::clone(&store), config.rows_per_minute),
            feed: Arc::new(FeedHub::new(Arc::clone(&store), Arc::clone(&wake), stopping.clone())),
            streams: Streams::new(stopping.clone()),
            store,
            config,
            statistics: Figures::default(),
            clock,
            wake,
            stopping,
        }));
        app.reload_keys().await?;
        Ok(app)
    }

    /// Reads the signing keys again, which another process may have replaced. Keys of the settings stay.
    pub async fn reload_keys(&self) -> StoreResult<()> {
        let mut before: Vec<_> = self.previous.iter().cloned().collect();
        let key = if let Some(secret) = &self.config.jwt_secret {
            secret.expose_secret().as_bytes().to_vec()
        } else {
            for (secret, until) in self.store.secret_predecessors(JWT_SECRET, self.clock.now()).await? {
                before.push((decoded(&secret)?, until));
            }
            kept_key(&*self.store, JWT_SECRET).await?
        };
        self.tokens.use_keys(&key, &before);
        Ok(())
    }

    /// The authority of a request with this token. A token whose signature is not known may be signed by a key that
    /// another process has made: the keys are read again, at most once a second.
    pub async fn authority(&self, token: &str, now: Timestamp) -> Result<Authority, Refusal> {
        let verified = self.tokens.verify(token, now);
        let last = self.keys_read.load(Ordering::Relaxed);
        let may_read = verified.is_err() && self.config.jwt_secret.is_none() && last != now.seconds();
        if !may_read || self.keys_read.swap(now.seconds(), Ordering::Relaxed) == now.seconds() {
            return verified;
        }
        if let Err(error) = self.reload_keys().await {
            tracing::debug!(%error, "the signing keys could not be read again");
        }
        self.tokens.verify(token, now)
    }

    /// Ends streams and background tasks, which would otherwise keep the service from stopping.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Sleeps, but no longer than until the service stops.
    pub async fn pause(&self, time: Duration) {
        pace::pause(&self.stopping, time).await;
    }
}

async fn kept_key(store: &dyn Store, name: &str) -> StoreResult<Vec<u8>> {
    let candidate = STANDARD.encode(random_bytes::<32>()?);
    let kept =
        store.secret_get_or_create(StoredSecret { name: name.into(), value: SecretString::from(candidate) }).await?;
    decoded(&kept)
}

fn decoded(secret: &StoredSecret) -> StoreResult<Vec<u8>> {
    STANDARD
        .decode(secret.value.expose_secret())
        .map_err(|_| StoreError::Inconsistent(format!("secrets, name {}: not base64", secret.name)))
}

/// Replaces the key that signs access tokens, for all processes on a database. The one before is accepted for so long;
/// `None`: not at all.
pub async fn rotate_key(store: &dyn Store, now: Timestamp, accepted_for: Option<Duration>) -> StoreResult<()> {
    // There is one to replace, also where the service has never run.
    kept_key(store, JWT_SECRET).await?;
    let value = SecretString::from(STANDARD.encode(random_bytes::<32>()?));
    let until = accepted_for.map(|time| now.plus_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)));
    store.secret_replace(StoredSecret { name: JWT_SECRET.into(), value }, until).await
}

/// The keys that encrypt secrets of webhooks and second factors in a database, with those of the settings.
pub async fn sealing_keys(store: &dyn Store, data_keys: DataKeys<'_>) -> StoreResult<Keys> {
    Keys::new(kept_key(store, SERVICE_SECRET).await?, data_keys)
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
