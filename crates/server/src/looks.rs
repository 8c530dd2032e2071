//! Who looked: exports, downloads, the audit log and long lists are recorded before they are answered. A look that cannot
//! be recorded is not answered.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reparto_domain::{
    Caller, Timestamp, UserId,
    audit::{Look, Looked, RowsRead},
};
use reparto_store::StoreResult;
use serde_json::{Map, Value};

use crate::state::App;

/// The time within which an account's equal looks at the audit log share an entry, in seconds: a page that is kept up to
/// date would otherwise fill the log with itself.
const SHARED: i64 = 60;

/// How often entries that are due are written without another request.
const EVERY: Duration = Duration::from_secs(10);

/// What this process knows of looks that are recorded together.
#[derive(Debug, Default)]
pub struct Looks {
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

impl App {
    /// Records a look; to be called before its answer is given out.
    pub async fn record_look(
        &self,
        caller: &Caller,
        looked: Looked,
        count: usize,
        filter: Map<String, Value>,
    ) -> StoreResult<()> {
        self.store.audit_record_look(caller, Look { looked, count: count as u64, filter }).await
    }

    /// Records a look at the audit log, unless the same account has just looked at it with the same filter.
    pub async fn record_audit_look(
        &self,
        caller: &Caller,
        count: usize,
        filter: Map<String, Value>,
    ) -> StoreResult<()> {
        let Some(user) = caller.user() else { return Ok(()) };
        let key = (user, Value::Object(filter.clone()).to_string());
        let is_recent = |at: Timestamp| at <= caller.at && caller.at < at.plus_seconds(SHARED);
        {
            let mut shared = held(&self.looks.shared);
            shared.retain(|_, at| is_recent(*at));
            if shared.contains_key(&key) {
                return Ok(());
            }
        }
        self.record_look(caller, Looked::AuditLog, count, filter).await?;
        held(&self.looks.shared).insert(key, caller.at);
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
        let (now, limit) = (caller.at, self.config.rows_per_minute);
        let due = {
            let mut lists = held(&self.looks.lists);
            let rows_read = lists.get(&user).map(|account| account.rows).unwrap_or_default();
            let mut account = Account { rows: rows_read, caller: caller.clone(), looked, filter };
            let due = account.rows.read(rows as u64, now, limit).map(|count| account.look(count));
            lists.insert(user, account);
            due
        };
        self.write(due).await
    }

    /// Writes the entries that are due although nobody asks, now and then, and what is left when the service stops.
    pub(crate) async fn keep_looks(&self) {
        loop {
            self.pause(EVERY).await;
            let (now, stopping) = (self.clock.now(), self.stopping.is_cancelled());
            let due: Vec<_> = {
                let mut lists = held(&self.looks.lists);
                lists.retain(|_, account| !account.rows.is_past(now));
                let each = lists.values_mut();
                each.filter_map(|account| {
                    let count = if stopping { account.rows.rest() } else { account.rows.due(now) };
                    count.map(|count| account.look(count))
                })
                .collect()
            };
            if let Err(error) = self.write(due).await {
                tracing::error!(%error, "long lists that were read could not be recorded");
            }
            if stopping {
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
