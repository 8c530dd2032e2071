//! What is recorded of reading: exports, downloads, the audit log itself, and long lists.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{EntityType, action};
use crate::{ImportId, JobId, Timestamp};

/// What somebody looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Looked {
    /// A list of contacts.
    ContactList,
    /// A list of opportunities.
    OpportunityList,
    /// An export of opportunities.
    OpportunityExport,
    /// An export of users.
    UserExport,
    /// The items of a job, as a file.
    JobFile(JobId),
    /// The rows of an import, as a file.
    ImportFile(ImportId),
    /// The audit log.
    AuditLog,
}

impl Looked {
    /// The action as the audit log names it.
    pub const fn action(self) -> &'static str {
        match self {
            Self::ContactList => action::CONTACTS_LISTED,
            Self::OpportunityList => action::OPPORTUNITIES_LISTED,
            Self::OpportunityExport => action::OPPORTUNITIES_EXPORTED,
            Self::UserExport => action::USERS_EXPORTED,
            Self::JobFile(_) => action::JOB_DOWNLOADED,
            Self::ImportFile(_) => action::IMPORT_DOWNLOADED,
            Self::AuditLog => action::AUDIT_LOG_READ,
        }
    }

    /// The type of what was looked at.
    pub const fn entity(self) -> EntityType {
        match self {
            Self::ContactList => EntityType::Contact,
            Self::OpportunityList | Self::OpportunityExport => EntityType::Opportunity,
            Self::UserExport => EntityType::User,
            Self::JobFile(_) => EntityType::Job,
            Self::ImportFile(_) => EntityType::Import,
            Self::AuditLog => EntityType::AuditLog,
        }
    }

    /// The id of what was looked at, if it is a single one.
    pub const fn entity_id(self) -> Option<Uuid> {
        match self {
            Self::JobFile(id) => Some(id.uuid()),
            Self::ImportFile(id) => Some(id.uuid()),
            _ => None,
        }
    }
}

/// A look at what the audit log keeps a record of.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// What was looked at.
    pub looked: Looked,
    /// The number of rows that were given out.
    pub count: u64,
    /// The parameters that limited them, with their values, except texts that were searched for: those may name a
    /// person.
    pub filter: Map<String, Value>,
}

impl Look {
    /// The details of its entry.
    pub fn details(&self) -> Value {
        json!({ "count": self.count, "filter": self.filter })
    }
}

/// The time after which an account's rows are counted anew, in seconds; also the least time between two entries.
const MINUTE: i64 = 60;

/// How many rows of lists an account has read, and which of them its entries tell of. Every account that reads more than
/// the limit within a minute gets an entry at once, then at most one a minute, each with the number of rows since the one
/// before: together they tell of all rows of the minutes that were over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowsRead {
    /// When the running minute began.
    began: Option<Timestamp>,
    /// The rows of the running minute.
    rows: u64,
    /// The rows that no entry tells of yet, back to the beginning of the running minute at most, unless one was over.
    untold: u64,
    /// Whether an entry is due for the untold rows.
    is_over: bool,
    /// When the last entry was made.
    told: Option<Timestamp>,
}

impl RowsRead {
    /// Counts the rows of one more list. Returns the number of rows that an entry must tell of now.
    pub fn read(&mut self, rows: u64, now: Timestamp, limit: u64) -> Option<u64> {
        // A clock that was set back begins a new minute.
        if self.began.is_none_or(|began| now < began || began.plus_seconds(MINUTE) <= now) {
            (self.began, self.rows) = (Some(now), 0);
            if !self.is_over {
                self.untold = 0;
            }
        }
        self.rows = self.rows.saturating_add(rows);
        self.untold = self.untold.saturating_add(rows);
        self.is_over |= self.rows > limit;
        self.due(now)
    }

    /// The number of rows that an entry must tell of now, if it is a minute since the last one.
    pub fn due(&mut self, now: Timestamp) -> Option<u64> {
        let waits = self.told.is_some_and(|told| told <= now && now < told.plus_seconds(MINUTE));
        if !self.is_over || self.untold == 0 || waits {
            return None;
        }
        (self.told, self.is_over) = (Some(now), false);
        Some(std::mem::take(&mut self.untold))
    }

    /// The number of rows that an entry must still tell of, before what was counted is forgotten.
    pub fn rest(&mut self) -> Option<u64> {
        let rest = std::mem::take(&mut self.untold);
        (std::mem::take(&mut self.is_over) && rest > 0).then_some(rest)
    }

    /// Whether nothing of it matters any more: no entry is due, and a minute has passed since all that it knows.
    pub fn is_past(&self, now: Timestamp) -> bool {
        let past = |at: Option<Timestamp>| at.is_none_or(|at| at.plus_seconds(MINUTE) <= now);
        !self.is_over && past(self.began) && past(self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    /// The counts of the entries about lists of these numbers of rows, read at these seconds, with a limit of 100.
    fn recorded(lists: &[(i64, u64)]) -> Vec<(i64, u64)> {
        let mut rows = RowsRead::default();
        let each = lists.iter();
        each.filter_map(|(second, n)| Some((*second, rows.read(*n, NOW.plus_seconds(*second), 100)?))).collect()
    }

    #[test]
    fn only_more_than_the_limit_in_a_minute_is_recorded() {
        assert_eq!(recorded(&[(0, 60), (30, 40), (60, 100), (119, 0), (120, 100)]), []);
        assert_eq!(recorded(&[(0, 60), (30, 41)]), [(30, 101)]);
        assert_eq!(recorded(&[(0, 1_000)]), [(0, 1_000)]);
    }

    #[test]
    fn entries_are_a_minute_apart_and_count_every_row() {
        let lists: Vec<(i64, u64)> = (0..20).map(|n| (n * 10, 60)).collect();
        let entries = recorded(&lists);
        assert_eq!(entries, [(10, 120), (70, 360), (130, 360), (190, 360)]);
    }

    #[test]
    fn what_no_later_list_tells_is_due_after_a_minute() {
        let mut rows = RowsRead::default();
        assert_eq!(rows.read(101, NOW, 100), Some(101));
        assert_eq!(rows.read(500, NOW.plus_seconds(1), 100), None);
        assert_eq!(rows.due(NOW.plus_seconds(59)), None);
        assert!(!rows.is_past(NOW.plus_seconds(3_600)));
        assert_eq!(rows.due(NOW.plus_seconds(60)), Some(500));
        assert_eq!((rows.due(NOW.plus_seconds(200)), rows.rest()), (None, None));
        assert!(rows.is_past(NOW.plus_seconds(120)) && !rows.is_past(NOW.plus_seconds(119)));
        rows.read(101, NOW.plus_seconds(130), 100);
        rows.read(9, NOW.plus_seconds(131), 100);
        assert_eq!((rows.rest(), rows.rest()), (Some(9), None));
    }

    #[test]
    fn details_have_count_and_filter_alone() {
        let filter = json!({"status": "pending", "search": true});
        let look = Look { looked: Looked::OpportunityList, count: 7, filter: filter.as_object().cloned().unwrap() };
        assert_eq!(look.details(), json!({"count": 7, "filter": {"status": "pending", "search": true}}));
    }
}
