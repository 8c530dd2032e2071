//! Undoing operations, and moving leads to other agents.

use reparto_domain::OperationId;

use super::{History, leads::Lead};
use crate::{demo::people::Account, failure::Failure};

impl History<'_> {
    /// The corrections that an administrator makes in the course of a day.
    pub(super) async fn correct(&mut self, day: usize) -> Result<(), Failure> {
        if day % 3 == 1 {
            self.undo_a_mistake(day).await?;
        }
        if day % 4 == 2 {
            self.undo_what_was_touched().await?;
        }
        if day % 5 == 3 {
            self.take_some_away().await?;
        }
        self.change_hands(day).await
    }

    /// Leads go to the wrong agent; minutes later that is undone. Now and then the undo was the mistake.
    async fn undo_a_mistake(&mut self, day: usize) -> Result<(), Failure> {
        let administrator = self.administrator();
        let Some(operation) = self.give_some(administrator, 12).await? else { return Ok(()) };
        self.pass(60..=400);
        let undo = self.undo(administrator, operation).await?;
        if let (Some(undo), 1) = (undo, day % 9) {
            let other = self.administrator();
            self.pass(600..=1_800);
            self.undo(other, undo).await?;
        }
        Ok(())
    }

    /// An undo does not touch leads reassigned meanwhile.
    async fn undo_what_was_touched(&mut self) -> Result<(), Failure> {
        let (administrator, other) = (self.administrator(), self.administrator());
        let free = self.leads.some(&mut self.random, 8, Lead::is_free);
        let (Some(agent), Some(next), Some(touched)) = (self.agent(), self.agent(), free.first().copied()) else {
            return Ok(());
        };
        let Some(outcome) = self.bulk_assign(administrator, agent, free, None).await? else { return Ok(()) };
        let Some(operation) = outcome.operation else { return Ok(()) };
        if next.id != agent.id {
            self.pass(300..=1_200);
            self.assign(other, touched, Some(next)).await?;
        }
        self.pass(300..=1_200);
        self.undo(administrator, operation).await?;
        Ok(())
    }

    /// An agent has too many leads: some are unassigned, so that others can take them.
    async fn take_some_away(&mut self) -> Result<(), Failure> {
        let Some(agent) = self.agent() else { return Ok(()) };
        let count = self.random.between(3..=8);
        let ids = self.leads.some(&mut self.random, count, |lead| lead.holder == Some(agent.id) && lead.is_to_call());
        let administrator = self.administrator();
        self.bulk_unassign(administrator, ids).await
    }

    /// One lead is reassigned or unassigned.
    async fn change_hands(&mut self, day: usize) -> Result<(), Failure> {
        let Some(lead) = self.leads.one(&mut self.random, Lead::is_to_call) else { return Ok(()) };
        let to = if day.is_multiple_of(3) { None } else { self.agent() };
        let administrator = self.administrator();
        self.pass(120..=900);
        self.assign(administrator, lead.id, to).await
    }

    /// Assigns some leads to an agent; returns the operation.
    async fn give_some(&mut self, administrator: &Account, count: usize) -> Result<Option<OperationId>, Failure> {
        let Some(agent) = self.agent() else { return Ok(None) };
        let ids = self.leads.some(&mut self.random, count, Lead::is_free);
        let outcome = self.bulk_assign(administrator, agent, ids, None).await?;
        Ok(outcome.and_then(|outcome| outcome.operation))
    }

    /// Undoes an operation; returns the undo.
    async fn undo(&mut self, administrator: &Account, operation: OperationId) -> Result<Option<OperationId>, Failure> {
        let caller = self.caller(administrator);
        let answer = self.store.operation_undo(&caller, operation, &self.policy.assignable, None).await?;
        let Some(outcome) = answer.fresh() else { return Ok(None) };
        self.leads.changed(&outcome.done);
        Ok(outcome.operation)
    }
}
