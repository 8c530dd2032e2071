//! Webhooks and their deliveries.

mod enqueue;
pub(crate) mod queue;
pub(crate) mod rows;
pub(crate) mod send;
pub(crate) mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Timestamp, WebhookId,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    ids::DeliveryId,
    page::CursorPage,
    webhooks::{AttemptResult, Delivery, DeliveryQuery, DueDelivery, NewWebhook, Webhook, WebhookChanges},
};
use reparto_store::{RenderEvent, StoreResult, Webhooks};

use crate::{
    PostgresStore,
    engine::tx::{autocommit, read, transact},
    events,
};

#[async_trait]
impl Webhooks for PostgresStore {
    async fn webhook_create(
        &self,
        caller: &Caller,
        webhook: NewWebhook,
        keyed: Option<Keyed<Webhook>>,
    ) -> StoreResult<Answer<Webhook>> {
        // Determined before the transaction: while it is running, its own operations are not final.
        let since = events::end(self).await?;
        transact!(self, tx => write::create(tx, caller, &webhook, since, keyed.as_ref()))
    }

    async fn webhook_list(&self) -> StoreResult<Vec<Webhook>> {
        read!(self, conn => rows::all(conn))
    }

    async fn webhook_get(&self, id: WebhookId) -> StoreResult<Webhook> {
        read!(self, conn => rows::get(conn, id)).map(|stored| stored.webhook)
    }

    async fn webhook_update(&self, caller: &Caller, id: WebhookId, changes: WebhookChanges) -> StoreResult<Webhook> {
        transact!(self, tx => write::update(tx, caller, id, &changes))
    }

    async fn webhook_delete(&self, caller: &Caller, id: WebhookId) -> StoreResult<()> {
        let webhook = transact!(self, tx => write::hide(tx, caller, id))?;
        while autocommit!(self, conn => write::drop_step(conn, webhook))? {}
        Ok(())
    }

    async fn delivery_list(
        &self,
        id: WebhookId,
        query: DeliveryQuery,
    ) -> StoreResult<CursorPage<Delivery, SequenceCursor>> {
        read!(self, conn => rows::deliveries(conn, id, query))
    }

    async fn delivery_resend(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        id: DeliveryId,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>> {
        transact!(self, tx => send::resend(tx, caller, (webhook, id), keyed.as_ref()))
    }

    async fn delivery_test(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        body: String,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>> {
        transact!(self, tx => enqueue::test(tx, caller, webhook, &body, keyed.as_ref()))
    }

    async fn delivery_enqueue(&self, now: Timestamp, limit: u64, render: RenderEvent) -> StoreResult<u64> {
        // Determined before the transaction: while it is running, its own operations are not final.
        let end = events::end(self).await?;
        if limit == 0 || read!(self, conn => enqueue::place(conn))? == end {
            return Ok(0);
        }
        transact!(self, tx => enqueue::enqueue(tx, now, end, limit, &render))
    }

    async fn delivery_claim(&self, now: Timestamp, lease: Timestamp, limit: u64) -> StoreResult<Vec<DueDelivery>> {
        transact!(self, tx => send::claim(tx, now, lease, limit))
    }

    async fn delivery_record_attempt(
        &self,
        id: DeliveryId,
        resent: u64,
        at: Timestamp,
        result: AttemptResult,
    ) -> StoreResult<()> {
        transact!(self, tx => send::attempted(tx, (id, resent), at, &result))
    }
}
