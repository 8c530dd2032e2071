//! Opportunities and assignments.

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Policy, Roles, Viewer,
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

/// Reading, creating and editing opportunities.
#[async_trait]
pub trait Opportunities: Send + Sync {
    /// Creates an opportunity. Staff only. With an assignee the status is `assigned`, else `pending`. Only
    /// administrators may assign it to somebody else. A contact that the caller may not see is not found.
    async fn opportunity_create(
        &self,
        caller: &Caller,
        command: CreateOpportunity,
        policy: &Policy,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>>;

    /// Returns an opportunity that the viewer may see.
    async fn opportunity_get(&self, viewer: &Viewer, id: OpportunityId) -> StoreResult<Opportunity>;

    /// Lists a page of the matching opportunities.
    async fn opportunity_list(&self, query: OpportunityQuery) -> StoreResult<OpportunityPage>;

    /// Edits an opportunity. Its holder or an administrator only. If nothing changes, nothing is written. A change of
    /// holder or status is an operation of kind `update`.
    async fn opportunity_update(
        &self,
        caller: &Caller,
        id: OpportunityId,
        changes: OpportunityChanges,
        if_match: Option<IfMatch>,
        assignable: &Roles,
    ) -> StoreResult<Opportunity>;

    /// Soft-deletes an opportunity. Administrators only.
    async fn opportunity_delete(
        &self,
        caller: &Caller,
        id: OpportunityId,
        if_match: Option<IfMatch>,
    ) -> StoreResult<()>;

    /// Records a first-call attempt. Its holder or an administrator only. `red` sets the status `lost`; `green`
    /// completes the first call and changes `pending` or `assigned` to `contacted`. A change of status is an operation
    /// of kind `first_call`.
    async fn opportunity_first_call(
        &self,
        caller: &Caller,
        id: OpportunityId,
        attempt: FirstCall,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>>;

    /// Lists the history of an opportunity that the viewer may see, newest first. The newest entry's `to_id` is the
    /// current holder.
    async fn opportunity_history(
        &self,
        viewer: &Viewer,
        id: OpportunityId,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<HistoryEntry, SequenceCursor>>;
}

/// Assignments: the hot path.
#[async_trait]
pub trait Assignments: Send + Sync {
    /// Assigns or unassigns (`None`) one opportunity. Administrators may assign to anyone assignable; agents and
    /// lawyers only to themselves, if it is unassigned or already theirs. Assigning to the current holder changes
    /// nothing. Who takes more than the daily quota is told or refused, as the policy says.
    async fn opportunity_assign(
        &self,
        caller: &Caller,
        id: OpportunityId,
        assignee: Option<Assignee>,
        policy: &Policy,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>>;

    /// Assigns several opportunities to one user. Administrators only. One transaction, one operation, one audit entry.
    /// Items that the user already holds count as assigned and are recorded in the operation and in the history.
    async fn opportunity_bulk_assign(
        &self,
        caller: &Caller,
        command: BulkAssign,
        assignable: &Roles,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>>;

    /// Unassigns several opportunities. Administrators only. Unassigned items count as done.
    async fn opportunity_bulk_unassign(
        &self,
        caller: &Caller,
        command: BulkUnassign,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>>;

    /// Assigns free opportunities, picked uniformly at random. Administrators only. Concurrent calls never pick the
    /// same.
    async fn opportunity_assign_random(
        &self,
        caller: &Caller,
        command: AssignRandom,
        assignable: &Roles,
        keyed: Option<Keyed<RandomOutcome>>,
    ) -> StoreResult<Answer<RandomOutcome>>;
}
