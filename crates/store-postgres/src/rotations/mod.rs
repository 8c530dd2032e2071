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

use crate::{
    PostgresStore,
    engine::tx::{read, transact},
};

#[async_trait]
impl Rotations for PostgresStore {
    async fn rotation_create(
        &self,
        caller: &Caller,
        rotation: NewRotation,
        keyed: Option<Keyed<Rotation>>,
    ) -> StoreResult<Answer<Rotation>> {
        transact!(self, tx => write::create(tx, caller, &rotation, keyed.as_ref()))
    }

    async fn rotation_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Rotation, SequenceCursor>> {
        read!(self, conn => rows::list(conn, after, limit))
    }

    async fn rotation_get(&self, id: RotationId, assignable: &Roles, at: Timestamp) -> StoreResult<RotationReading> {
        read!(self, conn => facts::reading(conn, id, assignable, at))
    }

    async fn rotation_update(
        &self,
        caller: &Caller,
        id: RotationId,
        changes: RotationChanges,
        if_match: Option<IfMatch>,
    ) -> StoreResult<Rotation> {
        transact!(self, tx => write::update(tx, caller, id, &changes, if_match.as_ref()))
    }

    async fn rotation_next(
        &self,
        id: RotationId,
        opportunity: Option<OpportunityId>,
        assignable: &Roles,
        at: Timestamp,
    ) -> StoreResult<Next> {
        read!(self, conn => next::next(conn, id, opportunity, assignable, at))
    }

    async fn rotation_credit(
        &self,
        caller: &Caller,
        id: RotationId,
        credit: Credit,
        keyed: Option<Keyed<RotationEvent>>,
    ) -> StoreResult<Answer<RotationEvent>> {
        transact!(self, tx => write::credit(tx, caller, id, &credit, keyed.as_ref()))
    }

    async fn rotation_events(
        &self,
        id: RotationId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<RotationEvent, SequenceCursor>> {
        read!(self, conn => rows::events(conn, id, after, limit))
    }
}
