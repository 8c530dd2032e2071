//! Ordering by opportunity: of a webhook's pending deliveries about the same opportunity, only the oldest may be sent.
//! `deliveries.blocked` is the number of opportunities for which a delivery is not the oldest, so that an index finds
//! the deliveries that may be sent.

use reparto_store::StoreResult;
use rusqlite::{Connection, params};

use crate::{engine::Conn as _, rows::value, statements::statements};

statements! {
    IS_FIRST = "SELECT NOT EXISTS \
        (SELECT 1 FROM delivery_queue WHERE webhook = ?1 AND opportunity = ?2 AND delivery < ?3)";
    NEXT = "SELECT min(delivery) FROM delivery_queue WHERE webhook = ?1 AND opportunity = ?2 AND delivery > ?3";
    PUSH = "INSERT INTO delivery_queue (webhook, opportunity, delivery) VALUES (?1, ?2, ?3)";
    LEAVE = "DELETE FROM delivery_queue WHERE webhook = ?1 AND opportunity = ?2 AND delivery = ?3";
    BLOCKED = "UPDATE deliveries SET blocked = blocked + ?2 WHERE seq = ?1";
}

/// Queues a delivery after older ones about the same opportunities, and before newer ones.
pub(super) fn push(conn: &Connection, webhook: i64, delivery: i64, opportunities: &[i64]) -> StoreResult<()> {
    let mut blocked = 0;
    for opportunity in opportunities {
        if is_first(conn, webhook, *opportunity, delivery)? {
            block_next(conn, webhook, *opportunity, delivery, 1)?;
        } else {
            blocked += 1;
        }
        conn.run(PUSH, params![webhook, opportunity, delivery])?;
    }
    if blocked > 0 {
        conn.run(BLOCKED, params![delivery, blocked])?;
    }
    Ok(())
}

/// Removes a settled delivery (delivered or dead), and unblocks the next ones.
pub(super) fn remove(conn: &Connection, webhook: i64, delivery: i64, opportunities: &[i64]) -> StoreResult<()> {
    let mut was_blocked = 0;
    for opportunity in opportunities {
        if is_first(conn, webhook, *opportunity, delivery)? {
            block_next(conn, webhook, *opportunity, delivery, -1)?;
        } else {
            was_blocked += 1;
        }
        conn.run(LEAVE, params![webhook, opportunity, delivery])?;
    }
    if was_blocked > 0 {
        conn.run(BLOCKED, params![delivery, -was_blocked])?;
    }
    Ok(())
}

fn is_first(conn: &Connection, webhook: i64, opportunity: i64, delivery: i64) -> StoreResult<bool> {
    conn.one(IS_FIRST, params![webhook, opportunity, delivery], value)
}

fn block_next(conn: &Connection, webhook: i64, opportunity: i64, delivery: i64, by: i64) -> StoreResult<()> {
    let next: Option<i64> = conn.one(NEXT, params![webhook, opportunity, delivery], value)?;
    if let Some(next) = next {
        conn.run(BLOCKED, params![next, by])?;
    }
    Ok(())
}
