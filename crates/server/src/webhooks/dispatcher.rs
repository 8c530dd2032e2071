//! Sends what is due: every replica does; the database gives each delivery to one of them at a time.

use std::time::Duration;

use reparto_domain::webhooks::DueDelivery;
use reparto_store::StoreResult;
use tokio::{task::JoinSet, time::sleep};

use super::client::Caller;
use crate::{
    background::{PAUSE, POLL},
    events::present::webhook_message,
    state::App,
    telemetry,
};

/// Events that are turned into deliveries at once.
const BATCH: u64 = 200;

/// Deliveries under way at once.
const AT_ONCE: usize = 32;

/// The least time between two looks: under many writes, one look serves them all.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Seconds for which a delivery is the sender's: longer than a receiver may take, and no longer than that, since what a
/// sender that died had under way waits for so long.
const LEASE_SECONDS: i64 = 15;

/// How long what is under way may take to be finished when the service stops.
const LAST: Duration = Duration::from_secs(12);

/// Sends what there is, until the service stops.
pub async fn run(app: &App) {
    let Some(caller) = caller(app).await else { return };
    let mut writes = app.wake.watch_writes();
    let mut under_way = JoinSet::new();
    while !app.stopping.is_cancelled() {
        writes.borrow_and_update();
        match begin(app, &caller, &mut under_way).await {
            Ok(true) => {}
            Ok(false) => tokio::select! {
                _ = writes.changed() => app.pause(LOOK_EVERY).await,
                // One that has ended makes room, and lets the next about the same opportunity go.
                Some(_) = under_way.join_next() => {}
                () = app.pause(POLL) => {}
            },
            Err(error) => {
                tracing::warn!(%error, "webhooks could not be looked at");
                app.pause(PAUSE).await;
            }
        }
    }
    let finish = async { while under_way.join_next().await.is_some() {} };
    tokio::select! {
        () = finish => {}
        () = sleep(LAST) => tracing::warn!("some webhooks were still being called and will be called again"),
    }
}

/// The caller, as soon as it can be made: without the system's certificates it cannot.
async fn caller(app: &App) -> Option<Caller> {
    loop {
        match Caller::new(app.config.webhook_allow_private) {
            Ok(caller) => return Some(caller),
            Err(error) => {
                tracing::error!(%error, "webhooks cannot be called");
                app.pause(Duration::from_secs(60)).await;
                if app.stopping.is_cancelled() {
                    return None;
                }
            }
        }
    }
}

/// Turns events into deliveries and begins to send those that are due; whether there may be more at once.
async fn begin(app: &App, caller: &Caller, under_way: &mut JoinSet<()>) -> StoreResult<bool> {
    let now = app.clock.now();
    let looked_at = app.store.delivery_enqueue(now, BATCH, std::sync::Arc::new(webhook_message)).await?;
    while under_way.try_join_next().is_some() {}
    let room = AT_ONCE.saturating_sub(under_way.len());
    if room == 0 {
        return Ok(false);
    }
    let due = app.store.delivery_claim(now, now.plus_seconds(LEASE_SECONDS), room as u64).await?;
    let is_full = due.len() == room;
    for due in due {
        under_way.spawn(send(app.clone(), caller.clone(), due));
    }
    Ok(looked_at > 0 || is_full)
}

async fn send(app: App, caller: Caller, due: DueDelivery) {
    let result = caller.send(&due, app.clock.now()).await;
    let (id, resent) = (due.delivery.id, due.delivery.resent);
    telemetry::webhook_called(result.error.is_none());
    tracing::debug!(delivery = %id, status = result.status, error = result.error, "a webhook was called");
    // What cannot be recorded is sent once more when its lease has passed: at least once, as promised.
    if let Err(error) = app.store.delivery_record_attempt(id, resent, app.clock.now(), result).await {
        tracing::warn!(%error, delivery = %id, "what came of a webhook could not be recorded");
    }
}
