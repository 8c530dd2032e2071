//! Reading, creating and editing opportunities.

mod create;
pub(crate) mod delete;
mod first_call;
pub(crate) mod list;
mod load;
mod update;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Policy, Roles, Viewer,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    operations::HistoryEntry,
    opportunities::{
        CreateOpportunity, FirstCall, IfMatch, Opportunity, OpportunityChanges, OpportunityPage, OpportunityQuery,
    },
    page::CursorPage,
};
use reparto_store::{Opportunities, StoreResult};

use crate::{SqliteStore, operations};

pub(crate) use load::{EXPORT_PART, by_seq, by_seqs, for_export, require_visible};

#[async_trait]
impl Opportunities for SqliteStore {
    async fn opportunity_create(
        &self,
        caller: &Caller,
        command: CreateOpportunity,
        policy: &Policy,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>> {
        let policy = policy.clone();
        self.write_for(caller, move |conn, caller| create::create(conn, caller, &command, &policy, keyed.as_ref()))
            .await
    }

    async fn opportunity_get(&self, viewer: &Viewer, id: OpportunityId) -> StoreResult<Opportunity> {
        let viewer = *viewer;
        self.read(move |conn| load::get(conn, viewer, id)).await
    }

    async fn opportunity_list(&self, query: OpportunityQuery) -> StoreResult<OpportunityPage> {
        let mirror = self.mirror();
        self.read(move |conn| list::page(conn, &query, &mirror)).await
    }

    async fn opportunity_update(
        &self,
        caller: &Caller,
        id: OpportunityId,
        changes: OpportunityChanges,
        if_match: Option<IfMatch>,
        assignable: &Roles,
    ) -> StoreResult<Opportunity> {
        let assignable = assignable.clone();
        self.write_for(caller, move |conn, caller| {
            update::update(conn, caller, id, &changes, if_match.as_ref(), &assignable)
        })
        .await
    }

    async fn opportunity_delete(
        &self,
        caller: &Caller,
        id: OpportunityId,
        if_match: Option<IfMatch>,
    ) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| delete::delete(conn, caller, id, if_match.as_ref())).await
    }

    async fn opportunity_first_call(
        &self,
        caller: &Caller,
        id: OpportunityId,
        attempt: FirstCall,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>> {
        self.write_for(caller, move |conn, caller| first_call::first_call(conn, caller, id, &attempt, keyed.as_ref()))
            .await
    }

    async fn opportunity_history(
        &self,
        viewer: &Viewer,
        id: OpportunityId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<HistoryEntry, SequenceCursor>> {
        let viewer = *viewer;
        self.read(move |conn| operations::history(conn, viewer, id, after, limit)).await
    }
}
