//! The leads that the demo's agents work on: a bounded part of all leads.

use std::collections::HashMap;

use reparto_domain::{ContactId, OpportunityId, Status, Timestamp, UserId, opportunities::BulkItem};

use super::super::random::Random;

/// A lead.
#[derive(Debug, Clone)]
pub struct Lead {
    pub id: OpportunityId,
    pub contact: ContactId,
    pub detected_at: Timestamp,
    pub score: i64,
    pub holder: Option<UserId>,
    pub status: Status,
    pub attempts: u8,
}

impl Lead {
    /// Whether it can be assigned.
    pub fn is_free(&self) -> bool {
        self.holder.is_none() && self.status == Status::Pending
    }

    /// Whether its holder still has to call.
    pub fn is_to_call(&self) -> bool {
        self.holder.is_some() && self.status == Status::Assigned && self.attempts < 5
    }
}

/// Leads, in the order of their arrival.
#[derive(Debug, Default)]
pub struct Leads {
    all: Vec<Lead>,
    places: HashMap<OpportunityId, usize>,
}

impl Leads {
    /// Adds a lead.
    pub fn add(&mut self, lead: Lead) {
        self.places.insert(lead.id, self.all.len());
        self.all.push(lead);
    }

    /// Those that match, oldest first.
    pub fn matching(&self, matches: impl Fn(&Lead) -> bool) -> Vec<&Lead> {
        self.all.iter().filter(|lead| matches(lead)).collect()
    }

    /// One that matches.
    pub fn one(&self, random: &mut Random, matches: impl Fn(&Lead) -> bool) -> Option<Lead> {
        let matching = self.matching(matches);
        (!matching.is_empty()).then(|| random.one_of(&matching).clone())
    }

    /// The ids of at most this many that match, in any order.
    pub fn some(&self, random: &mut Random, count: usize, matches: impl Fn(&Lead) -> bool) -> Vec<OpportunityId> {
        random.some_of(self.matching(matches), count).into_iter().map(|lead| lead.id).collect()
    }

    /// Updates leads after a bulk request or an undo.
    pub fn changed(&mut self, items: &[BulkItem]) {
        for item in items {
            self.set(item.id, item.assigned_to_id, item.status);
        }
    }

    /// Sets a lead's holder and status. Unknown leads are ignored.
    pub fn set(&mut self, id: OpportunityId, holder: Option<UserId>, status: Status) {
        if let Some(lead) = self.get(id) {
            lead.holder = holder;
            lead.status = status;
        }
    }

    /// Records an attempt to call.
    pub fn attempted(&mut self, id: OpportunityId, status: Status) {
        if let Some(lead) = self.get(id) {
            lead.attempts += 1;
            lead.status = status;
        }
    }

    /// Moves all leads of one holder to another.
    pub fn hand_over(&mut self, from: UserId, to: UserId) {
        for lead in self.all.iter_mut().filter(|lead| lead.holder == Some(from)) {
            lead.holder = Some(to);
        }
    }

    fn get(&mut self, id: OpportunityId) -> Option<&mut Lead> {
        self.places.get(&id).map(|place| &mut self.all[*place])
    }
}
