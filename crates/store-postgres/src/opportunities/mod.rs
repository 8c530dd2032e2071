//! Reading, creating and editing opportunities.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod first_call;
pub(crate) mod list;
pub(crate) mod load;
pub(crate) mod update;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Policy, Refusal, Roles, Viewer,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    operations::HistoryEntry,
    opportunities::{
        CreateOpportunity, FirstCall, IfMatch, Opportunity, OpportunityChanges, OpportunityPage, OpportunityQuery,
    },
    page::CursorPage,
};
use reparto_store::{Opportunities, StoreResult};

use crate::{
    PostgresStore,
    engine::{
        errors::Db,
        tx::{Conn, read, transact},
    },
    mirror, operations,
};

pub(crate) use load::{EXPORT_PART, by_seq, by_seqs, for_export, require_visible};

#[async_trait]
impl Opportunities for PostgresStore {
    async fn opportunity_create(
        &self,
        caller: &Caller,
        command: CreateOpportunity,
        policy: &Policy,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>> {
        transact!(self, tx => create::create(tx, caller, &command, policy, keyed.as_ref()))
    }

    async fn opportunity_get(&self, viewer: &Viewer, id: OpportunityId) -> StoreResult<Opportunity> {
        read!(self, conn => load::get(conn, *viewer, id))
    }

    async fn opportunity_list(&self, query: OpportunityQuery) -> StoreResult<OpportunityPage> {
        if let Some(found) = mirror::page(self, &query).await {
            if let Some(mut replica) = self.replica().await
                && let Ok(page) = list::found(&mut replica, &found).await
            {
                return Ok(page);
            }
            return read!(self, conn => list::found(conn, &found));
        }
        if let Some(mut replica) = self.replica().await
            && let Ok(page) = list::page(&mut replica, &query).await
        {
            return Ok(page);
        }
        read!(self, conn => list::page(conn, &query))
    }

    async fn opportunity_update(
        &self,
        caller: &Caller,
        id: OpportunityId,
        changes: OpportunityChanges,
        if_match: Option<IfMatch>,
        assignable: &Roles,
    ) -> StoreResult<Opportunity> {
        transact!(self, tx => update::update(tx, caller, id, &changes, if_match.as_ref(), assignable))
    }

    async fn opportunity_delete(
        &self,
        caller: &Caller,
        id: OpportunityId,
        if_match: Option<IfMatch>,
    ) -> StoreResult<()> {
        transact!(self, tx => delete::delete(tx, caller, id, if_match.as_ref()))
    }

    async fn opportunity_first_call(
        &self,
        caller: &Caller,
        id: OpportunityId,
        attempt: FirstCall,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>> {
        transact!(self, tx => first_call::first_call(tx, caller, id, &attempt, keyed.as_ref()))
    }

    async fn opportunity_history(
        &self,
        viewer: &Viewer,
        id: OpportunityId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<HistoryEntry, SequenceCursor>> {
        read!(self, conn => operations::history(conn, *viewer, id, after, limit))
    }
}

/// Refuses a change based on an outdated version.
async fn require_version(tx: &mut Conn, seq: i64, if_match: Option<&IfMatch>) -> Db<()> {
    let Some(if_match) = if_match else { return Ok(()) };
    if if_match.allows(&by_seq(tx, seq).await?.version) { Ok(()) } else { Err(Refusal::PreconditionFailed.into()) }
}
