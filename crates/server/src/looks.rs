//! Who looked: exports, downloads, the audit log and long lists are recorded before they are answered. A look that cannot
//! be recorded is not answered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reparto_domain::{
    Caller, Clock, Timestamp, UserId,
    audit::{Look, Looked, RowsRead},
};
use reparto_store::{Store, StoreResult};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::background::pace::pause;

/// The time within which an account's equal looks at the audit log share an entry, in seconds: a page that is kept up to
/// date would otherwise fill the log with itself.
const SHARED: i64 = 60;

/// How often entries that are due are written without another request.
const EVERY: Duration = Duration::from_secs(10);

/// Records looks, and knows those of this process that are recorded together.
pub struct Looks {
    store: Arc<dyn Store>,
    rows_per_minute: u64,
    lists: Mutex<HashMap<UserId, Account>>,
    shared: Mutex<HashMap<(UserId, String), Timestamp>>,
}

/// The rows that an account has read in lists, and its last list.
#[derive(Debug)]
struct Account {
    rows: RowsRead,
    caller: Caller,
    looked: Looked,
    filter: Map<String, Value>,
}

impl Account {
    fn look(&self, count: u64) -> (Caller, Look) {
        (self.caller.clone(), Look { looked: self.looked, count, filter: self.filter.clone() })
    }
}

/// A panic while one of these maps was held leaves a map that is still sound.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Looks {
    /// With no looks yet. An account may read `rows_per_minute` rows of lists in a minute without an entry in the log.
    pub fn new(store: Arc<dyn Store>, rows_per_minute: u64) -> Self {
        Self { store, rows_per_minute, lists: Mutex::default(), shared: Mutex::default() }
    }

    /// Records a look; to be called before its answer is given out.
    pub async fn record(
        &self,
        caller: &Caller,
        looked: Looked,
        count: usize,
        filter: Map<String, Value>,
    ) -> StoreResult<()> {
        self.store.audit_record_look(caller, Look { looked, count: count as u64, filter }).await
    }

    /// Records a look at the audit log, unless the same account has just looked at it with the same filter.
    pub async fn record_audit_log(&self, caller: &Caller, count: usize, filter: Map<String, Value>) -> StoreResult<()> {
        let Some(user) = caller.user() else { return Ok(()) };
        let key = (user, Value::Object(filter.clone()).to_string());
        let is_recent = |at: Timestamp| at <= caller.at && caller.at < at.plus_seconds(SHARED);
        {
            let mut shared = held(&self.shared);
            shared.retain(|_, at| is_recent(*at));
            if shared.contains_key(&key) {
                return Ok(());
            }
        }
        self.record(caller, Looked::AuditLog, count, filter).await?;
        held(&self.shared).insert(key, caller.at);
        Ok(())
    }

    /// Counts the rows of a list, and records them where the account has read more than the setting allows unrecorded.
    pub async fn record_list(
        &self,
        caller: &Caller,
        looked: Looked,
        rows: usize,
        filter: Map<String, Value>,
    ) -> StoreResult<()> {
        let Some(user) = caller.user().filter(|_| rows > 0) else { return Ok(()) };
        let (now, limit) = (caller.at, self.rows_per_minute);
        let due = {
            let mut lists = held(&self.lists);
            let rows_read = lists.get(&user).map(|account| account.rows).unwrap_or_default();
            let mut account = Account { rows: rows_read, caller: caller.clone(), looked, filter };
            let due = account.rows.read(rows as u64, now, limit).map(|count| account.look(count));
            lists.insert(user, account);
            due
        };
        self.write(due).await
    }

    /// Writes entries that became due without a further request, at intervals, and the remaining ones when the service
    /// stops.
    pub(crate) async fn keep(&self, clock: &dyn Clock, stopping: &CancellationToken) {
        loop {
            pause(stopping, EVERY).await;
            let (now, is_last) = (clock.now(), stopping.is_cancelled());
            let due: Vec<_> = {
                let mut lists = held(&self.lists);
                lists.retain(|_, account| !account.rows.is_past(now));
                let each = lists.values_mut();
                each.filter_map(|account| {
                    let count = if is_last { account.rows.rest() } else { account.rows.due(now) };
                    count.map(|count| account.look(count))
                })
                .collect()
            };
            if let Err(error) = self.write(due).await {
                tracing::error!(%error, "long lists that were read could not be recorded");
            }
            if is_last {
                return;
            }
        }
    }

    async fn write(&self, looks: impl IntoIterator<Item = (Caller, Look)> + Send) -> StoreResult<()> {
        let looks: Vec<_> = looks.into_iter().collect();
        for (caller, look) in looks {
            self.store.audit_record_look(&caller, look).await?;
        }
        Ok(())
    }
}
