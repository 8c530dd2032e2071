//! Opportunities, and who holds them.

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Roles, Viewer,
    cursor::SequenceCursor,
    idempotency::{Answer, Keyed},
    operations::HistoryEntry,
    opportunities::{
        AssignRandom, Assignee, BulkAssign, BulkOutcome, BulkUnassign, CreateOpportunity, FirstCall, IfMatch,
        Opportunity, OpportunityChanges, OpportunityPage, OpportunityQuery, RandomOutcome,
    },
    page::CursorPage,
};

use crate::StoreResult;

/// Opportunities: to read, to make, to edit.
#[async_trait]
pub trait Opportunities: Send + Sync {
    /// Creates an opportunity; staff. With an assignee the status is `assigned`, else `pending`. Who is no
    /// administrator may name only themselves.
    async fn opportunity_create(
        &self,
        caller: &Caller,
        command: CreateOpportunity,
        assignable: &Roles,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>>;

    /// An opportunity that the viewer may see.
    async fn opportunity_get(&self, viewer: &Viewer, id: OpportunityId) -> StoreResult<Opportunity>;

    /// A page of the opportunities that match.
    async fn opportunity_list(&self, query: OpportunityQuery) -> StoreResult<OpportunityPage>;

    /// Changes an opportunity; its holder, or an administrator. Where nothing changes nothing is written. A change
    /// of holder or status is an operation of kind `update`.
    async fn opportunity_update(
        &self,
        caller: &Caller,
        id: OpportunityId,
        changes: OpportunityChanges,
        if_match: Option<IfMatch>,
        assignable: &Roles,
    ) -> StoreResult<Opportunity>;

    /// Deletes an opportunity softly; administrators.
    async fn opportunity_delete(
        &self,
        caller: &Caller,
        id: OpportunityId,
        if_match: Option<IfMatch>,
    ) -> StoreResult<()>;

    /// Records an attempt at the first call; its holder, or an administrator. `red` makes it `lost`; `green`
    /// completes the first call and makes a `pending` or `assigned` one `contacted`. A change of status is an
    /// operation of kind `first_call`.
    async fn opportunity_first_call(
        &self,
        caller: &Caller,
        id: OpportunityId,
        attempt: FirstCall,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>>;

    /// The history of an opportunity that the viewer may see, newest first. The newest entry's `to_id` is the
    /// present holder.
    async fn opportunity_history(
        &self,
        viewer: &Viewer,
        id: OpportunityId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<HistoryEntry, SequenceCursor>>;
}

/// Who holds what: the hot path.
#[async_trait]
pub trait Assignments: Send + Sync {
    /// Assigns one opportunity, or takes its holder away (`None`). Administrators: to anyone assignable. Agents and
    /// lawyers: only to themselves, while it is unassigned or already theirs. To the present holder it changes
    /// nothing.
    async fn opportunity_assign(
        &self,
        caller: &Caller,
        id: OpportunityId,
        assignee: Option<Assignee>,
        assignable: &Roles,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>>;

    /// Assigns many to one user; administrators. One transaction, one operation, one audit entry. An item that the
    /// user holds already counts, and is in the operation and in the history.
    async fn opportunity_bulk_assign(
        &self,
        caller: &Caller,
        command: BulkAssign,
        assignable: &Roles,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>>;

    /// Takes the holder of many away; administrators. An item that is nobody's counts.
    async fn opportunity_bulk_unassign(
        &self,
        caller: &Caller,
        command: BulkUnassign,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>>;

    /// Assigns free opportunities, picked uniformly at random; administrators. Two at once never pick the same.
    async fn opportunity_assign_random(
        &self,
        caller: &Caller,
        command: AssignRandom,
        assignable: &Roles,
        keyed: Option<Keyed<RandomOutcome>>,
    ) -> StoreResult<Answer<RandomOutcome>>;
}
