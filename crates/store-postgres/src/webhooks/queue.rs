//! Ordering by opportunity: of a webhook's pending deliveries about the same opportunity, only the oldest may be sent.
//! `deliveries.blocked` is the number of opportunities for which a delivery is not the oldest, so that an index finds
//! the deliveries that may be sent. The caller must have locked the webhook's row.

use crate::{
    engine::{errors::Db, tx::Conn},
    statements::statements,
};

statements! {
    PUSH = "INSERT INTO delivery_queue (webhook, opportunity, delivery) \
        SELECT DISTINCT $1::bigint, o, $2::bigint FROM unnest($3::bigint[]) AS o";
    LEAVE = "DELETE FROM delivery_queue WHERE delivery = $1";
    // The delivery itself, and those directly after it for one of its opportunities.
    COUNT = "UPDATE deliveries d SET blocked = ( \
            SELECT count(*) FROM delivery_queue q WHERE q.delivery = d.seq AND EXISTS ( \
                SELECT FROM delivery_queue e \
                WHERE e.webhook = q.webhook AND e.opportunity = q.opportunity AND e.delivery < q.delivery)) \
        WHERE d.seq = $2 OR d.seq IN ( \
            SELECT (SELECT min(n.delivery) FROM delivery_queue n \
                WHERE n.webhook = $1 AND n.opportunity = o AND n.delivery > $2) \
            FROM unnest($3::bigint[]) AS o)";
}

/// Queues a delivery after older ones about the same opportunities, and before newer ones.
pub(super) async fn push(tx: &mut Conn, webhook: i64, delivery: i64, opportunities: &Vec<i64>) -> Db<()> {
    if opportunities.is_empty() {
        return Ok(());
    }
    tx.run(PUSH, &[&webhook, &delivery, opportunities]).await?;
    tx.run(COUNT, &[&webhook, &delivery, opportunities]).await
}

/// Removes a settled delivery (delivered or dead), and unblocks the next ones.
pub(super) async fn remove(tx: &mut Conn, webhook: i64, delivery: i64, opportunities: &Vec<i64>) -> Db<()> {
    if opportunities.is_empty() {
        return Ok(());
    }
    tx.run(LEAVE, &[&delivery]).await?;
    tx.run(COUNT, &[&webhook, &delivery, opportunities]).await
}
