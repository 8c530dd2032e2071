//! Determines up to which operation the feed is final. Numbers are drawn before commits, so a missing one may still
//! appear while the transaction that drew it is running. By then that transaction had an id of its own (it had locked
//! rows), so every transaction that had drawn a number when the sequence was read is among those that had an id a
//! moment later; once all of these have ended, nothing at or below that number can appear.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reparto_store::StoreResult;

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        tx::{Conn, read},
    },
    statements::statements,
};

statements! {
    LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM operations_seq_seq";
    // Assigns a new id, higher than all existing ones. The end of a snapshot is not suitable: it is one above the
    // highest id that has *ended*, so running transactions with higher ids are not in the snapshot at all.
    NEXT_ID = "SELECT pg_current_xact_id()::text::bigint";
    // Ids are shared by the whole server. Transactions in other databases draw no numbers here, and must not delay the
    // feed; those that cannot be proved to be in another database count as being in this one.
    OLDEST_ID = "SELECT coalesce(min(running.id::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint) \
        FROM pg_snapshot_xip(pg_current_snapshot()) AS running (id) \
        WHERE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
            WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted \
                AND l.transactionid = running.id::xid \
                AND a.datid <> (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))";
}

/// How often to check whether the running transactions have ended, and the pauses in between, at first and later: less
/// than half a second in total.
const LOOKS: u32 = 32;
const BETWEEN: Duration = Duration::from_millis(5);
const SOON: u32 = 20;
const LATER: Duration = Duration::from_millis(25);

/// How far the feed is final, and how far it will be once all transactions before an id have ended.
#[derive(Debug, Default)]
pub(crate) struct LastFinal(Mutex<Known>);

#[derive(Debug, Default, Clone, Copy)]
struct Known {
    last: i64,
    soon: Option<(i64, i64)>,
}

impl LastFinal {
    fn known(&self) -> Known {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that every transaction before `oldest` has ended, and what will be final next.
    fn learn(&self, oldest: i64, next: (i64, i64)) -> i64 {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (last, id) in known.soon.into_iter().chain([next]) {
            if oldest >= id {
                known.last = known.last.max(last);
            }
        }
        known.soon = match known.soon {
            Some(soon) if oldest < soon.1 => Some(soon),
            _ => (oldest < next.1).then_some(next),
        };
        known.last
    }
}

/// The last final operation; waits briefly for those about to become final.
pub(crate) async fn last_final(store: &PostgresStore) -> StoreResult<i64> {
    let mut looks = 0;
    loop {
        let (last, drawn) = read!(store, conn => check(conn, store.last_final()))?;
        looks += 1;
        if last >= drawn || looks >= LOOKS {
            return Ok(last);
        }
        tokio::time::sleep(if looks < SOON { BETWEEN } else { LATER }).await;
    }
}

/// Checks once: the last final operation, and the last number drawn.
pub(crate) async fn check(conn: &mut Conn, last_final: &LastFinal) -> Db<(i64, i64)> {
    // Three statements, each with a snapshot of its own, in this order.
    let drawn = conn.count(LAST, &[]).await?;
    let known = last_final.known();
    if known.last >= drawn {
        return Ok((known.last, drawn));
    }
    let id = conn.count(NEXT_ID, &[]).await?;
    let oldest = conn.count(OLDEST_ID, &[]).await?;
    Ok((last_final.learn(oldest, (drawn, id)), drawn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn not_final_while_the_newest_transaction_holds_it() {
        let database = crate::testing::fresh().await;
        let store = PostgresStore::connect(crate::Options::new(database.url())).await.unwrap();
        let (mut client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let newest = client.transaction().await.unwrap();
        newest.query_one("SELECT pg_current_xact_id()::text", &[]).await.unwrap();
        let number: i64 = newest.query_one("SELECT nextval('operations_seq_seq')", &[]).await.unwrap().get(0);
        for _ in 0..3 {
            assert!(last_final(&store).await.unwrap() < number);
        }
        newest.rollback().await.unwrap();
        let mut looks = 0;
        while last_final(&store).await.unwrap() < number {
            looks += 1;
            assert!(looks < 1_000, "it is never final");
        }
    }

    #[test]
    fn numbers_that_may_still_appear_are_not_final() {
        let last_final = LastFinal::default();
        assert_eq!(last_final.learn(10, (5, 12)), 0, "an older transaction runs");
        assert_eq!(last_final.learn(11, (7, 15)), 0);
        assert_eq!(last_final.learn(12, (9, 20)), 5, "what was looked at first is final now");
        assert_eq!(last_final.learn(20, (9, 21)), 9);
        assert_eq!(last_final.learn(30, (8, 30)), 9, "it never goes back");
    }
}
