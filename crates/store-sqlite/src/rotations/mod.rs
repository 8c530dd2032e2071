//! Rotations: the ledgers of turns between members of teams.

pub(crate) mod book;
mod facts;
mod next;
mod rows;
mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Roles, RotationId, Timestamp,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    opportunities::IfMatch,
    page::CursorPage,
    rotations::{Credit, NewRotation, Next, Rotation, RotationChanges, RotationEvent, RotationReading},
};
use reparto_store::{Rotations, StoreResult};

use crate::SqliteStore;

#[async_trait]
impl Rotations for SqliteStore {
    async fn rotation_create(
        &self,
        caller: &Caller,
        rotation: NewRotation,
        keyed: Option<Keyed<Rotation>>,
    ) -> StoreResult<Answer<Rotation>> {
        self.write_for(caller, move |conn, caller| write::create(conn, caller, &rotation, keyed.as_ref())).await
    }

    async fn rotation_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Rotation, SequenceCursor>> {
        self.read(move |conn| rows::list(conn, after, limit)).await
    }

    async fn rotation_get(&self, id: RotationId, assignable: &Roles, at: Timestamp) -> StoreResult<RotationReading> {
        let assignable = assignable.clone();
        self.read(move |conn| facts::reading(conn, id, &assignable, at)).await
    }

    async fn rotation_update(
        &self,
        caller: &Caller,
        id: RotationId,
        changes: RotationChanges,
        if_match: Option<IfMatch>,
    ) -> StoreResult<Rotation> {
        self.write_for(caller, move |conn, caller| write::update(conn, caller, id, &changes, if_match.as_ref())).await
    }

    async fn rotation_next(
        &self,
        id: RotationId,
        opportunity: Option<OpportunityId>,
        assignable: &Roles,
        at: Timestamp,
    ) -> StoreResult<Next> {
        let assignable = assignable.clone();
        self.read(move |conn| next::next(conn, id, opportunity, &assignable, at)).await
    }

    async fn rotation_credit(
        &self,
        caller: &Caller,
        id: RotationId,
        credit: Credit,
        keyed: Option<Keyed<RotationEvent>>,
    ) -> StoreResult<Answer<RotationEvent>> {
        self.write_for(caller, move |conn, caller| write::credit(conn, caller, id, &credit, keyed.as_ref())).await
    }

    async fn rotation_events(
        &self,
        id: RotationId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<RotationEvent, SequenceCursor>> {
        self.read(move |conn| rows::events(conn, id, after, limit)).await
    }
}
