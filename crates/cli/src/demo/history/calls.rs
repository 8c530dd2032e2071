//! What agents do with their leads.

use reparto_domain::{
    AttemptStatus, Priority, Status,
    contacts::{ContactFields, Grading},
    opportunities::{FirstCall, OpportunityChanges},
};

use super::{History, leads::Lead};
use crate::{demo::words, failure::Failure};

impl History<'_> {
    /// An agent calls somebody for the first time, or again.
    pub(super) async fn call(&mut self) -> Result<(), Failure> {
        let Some(lead) = self.leads.one(&mut self.random, Lead::is_to_call) else { return Ok(()) };
        let Some(agent) = self.agent_of(lead.holder) else { return Ok(()) };
        self.pass(120..=1_200);
        let status = match self.random.between(0..=99) {
            0..45 => AttemptStatus::Orange,
            45..82 => AttemptStatus::Green,
            _ => AttemptStatus::Red,
        };
        let call = FirstCall {
            number: lead.attempts + 1,
            status,
            call_id: self.random.chance(50).then(|| format!("call-{:08x}", u32::from_be_bytes(self.random.bytes()))),
            notes: self.random.chance(70).then(|| self.random.one_of(words::call_notes(status)).to_owned()),
        };
        let caller = self.caller(agent);
        let answer = self.store.opportunity_first_call(&caller, lead.id, call, None).await?;
        if let Some(opportunity) = answer.fresh() {
            self.leads.attempted(opportunity.id, opportunity.status);
        }
        Ok(())
    }

    /// A contacted lead is converted or lost.
    pub(super) async fn close_one(&mut self) -> Result<(), Failure> {
        let contacted = |lead: &Lead| lead.status == Status::Contacted;
        let Some(lead) = self.leads.one(&mut self.random, contacted) else { return Ok(()) };
        let status = if self.random.chance(60) { Status::Converted } else { Status::Lost };
        self.update(&lead, OpportunityChanges { status: Some(status), ..OpportunityChanges::default() }).await
    }

    /// An agent adds a note to a lead or a contact.
    pub(super) async fn edit(&mut self, day: usize) -> Result<(), Failure> {
        let Some(lead) = self.leads.one(&mut self.random, Lead::is_to_call) else { return Ok(()) };
        if day.is_multiple_of(2) {
            let priority = self.random.one_of(&[Priority::High, Priority::Urgent]);
            let notes = Some(Some(self.random.one_of(words::NOTES).to_owned()));
            let changes = OpportunityChanges { priority: Some(priority), notes, ..OpportunityChanges::default() };
            return self.update(&lead, changes).await;
        }
        let Some(agent) = self.agent_of(lead.holder) else { return Ok(()) };
        self.pass(60..=600);
        let (grading, notes) = (self.random.one_of(Grading::ALL), self.random.one_of(words::NOTES).to_owned());
        let edit = move |fields: ContactFields| ContactFields {
            grading_llamada: Some(grading),
            notes: Some(notes.clone()),
            ..fields
        };
        let caller = self.caller(agent);
        self.store.contact_update(&caller, lead.contact, Box::new(edit), self.policy.agents_see).await?;
        Ok(())
    }

    /// The holder changes a lead.
    async fn update(&mut self, lead: &Lead, changes: OpportunityChanges) -> Result<(), Failure> {
        let Some(agent) = self.agent_of(lead.holder) else { return Ok(()) };
        self.pass(60..=600);
        let caller = self.caller(agent);
        let after = self.store.opportunity_update(&caller, lead.id, changes, None, &self.policy.assignable).await?;
        self.seen(Some(after));
        Ok(())
    }
}
