//! Rotations: the ledgers of turns between members of teams.

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Roles, RotationId, Timestamp,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    opportunities::IfMatch,
    page::CursorPage,
    rotations::{Credit, NewRotation, Next, Rotation, RotationChanges, RotationEvent, RotationReading},
};

use crate::StoreResult;

/// Rotations of teams that are not deleted; those of others are found no more. Only administrators write.
///
/// What members are owed is kept, and is the sum of a rotation's events. A change of a team's members, of their places or
/// weights is followed in its transaction: a new version, and events of who joined and who left.
#[async_trait]
pub trait Rotations: Send + Sync {
    /// Makes another rotation of a team, whose members begin level.
    async fn rotation_create(
        &self,
        caller: &Caller,
        rotation: NewRotation,
        keyed: Option<Keyed<Rotation>>,
    ) -> StoreResult<Answer<Rotation>>;

    /// Lists part of the rotations, oldest first.
    async fn rotation_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Rotation, SequenceCursor>>;

    /// Returns a rotation with all its members as of an instant.
    async fn rotation_get(&self, id: RotationId, assignable: &Roles, at: Timestamp) -> StoreResult<RotationReading>;

    /// Changes a rotation, which makes a new version. If nothing changes, nothing is written.
    async fn rotation_update(
        &self,
        caller: &Caller,
        id: RotationId,
        changes: RotationChanges,
        if_match: Option<IfMatch>,
    ) -> StoreResult<Rotation>;

    /// Tells who would get an opportunity now, or one like the mean of those that were dealt. Writes nothing.
    async fn rotation_next(
        &self,
        id: RotationId,
        opportunity: Option<OpportunityId>,
        assignable: &Roles,
        at: Timestamp,
    ) -> StoreResult<Next>;

    /// Credits turns to a member, which the others pay by weight. Nobody else there:
    /// [`Refusal::NobodyPays`](reparto_domain::Refusal::NobodyPays). The audit log has it without the reason.
    async fn rotation_credit(
        &self,
        caller: &Caller,
        id: RotationId,
        credit: Credit,
        keyed: Option<Keyed<RotationEvent>>,
    ) -> StoreResult<Answer<RotationEvent>>;

    /// Lists part of a rotation's events, newest first.
    async fn rotation_events(
        &self,
        id: RotationId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<RotationEvent, SequenceCursor>>;
}
