//! Webhooks and their deliveries.

mod enqueue;
mod queue;
mod rows;
mod send;
mod write;

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

use crate::SqliteStore;

pub(crate) use send::trim;
pub(crate) use write::expire;

#[async_trait]
impl Webhooks for SqliteStore {
    async fn webhook_create(
        &self,
        caller: &Caller,
        webhook: NewWebhook,
        keyed: Option<Keyed<Webhook>>,
    ) -> StoreResult<Answer<Webhook>> {
        self.write_for(caller, move |conn, caller| write::create(conn, caller, &webhook, keyed.as_ref())).await
    }

    async fn webhook_list(&self) -> StoreResult<Vec<Webhook>> {
        self.read(|conn| Ok(rows::all(conn)?.into_iter().map(|stored| stored.webhook).collect())).await
    }

    async fn webhook_get(&self, id: WebhookId) -> StoreResult<Webhook> {
        self.read(move |conn| rows::get(conn, id).map(|stored| stored.webhook)).await
    }

    async fn webhook_update(&self, caller: &Caller, id: WebhookId, changes: WebhookChanges) -> StoreResult<Webhook> {
        self.write_for(caller, move |conn, caller| write::update(conn, caller, id, &changes)).await
    }

    async fn webhook_delete(&self, caller: &Caller, id: WebhookId) -> StoreResult<()> {
        write::delete(self, caller, id).await
    }

    async fn delivery_list(
        &self,
        id: WebhookId,
        query: DeliveryQuery,
    ) -> StoreResult<CursorPage<Delivery, SequenceCursor>> {
        self.read(move |conn| rows::deliveries(conn, id, query)).await
    }

    async fn delivery_resend(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        id: DeliveryId,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>> {
        self.write_for(caller, move |conn, caller| send::resend(conn, caller, (webhook, id), keyed.as_ref())).await
    }

    async fn delivery_test(
        &self,
        caller: &Caller,
        webhook: WebhookId,
        body: String,
        keyed: Option<Keyed<Delivery>>,
    ) -> StoreResult<Answer<Delivery>> {
        self.write_for(caller, move |conn, caller| enqueue::test(conn, caller, webhook, &body, keyed.as_ref())).await
    }

    async fn delivery_enqueue(&self, now: Timestamp, limit: u64, render: RenderEvent) -> StoreResult<u64> {
        enqueue::enqueue(self, now, limit, render).await
    }

    async fn delivery_claim(&self, now: Timestamp, lease: Timestamp, limit: u64) -> StoreResult<Vec<DueDelivery>> {
        if limit == 0 || !self.read(move |conn| send::is_anything_due(conn, now)).await? {
            return Ok(Vec::new());
        }
        self.write(move |conn| send::claim(conn, now, lease, limit)).await
    }

    async fn delivery_record_attempt(
        &self,
        id: DeliveryId,
        resent: u64,
        at: Timestamp,
        result: AttemptResult,
    ) -> StoreResult<()> {
        self.write(move |conn| send::attempted(conn, (id, resent), at, &result)).await
    }
}
