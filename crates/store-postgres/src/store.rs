//! The store: the connection pool, and the state shared by all handles.

use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use reparto_store::{Copying as _, StoreError, StoreResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Options, Statements,
    assignments::groups::Groups,
    engine::{
        errors::{from_pool, unavailable},
        migrate, tls,
        tx::{Conn, Settings},
    },
    events::last_final::LastFinal,
    mirror::{self, Mirror},
    replica,
};

/// A store on a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

/// The state shared by all handles of a store.
pub(crate) struct Inner {
    pool: Pool,
    settings: Settings,
    replica: Option<replica::Replica>,
    /// Notified of every write, so that its deltas are folded into the counts a little later.
    written: Arc<Notify>,
    folding: OnceLock<AbortOnDrop>,
    /// How far the feed is known to be final.
    last_final: LastFinal,
    mirror: Mirror,
    groups: Groups,
    /// How long a request waits for its turn, or for a connection.
    wait: Duration,
}

/// Aborts the task when the store is dropped.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long deltas accumulate before they are folded; not urgent, since readers add them up.
const GATHER: Duration = Duration::from_millis(500);

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").field("pool", &self.inner.pool.status()).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects, and migrates the schema if requested. Replicas may do so concurrently.
    pub async fn connect(options: Options) -> StoreResult<Self> {
        let (config, tls) = prepare(&options.url, &options)?;
        migrate::run(&config, &tls, options.migrate).await?;
        let pool = pool(config, tls.clone(), &options)?;
        let replica = match &options.read_url {
            Some(url) => {
                let (config, tls) = prepare(url, &options)?;
                Some(replica::Replica::new(self::pool(config, tls.clone(), &options)?, tls))
            }
            None => None,
        };
        let written = Arc::new(Notify::new());
        let (statements, patience) = (options.statements, options.patience);
        let settings = Settings { statements, clock: Arc::clone(&options.clock), patience, tls };
        let (folding, notified) = (OnceLock::new(), Arc::clone(&written));
        let (last_final, mirror) = (LastFinal::default(), Mirror::new(options.lists, options.cache_dir.clone()));
        let (groups, wait) = (Groups::new(&options), options.wait);
        let inner = Inner { pool, settings, replica, written, folding, last_final, mirror, groups, wait };
        let store = Self { inner: Arc::new(inner) };
        if !options.unfinished_copy && store.copy_progress().await?.is_some() {
            return Err(StoreError::UnfinishedCopy);
        }
        let task = AbortOnDrop(tokio::spawn(fold(Arc::downgrade(&store.inner), notified)));
        // Cannot fail: nobody else has the store yet.
        let _ = store.inner.folding.set(task);
        if options.lists_at_once {
            mirror::begin(&store).await;
        }
        Ok(store)
    }

    /// Signals a write, whose deltas need folding.
    pub(crate) fn notify_write(&self) {
        self.inner.written.notify_one();
    }

    /// How far the feed is known to be final.
    pub(crate) fn last_final(&self) -> &LastFinal {
        &self.inner.last_final
    }

    /// The mirror for lists.
    pub(crate) fn mirror(&self) -> &Mirror {
        &self.inner.mirror
    }

    /// The bulk requests that wait, and those that are under way.
    pub(crate) fn groups(&self) -> &Groups {
        &self.inner.groups
    }

    /// How long a request waits for its turn, or for a connection.
    pub(crate) fn wait(&self) -> Duration {
        self.inner.wait
    }

    /// A weak reference to this store.
    pub(crate) fn weak(&self) -> Weak<Inner> {
        Arc::downgrade(&self.inner)
    }

    /// The store behind a weak reference, if it still exists.
    pub(crate) fn of(inner: &Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(|inner| Self { inner })
    }

    /// What its connections have in common.
    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// A connection for a transaction.
    pub(crate) async fn begin(&self) -> StoreResult<Conn> {
        let object = self.inner.pool.get().await.map_err(from_pool)?;
        Ok(Conn::beginning(object, &self.inner.settings, "BEGIN"))
    }

    /// A connection for single statements, each its own transaction.
    pub(crate) async fn reader(&self) -> StoreResult<Conn> {
        let object = self.inner.pool.get().await.map_err(from_pool)?;
        Ok(Conn::new(object, &self.inner.settings))
    }

    /// A connection that reads a single snapshot, without time-outs.
    pub(crate) async fn snapshot(&self) -> StoreResult<Conn> {
        let object = self.inner.pool.get().await.map_err(from_pool)?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
            SET LOCAL idle_in_transaction_session_timeout = 0";
        Ok(Conn::beginning(object, &self.inner.settings, begin))
    }

    /// A connection to the replica, if there is one and it has caught up with all earlier writes.
    pub(crate) async fn replica(&self) -> Option<Conn> {
        self.inner.replica.as_ref()?.up_to_date(self).await
    }

    /// The number of requests waiting for a connection, or for their turn.
    pub(crate) fn waiting(&self) -> u64 {
        (self.inner.pool.status().waiting + self.inner.groups.waiting()) as u64
    }

    /// Closes the pool.
    pub(crate) fn shut(&self) {
        self.inner.mirror.close();
        self.inner.pool.close();
        if let Some(replica) = &self.inner.replica {
            replica.close();
        }
    }
}

/// Folds the deltas of this process, a little after they were written. The first process to fold does so for all;
/// deltas left behind by a process that died are folded after the next write.
async fn fold(inner: Weak<Inner>, written: Arc<Notify>) {
    loop {
        written.notified().await;
        tokio::time::sleep(GATHER).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = crate::maintenance::fold(&PostgresStore { inner }).await {
            tracing::debug!(%error, "counts were not folded");
        }
    }
}

/// The configuration from a URL and the options.
fn prepare(url: &SecretString, options: &Options) -> StoreResult<(Config, MakeRustlsConnect)> {
    let (url, tls_options) = tls::split(url.expose_secret())?;
    let mut config: Config = url.parse().map_err(|error| unavailable(&format!("not a database URL: {error}")))?;
    if let Some(host) = tls::unprotected(&config) {
        tracing::warn!(
            host,
            "the connection to the database may not be encrypted: add sslmode=verify-full to its URL, and sslrootcert \
             where its authority is not one of the system's"
        );
    }
    config.connect_timeout(options.connect_timeout).application_name("reparto");
    if options.statements == Statements::Prepared {
        let (statement, lock) = (options.statement_timeout.as_millis(), options.lock_timeout.as_millis());
        let own = config.get_options().unwrap_or_default().to_owned();
        // The URL's own settings come last, so they take precedence.
        config.options(format!("-c statement_timeout={statement} -c lock_timeout={lock} {own}"));
    }
    Ok((config, tls::connector(&tls_options)?))
}

fn pool(config: Config, tls: MakeRustlsConnect, options: &Options) -> StoreResult<Pool> {
    let manager = Manager::from_config(config, tls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(options.pool_size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(options.wait))
        .create_timeout(Some(options.connect_timeout))
        .build()
        .map_err(|error| unavailable(&format!("the pool of connections: {error}")))
}
