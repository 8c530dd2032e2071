//! Sends due deliveries. Every replica does; the database gives each delivery to one of them at a time.

use std::time::Duration;

use reparto_domain::webhooks::{AttemptResult, DueDelivery};
use reparto_store::StoreResult;
use secrecy::ExposeSecret as _;
use tokio::{task::JoinSet, time::sleep};

use super::client::WebhookClient;
use crate::{
    background::pace::{PAUSE, POLL},
    events::present::webhook_message,
    seal::Purpose,
    state::App,
    telemetry,
};

/// Number of events that are turned into deliveries at once.
const BATCH: u64 = 200;

/// Largest number of deliveries that are sent at once.
const AT_ONCE: usize = 32;

/// Shortest time between two scans: under many writes, one scan serves them all.
const SCAN_MIN: Duration = Duration::from_millis(100);

/// Lease of a delivery, in seconds: longer than a receiver may take, but no longer than needed, since the deliveries of
/// a sender that died wait for so long.
const LEASE_SECONDS: i64 = 15;

/// How long running deliveries may take when the service stops.
const LAST: Duration = Duration::from_secs(12);

/// Sends deliveries until the service stops.
pub async fn run(app: &App) {
    let Some(client) = client(app).await else { return };
    let mut writes = app.wake.watch_writes();
    let mut under_way = JoinSet::new();
    while !app.stopping.is_cancelled() {
        writes.borrow_and_update();
        match begin(app, &client, &mut under_way).await {
            Ok(true) => {}
            Ok(false) => tokio::select! {
                _ = writes.changed() => app.pause(SCAN_MIN).await,
                // One that has ended frees capacity, and lets the next one about the same opportunity go.
                Some(_) = under_way.join_next() => {}
                () = app.pause(POLL) => {}
            },
            Err(error) => {
                tracing::warn!(%error, "due webhooks could not be read");
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

/// The HTTP client, as soon as it can be made: without the system's certificates it cannot.
async fn client(app: &App) -> Option<WebhookClient> {
    loop {
        match WebhookClient::new(app.config.webhook_allow_private) {
            Ok(client) => return Some(client),
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

/// Turns events into deliveries and starts to send those that are due; answers whether there may be more.
async fn begin(app: &App, client: &WebhookClient, under_way: &mut JoinSet<()>) -> StoreResult<bool> {
    let now = app.clock.now();
    let scanned = app.store.delivery_enqueue(now, BATCH, std::sync::Arc::new(webhook_message)).await?;
    while under_way.try_join_next().is_some() {}
    let capacity = AT_ONCE.saturating_sub(under_way.len());
    if capacity == 0 {
        return Ok(false);
    }
    let due = app.store.delivery_claim(now, now.plus_seconds(LEASE_SECONDS), capacity as u64).await?;
    let is_full = due.len() == capacity;
    for due in due {
        under_way.spawn(send(app.clone(), client.clone(), due));
    }
    Ok(scanned > 0 || is_full)
}

async fn send(app: App, client: WebhookClient, mut due: DueDelivery) {
    let result = match app.keys.open(Purpose::Webhook, due.secret.expose_secret()) {
        Ok(secret) => {
            due.secret = secret;
            client.send(&due, app.clock.now()).await
        }
        Err(error) => {
            tracing::error!(%error, "the signing key of a webhook cannot be read");
            AttemptResult { status: None, error: Some("the signing key of the webhook cannot be read".to_owned()) }
        }
    };
    let (id, resent) = (due.delivery.id, due.delivery.resent);
    telemetry::webhook_called(result.error.is_none());
    tracing::debug!(delivery = %id, status = result.status, error = result.error, "a webhook was called");
    // A result that cannot be recorded means one more attempt after the lease: at least once, as promised.
    if let Err(error) = app.store.delivery_record_attempt(id, resent, app.clock.now(), result).await {
        tracing::warn!(%error, delivery = %id, "the result of a webhook could not be recorded");
    }
}
