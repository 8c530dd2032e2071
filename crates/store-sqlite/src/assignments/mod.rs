//! Assignments: the hot path.

mod bulk;
mod chunk;
pub(crate) mod quota;
mod random;
mod single;

pub(crate) use bulk::user_seq;
pub(crate) use chunk::{ChunkItem, ChunkWork, chunk};
pub(crate) use quota::received;

use async_trait::async_trait;
use reparto_domain::{
    Caller, OpportunityId, Policy, Roles,
    idempotency::{Answer, Keyed},
    opportunities::{AssignRandom, Assignee, BulkAssign, BulkOutcome, BulkUnassign, Opportunity, RandomOutcome},
};
use reparto_store::{Assignments, StoreResult};
use rusqlite::Connection;

use crate::SqliteStore;

/// The statements of this module that are built at run time.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(&'static str, String)> {
    random::built_statements()
}

/// A bulk assignment without an idempotency key, for the bare loop.
pub(crate) fn bulk_assign(
    conn: &Connection,
    caller: &Caller,
    command: &BulkAssign,
    assignable: &Roles,
) -> StoreResult<Answer<BulkOutcome>> {
    bulk::assign(conn, caller, command, assignable, None)
}

#[async_trait]
impl Assignments for SqliteStore {
    async fn opportunity_assign(
        &self,
        caller: &Caller,
        id: OpportunityId,
        assignee: Option<Assignee>,
        policy: &Policy,
        keyed: Option<Keyed<Opportunity>>,
    ) -> StoreResult<Answer<Opportunity>> {
        let policy = policy.clone();
        self.write_for(caller, move |conn, caller| single::assign(conn, caller, id, assignee, &policy, keyed.as_ref()))
            .await
    }

    async fn opportunity_bulk_assign(
        &self,
        caller: &Caller,
        command: BulkAssign,
        assignable: &Roles,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>> {
        let (asker, assignable) = (caller.clone(), assignable.clone());
        // A dry run only reads; it needs the writer only to store its answer under an idempotency key.
        let reads = command.mode.dry_run && keyed.is_none();
        let run = move |conn: &_, caller: &_| bulk::assign(conn, caller, &command, &assignable, keyed.as_ref());
        if reads { self.read(move |conn| run(conn, &asker)).await } else { self.write_for(caller, run).await }
    }

    async fn opportunity_bulk_unassign(
        &self,
        caller: &Caller,
        command: BulkUnassign,
        keyed: Option<Keyed<BulkOutcome>>,
    ) -> StoreResult<Answer<BulkOutcome>> {
        let asker = caller.clone();
        let reads = command.mode.dry_run && keyed.is_none();
        let run = move |conn: &_, caller: &_| bulk::unassign(conn, caller, &command, keyed.as_ref());
        if reads { self.read(move |conn| run(conn, &asker)).await } else { self.write_for(caller, run).await }
    }

    async fn opportunity_assign_random(
        &self,
        caller: &Caller,
        command: AssignRandom,
        assignable: &Roles,
        keyed: Option<Keyed<RandomOutcome>>,
    ) -> StoreResult<Answer<RandomOutcome>> {
        let assignable = assignable.clone();
        // The search, which may take long, is done on a reader; the writer only checks that the candidates are still
        // free.
        let (asker, mirror) = (caller.clone(), self.mirror());
        let found = self.read(move |conn| random::seek(conn, &asker, &command, &mirror)).await?;
        self.write_for(caller, move |conn, caller| {
            random::assign(conn, caller, &command, &assignable, &found, keyed.as_ref())
        })
        .await
    }
}
