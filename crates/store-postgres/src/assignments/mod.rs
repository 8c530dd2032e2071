//! Assignments: the hot path.

pub(crate) mod bulk;
mod bulk_outcome;
mod bulk_params;
pub(crate) mod bulk_sql;
pub(crate) mod groups;
pub(crate) mod quota;
pub(crate) mod random;
mod refusals;
pub(crate) mod single;
mod turns;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Policy, Roles,
    idempotency::{Answer, Keyed},
    opportunities::{AssignRandom, Assignee, BulkAssign, BulkOutcome, BulkUnassign, Opportunity, RandomOutcome},
};
use reparto_store::{Assignments, StoreResult};

use crate::{PostgresStore, engine::tx::transact};
use bulk::Bulk;
pub(crate) use quota::received;

/// What a bulk request sends.
pub(crate) fn bulk_statement() -> &'static str {
    &bulk_sql::BULK
}

#[async_trait]
impl Assignments for PostgresStore {
    async fn opportunity_assign(
        &self,
        caller: &Caller,
        id: OpportunityId,
        assignee: Option<Assignee>,
        policy: &Policy,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>> {
        transact!(self, tx => single::assign(tx, caller, id, assignee, policy, keyed.as_ref()))
    }

    async fn opportunity_bulk_assign(
        &self,
        caller: &Caller,
        command: BulkAssign,
        assignable: &Roles,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>> {
        groups::execute(self, Bulk::assign(caller.clone(), command, assignable.clone()).with_key(keyed)).await
    }

    async fn opportunity_bulk_unassign(
        &self,
        caller: &Caller,
        command: BulkUnassign,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>> {
        groups::execute(self, Bulk::unassign(caller.clone(), command).with_key(keyed)).await
    }

    async fn opportunity_assign_random(
        &self,
        caller: &Caller,
        command: AssignRandom,
        assignable: &Roles,
        keyed: Option<Keyed<RandomOutcome>>,
    ) -> StoreResult<Answer<RandomOutcome>> {
        // They are only proposed: whoever is picked is free when it is locked.
        let found = random::seek(self, &command).await;
        transact!(self, tx => random::assign(tx, caller, &command, assignable, found.as_ref(), keyed.as_ref()))
    }
}
