//! Leads that an agent enters by hand and that turn out to be known already.

use reparto_domain::{
    ContactId, OpportunityId, Priority, Score,
    contacts::ContactFields,
    erasures::IfErased,
    json::KeptObject,
    opportunities::{Assignee, CreateOpportunity},
};
use serde_json::json;

use super::History;
use crate::{demo::words, failure::Failure};

impl History<'_> {
    /// Every fourth day somebody enters a lead, which is deleted on the next day. So the final number of leads does not
    /// depend on it.
    pub(super) async fn handle_duplicates(&mut self, day: usize) -> Result<(), Failure> {
        if let Some((contact, opportunity)) = self.duplicate.take() {
            self.delete(contact, opportunity).await?;
        }
        if day % 4 == 1 && day < 24 {
            self.duplicate = self.enter().await?;
        }
        Ok(())
    }

    async fn enter(&mut self) -> Result<Option<(ContactId, OpportunityId)>, Failure> {
        let Some(agent) = self.agent() else { return Ok(None) };
        self.pass(300..=900);
        let caller = self.caller(agent);
        let (first, last) = (self.random.one_of(words::FIRST_NAMES), self.random.one_of(words::LAST_NAMES));
        let fields = ContactFields {
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            notes: Some("Ha venido a la oficina".to_owned()),
            ..ContactFields::default()
        };
        let Some(contact) = self.store.contact_create(&caller, fields, IfErased::Refuse, None).await?.fresh() else {
            return Ok(None);
        };
        self.pass(30..=120);
        let command = CreateOpportunity {
            contact: Some(contact.id),
            score: Score::DEFAULT,
            priority: Priority::Medium,
            detection_reason: KeptObject::stored(json!({ "source": "oficina" }).to_string()),
            assignee: Some(Assignee::User(agent.id)),
            notes: None,
        };
        let caller = self.caller(agent);
        let created = self.store.opportunity_create(&caller, command, &self.policy, None).await?.fresh();
        Ok(created.map(|opportunity| (contact.id, opportunity.id)))
    }

    async fn delete(&mut self, contact: ContactId, opportunity: OpportunityId) -> Result<(), Failure> {
        let administrator = self.administrator();
        self.pass(120..=600);
        let caller = self.caller(administrator);
        self.store.opportunity_delete(&caller, opportunity, None).await?;
        self.pass(5..=20);
        let caller = self.caller(administrator);
        self.store.contact_delete(&caller, contact, false).await?;
        self.deleted.push(opportunity);
        Ok(())
    }
}
