//! The store: the pool of connections, and what all handles on it share.

use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use reparto_domain::Clock;
use reparto_store::{Copying as _, StoreError, StoreResult};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Options, Statements,
    engine::{
        errors::{from_pool, unavailable},
        migrate, tls,
        tx::Conn,
    },
    feed::settled::Settled,
    mirror::Mirror,
    replica,
};

/// A store on a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

/// What all handles on a store share.
pub(crate) struct Inner {
    pool: Pool,
    pub(crate) tls: MakeRustlsConnect,
    replica: Option<replica::Replica>,
    pub(crate) statements: Statements,
    pub(crate) clock: Arc<dyn Clock>,
    /// Told of every write, so that its deltas are folded into the counts a little later.
    written: Arc<Notify>,
    folding: OnceLock<AbortOnDrop>,
    /// Up to where the feed is known to be final.
    settled: Settled,
    mirror: Mirror,
}

/// Ends the task with the store.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long deltas gather before they are folded: readers add them up, so there is no haste.
const GATHER: Duration = Duration::from_millis(500);

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").field("pool", &self.inner.pool.status()).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects, and brings the schema up to date where that is wished. Replicas may do so at once.
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
        let (statements, clock) = (options.statements, Arc::clone(&options.clock));
        let (folding, told) = (OnceLock::new(), Arc::clone(&written));
        let (settled, mirror) = (Settled::default(), Mirror::new(options.lists));
        let store = Self {
            inner: Arc::new(Inner { pool, tls, replica, statements, clock, written, folding, settled, mirror }),
        };
        if !options.unfinished_copy && store.copy_progress().await?.is_some() {
            return Err(StoreError::UnfinishedCopy);
        }
        let task = AbortOnDrop(tokio::spawn(fold(Arc::downgrade(&store.inner), told)));
        // Set once: nobody else has the store yet.
        let _ = store.inner.folding.set(task);
        Ok(store)
    }

    /// Says that something was written: its deltas are to be folded.
    pub(crate) fn wrote(&self) {
        self.inner.written.notify_one();
    }

    /// Up to where the feed is known to be final.
    pub(crate) fn settled(&self) -> &Settled {
        &self.inner.settled
    }

    /// What lists are found in.
    pub(crate) fn mirror(&self) -> &Mirror {
        &self.inner.mirror
    }

    /// This store, without keeping it open.
    pub(crate) fn weak(&self) -> Weak<Inner> {
        Arc::downgrade(&self.inner)
    }

    /// The store, if it is still there.
    pub(crate) fn of(inner: &Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(|inner| Self { inner })
    }

    /// What all handles share.
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// A connection on which a transaction begins.
    pub(crate) async fn begin(&self) -> StoreResult<Conn> {
        let object = self.inner.pool.get().await.map_err(from_pool)?;
        Ok(Conn::beginning(object, &self.inner, "BEGIN"))
    }

    /// A connection for single statements, each its own transaction.
    pub(crate) async fn reader(&self) -> StoreResult<Conn> {
        let object = self.inner.pool.get().await.map_err(from_pool)?;
        Ok(Conn::new(object, &self.inner))
    }

    /// A connection on which all that is read is of one moment, however long it takes.
    pub(crate) async fn snapshot(&self) -> StoreResult<Conn> {
        let object = self.inner.pool.get().await.map_err(from_pool)?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
            SET LOCAL idle_in_transaction_session_timeout = 0";
        Ok(Conn::beginning(object, &self.inner, begin))
    }

    /// A connection to the replica, where there is one and all can be read there that was written before.
    pub(crate) async fn replica(&self) -> Option<Conn> {
        self.inner.replica.as_ref()?.up_to_date(self).await
    }

    /// How many requests wait for a connection.
    pub(crate) fn waiting(&self) -> u64 {
        self.inner.pool.status().waiting as u64
    }

    /// Hands out no more connections.
    pub(crate) fn shut(&self) {
        self.inner.mirror.close();
        self.inner.pool.close();
        if let Some(replica) = &self.inner.replica {
            replica.close();
        }
    }
}

/// Folds what this process has written, a little after it was. Whoever is first folds for all; what a process that
/// died left behind is folded by the next that writes.
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

/// What a URL and the options come to.
fn prepare(url: &SecretString, options: &Options) -> StoreResult<(Config, MakeRustlsConnect)> {
    let (url, wishes) = tls::split(url.expose_secret());
    let mut config: Config = url.parse().map_err(|error| unavailable(&format!("not a database URL: {error}")))?;
    config.connect_timeout(options.connect_timeout).application_name("reparto");
    if options.statements == Statements::Prepared {
        let (statement, lock) = (options.statement_timeout.as_millis(), options.lock_timeout.as_millis());
        let own = config.get_options().unwrap_or_default().to_owned();
        // What the URL itself sets comes last, and so wins.
        config.options(format!("-c statement_timeout={statement} -c lock_timeout={lock} {own}"));
    }
    Ok((config, tls::connector(&wishes)?))
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
