//! Invariants of times: no history runs backwards, and nothing is assigned to a user while they are inactive.

use std::collections::HashMap;

use reparto_store::StoreResult;
use rusqlite::Connection;

use crate::{engine::Conn as _, rows::value, statements::statements};

/// The stable name of each invariant that a single statement can verify, and the statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "history_in_order",
        "SELECT format('assignment %d is older than its newest operation', a.seq)
         FROM assignments a JOIN operations o ON o.seq = a.last_operation WHERE a.updated_at < o.at",
    ),
    (
        "audit_log_in_order",
        "SELECT format('audit entry %d is earlier than audit entry %d about the same resource', seq, before) FROM (
             SELECT seq, created_at, lag(seq) OVER w AS before, lag(created_at) OVER w AS at FROM audit_logs
             WHERE entity_id IS NOT NULL WINDOW w AS (PARTITION BY entity_id ORDER BY seq))
         WHERE created_at < at",
    ),
];

statements! {
    ACTIVITY = "SELECT u.seq, l.created_at, CASE l.action \
            WHEN 'user_created' THEN json_extract(iif(json_valid(l.details), l.details, '{}'), '$.is_active') WHEN 'user_deleted' THEN 0 \
            ELSE json_extract(iif(json_valid(l.details), l.details, '{}'), '$.changes.is_active.to') END AS active \
        FROM audit_logs l JOIN users u ON u.id = l.entity_id \
        WHERE l.action IN ('user_created', 'user_deleted', 'user_updated', 'user_status_changed') \
            AND active IS NOT NULL ORDER BY l.seq";
    CREATED = "SELECT created_at FROM opportunities WHERE seq = ?1";
}

/// When users became active and inactive, oldest first, by the users' seqs.
#[derive(Debug, Default)]
pub(super) struct Activity(HashMap<i64, Vec<(i64, bool)>>);

impl Activity {
    pub(super) fn read(conn: &Connection) -> StoreResult<Self> {
        let mut changes: HashMap<i64, Vec<(i64, bool)>> = HashMap::new();
        conn.each(ACTIVITY, [], |row| {
            changes.entry(row.next()?).or_default().push((row.next()?, row.next()?));
            Ok(true)
        })?;
        Ok(Self(changes))
    }

    /// Whether the log says that the user was inactive at this time.
    pub(super) fn was_inactive(&self, user: i64, at: i64) -> bool {
        let changes = self.0.get(&user).map_or(&[][..], Vec::as_slice);
        changes.iter().rev().find(|(since, _)| *since <= at).is_some_and(|(_, active)| !active)
    }
}

/// When an opportunity was created, if it exists.
pub(super) fn created(conn: &Connection, opportunity: i64) -> StoreResult<Option<i64>> {
    conn.opt(CREATED, [opportunity], value)
}
