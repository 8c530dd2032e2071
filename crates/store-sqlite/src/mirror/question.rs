//! A query with its user and its search resolved.

use reparto_domain::opportunities::{OfContact, OfImport, OpportunityFilter, OpportunityQuery, OpportunitySort, Whose};
use reparto_store::StoreResult;
use reparto_store_rows::lists::Holders;
use rusqlite::Connection;

use crate::{assignments::user_seq, engine::Conn as _, rows::value, statements::statements};

statements! {
    CONTACT = "SELECT seq FROM contacts WHERE id = ?1";
    IMPORT = "SELECT seq FROM imports WHERE id = ?1";
}

/// The query, apart from its position.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub filter: OpportunityFilter,
    pub holders: Holders,
    /// The seq of the contact; 0, which none has, if there is no such contact.
    pub contact: Option<i64>,
    /// The seq of the import; 0, which none has, if there is no such import.
    pub import: Option<i64>,
    pub sort: OpportunitySort,
}

impl Question {
    pub(crate) fn new(conn: &Connection, query: &OpportunityQuery) -> StoreResult<Self> {
        let whose = Whose::of(query.visibility, query.filter.held_by);
        let seq = whose.user().map(|id| user_seq(conn, id)).transpose()?.flatten();
        let holders = Holders::of(whose, seq);
        let contact = match query.filter.contact {
            None => None,
            Some(OfContact::Contact(id)) => Some(conn.opt(CONTACT, [id.as_bytes()], value)?.unwrap_or(0)),
            Some(OfContact::Unknown) => Some(0),
        };
        let import = match query.filter.import {
            None => None,
            Some(OfImport::Import(id)) => Some(conn.opt(IMPORT, [id.as_bytes()], value)?.unwrap_or(0)),
            Some(OfImport::Unknown) => Some(0),
        };
        Ok(Self { filter: query.filter.clone(), holders, contact, import, sort: query.sort })
    }

    /// Whether nothing can match.
    pub(crate) fn is_empty(&self) -> bool {
        let crossed = |low: Option<i64>, high: Option<i64>| low.zip(high).is_some_and(|(low, high)| low > high);
        let filter = &self.filter;
        self.holders == Holders::Nothing
            || self.contact == Some(0)
            || self.import == Some(0)
            || crossed(
                filter.min_score.map(reparto_domain::Score::get),
                filter.max_score.map(reparto_domain::Score::get),
            )
            || crossed(
                filter.detected_from.map(reparto_domain::Timestamp::micros),
                filter.detected_to.map(reparto_domain::Timestamp::micros),
            )
    }

    /// Whether the hot row must be read.
    pub(crate) fn needs_hot(&self) -> bool {
        self.filter.status.is_some() || self.holders != Holders::Any
    }

    /// Whether the opportunity's own row must be read, in addition to the index of `sort`.
    pub(crate) fn needs_facts(&self, sort: OpportunitySort) -> bool {
        // The indexes contain score, priority and attempts.
        self.filter.search.is_some()
            || self.filter.do_not_contact.is_some()
            || (self.has_times() && sort != OpportunitySort::DetectedAt)
    }

    pub(crate) fn has_scores(&self) -> bool {
        self.filter.min_score.is_some() || self.filter.max_score.is_some()
    }

    pub(crate) fn has_times(&self) -> bool {
        self.filter.detected_from.is_some() || self.filter.detected_to.is_some()
    }
}
