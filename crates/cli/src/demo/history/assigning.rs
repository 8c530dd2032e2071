//! Assigning leads to agents.

use reparto_domain::{
    OpportunityId, Priority, Status,
    idempotency::Answer,
    opportunities::{
        AssignRandom, Assignee, BulkAssign, BulkIds, BulkMode, BulkOutcome, BulkUnassign, ExpectedHolder, Opportunity,
        RandomFilter,
    },
};

use super::History;
use crate::{
    demo::{DAY, people::Account, words},
    failure::Failure,
};

/// How many days an unassigned lead counts as new.
const NEW: i64 = 10;

impl History<'_> {
    /// An administrator's morning: the best new leads are assigned to some agents, in proportion to their shares, and
    /// some others at random.
    pub(super) async fn assign_the_newest(&mut self, day: usize) -> Result<(), Failure> {
        let administrator = self.administrators[day % self.administrators.len()];
        self.pass(600..=1_800);
        let since = self.now.plus_seconds(-NEW * DAY);
        let mut new = self.leads.matching(|lead| lead.is_free() && lead.detected_at >= since);
        new.sort_by_key(|lead| std::cmp::Reverse(lead.score));
        let mut best: Vec<OpportunityId> = new.iter().take(new.len() / 4).map(|lead| lead.id).collect();
        let agents = self.random.some_of(self.agents.clone(), 6);
        let shares: usize = agents.iter().map(|agent| agent.share as usize).sum();
        let all = best.len();
        for agent in agents {
            let part = (all * agent.share as usize).div_ceil(shares.max(1)).min(best.len());
            let ids: Vec<OpportunityId> = best.drain(..part).collect();
            let note = self.random.chance(40).then(|| self.random.one_of(words::CAMPAIGNS));
            self.bulk_assign(administrator, agent, ids, note).await?;
        }
        if day.is_multiple_of(2) {
            self.assign_random(administrator).await?;
        }
        Ok(())
    }

    /// An administrator assigns unassigned leads to an agent.
    pub(super) async fn bulk_assign(
        &mut self,
        administrator: &Account,
        agent: &Account,
        ids: Vec<OpportunityId>,
        note: Option<&str>,
    ) -> Result<Option<BulkOutcome>, Failure> {
        if ids.is_empty() {
            return Ok(None);
        }
        self.pass(60..=420);
        let command = BulkAssign {
            ids: BulkIds::from_ids(ids),
            assignee: Assignee::User(agent.id),
            status: Some(Status::Assigned),
            note: note.map(str::to_owned),
            mode: BulkMode { expected_holder: Some(ExpectedHolder::Nobody), ..BulkMode::default() },
            job: None,
        };
        let caller = self.caller(administrator);
        let outcome =
            self.store.opportunity_bulk_assign(&caller, command, &self.policy.assignable, None).await?.fresh();
        if let Some(outcome) = &outcome {
            self.leads.changed(&outcome.done);
        }
        Ok(outcome)
    }

    /// An administrator unassigns leads.
    pub(super) async fn bulk_unassign(
        &mut self,
        administrator: &Account,
        ids: Vec<OpportunityId>,
    ) -> Result<(), Failure> {
        if ids.is_empty() {
            return Ok(());
        }
        self.pass(300..=900);
        let command = BulkUnassign { ids: BulkIds::from_ids(ids), mode: BulkMode::default(), job: None };
        let caller = self.caller(administrator);
        if let Answer::Fresh(outcome) = self.store.opportunity_bulk_unassign(&caller, command, None).await? {
            self.leads.changed(&outcome.done);
        }
        Ok(())
    }

    /// An administrator assigns some new leads, picked at random, to an agent.
    async fn assign_random(&mut self, administrator: &Account) -> Result<(), Failure> {
        let Some(agent) = self.agent() else { return Ok(()) };
        self.pass(60..=420);
        let filter = RandomFilter {
            detected_from: Some(self.now.plus_seconds(-NEW * DAY)),
            priority: self.random.chance(30).then_some(Priority::Medium),
            ..RandomFilter::default()
        };
        let count = u32::try_from(self.random.between(3..=8)).unwrap_or(1);
        let seed = u64::from_be_bytes(self.random.bytes());
        let command = AssignRandom { assignee: Assignee::User(agent.id), count, filter, seed };
        let caller = self.caller(administrator);
        let answer = self.store.opportunity_assign_random(&caller, command, &self.policy.assignable, None).await?;
        for id in answer.fresh().into_iter().flat_map(|outcome| outcome.ids) {
            self.leads.set(id, Some(agent.id), Status::Assigned);
        }
        Ok(())
    }

    /// An agent takes an unassigned lead.
    pub(super) async fn take_one(&mut self) -> Result<(), Failure> {
        let Some(agent) = self.agent() else { return Ok(()) };
        let Some(lead) = self.leads.one(&mut self.random, super::leads::Lead::is_free) else { return Ok(()) };
        self.pass(300..=1_200);
        self.assign(agent, lead.id, Some(agent)).await
    }

    /// Assigns one lead to an agent, or unassigns it.
    pub(super) async fn assign(
        &mut self,
        by: &Account,
        id: OpportunityId,
        to: Option<&Account>,
    ) -> Result<(), Failure> {
        let assignee = to.map(|to| Assignee::User(to.id));
        let caller = self.caller(by);
        let answer = self.store.opportunity_assign(&caller, id, assignee, &self.policy, None).await?;
        self.seen(answer.fresh());
        Ok(())
    }

    /// Updates a lead from the response to a request.
    pub(super) fn seen(&mut self, opportunity: Option<Opportunity>) {
        if let Some(opportunity) = opportunity {
            self.leads.set(opportunity.id, opportunity.holder.map(|holder| holder.id), opportunity.status);
        }
    }
}
