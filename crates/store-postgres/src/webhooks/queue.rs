//! The order for each opportunity: of a webhook's pending deliveries that tell of one, only the oldest may be sent.
//! `deliveries.blocked` counts of how many of its opportunities a delivery is not the oldest, so that what may be sent
//! is found by an index, however much waits. Whoever calls holds the webhook's row.

use crate::{
    engine::{errors::Db, tx::Conn},
    statements::statements,
};

statements! {
    ENTER = "INSERT INTO delivery_queue (webhook, opportunity, delivery) \
        SELECT DISTINCT $1::bigint, o, $2::bigint FROM unnest($3::bigint[]) AS o";
    LEAVE = "DELETE FROM delivery_queue WHERE delivery = $1";
    // The delivery itself, and those that come right behind it for one of its opportunities.
    COUNT = "UPDATE deliveries d SET blocked = ( \
            SELECT count(*) FROM delivery_queue q WHERE q.delivery = d.seq AND EXISTS ( \
                SELECT FROM delivery_queue e \
                WHERE e.webhook = q.webhook AND e.opportunity = q.opportunity AND e.delivery < q.delivery)) \
        WHERE d.seq = $2 OR d.seq IN ( \
            SELECT (SELECT min(n.delivery) FROM delivery_queue n \
                WHERE n.webhook = $1 AND n.opportunity = o AND n.delivery > $2) \
            FROM unnest($3::bigint[]) AS o)";
}

/// Queues a delivery behind the older ones that tell of the same opportunities, and before the younger ones.
pub(super) async fn enter(tx: &mut Conn, webhook: i64, delivery: i64, opportunities: &Vec<i64>) -> Db<()> {
    if opportunities.is_empty() {
        return Ok(());
    }
    tx.run(ENTER, &[&webhook, &delivery, opportunities]).await?;
    tx.run(COUNT, &[&webhook, &delivery, opportunities]).await
}

/// Takes a delivery that was delivered or given up out, and lets the next ones move up.
pub(super) async fn leave(tx: &mut Conn, webhook: i64, delivery: i64, opportunities: &Vec<i64>) -> Db<()> {
    if opportunities.is_empty() {
        return Ok(());
    }
    tx.run(LEAVE, &[&delivery]).await?;
    tx.run(COUNT, &[&webhook, &delivery, opportunities]).await
}
