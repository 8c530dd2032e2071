//! The statements of lists, built from only the parts that a query needs, so that each can use its index.

use reparto_domain::{OpportunityId, opportunities::OpportunitySort};
use reparto_store::StoreResult;
use reparto_store_rows::{lists::Holders, names::named};
use rusqlite::ToSql;

use super::plan::Driver;
use crate::{
    mirror::question::Question,
    search::{indexed, is_wholly_indexed, stored},
    statements::statements,
};

statements! {
    /// The number of contacts that the index of trigrams finds.
    SEARCHED = "SELECT count(*) FROM (SELECT 1 FROM contacts_search WHERE contacts_search MATCH :match LIMIT :limit)";
}

/// Which rows: all, or those after a cursor in two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seek {
    /// From the beginning.
    All,
    /// Rows with the cursor's key, after its id.
    Tied,
    /// Rows beyond the cursor's key.
    Beyond,
}

/// The column that a list is sorted by.
pub(super) const fn key(sort: OpportunitySort) -> &'static str {
    match sort {
        OpportunitySort::DetectedAt => "detected_at",
        OpportunitySort::Score => "score",
        OpportunitySort::Priority => "priority",
        OpportunitySort::CreatedAt => "created_at",
    }
}

/// A page: the seqs of its rows.
pub(super) fn page(question: &Question, driver: Driver, seek: Seek, descending: bool) -> String {
    let key = key(question.sort);
    let mut conditions = conditions(question, driver);
    // Rows with the same key are in order of id, ascending if the list is descending: the index forwards, or backwards.
    let (by_key, by_id, beyond, after) = if descending { ("DESC", "ASC", "<", ">") } else { ("ASC", "DESC", ">", "<") };
    match seek {
        Seek::All => {}
        Seek::Tied => conditions.push(format!("o.{key} = :key AND o.id {after} :id")),
        Seek::Beyond => conditions.push(format!("o.{key} {beyond} :key")),
    }
    format!(
        "SELECT o.seq FROM {} WHERE {} ORDER BY o.{key} {by_key}, o.id {by_id} LIMIT :limit OFFSET :offset",
        tables(question, driver),
        conditions.join(" AND ")
    )
}

/// The number of matches, counted up to `:limit`.
pub(super) fn count(question: &Question, driver: Driver) -> String {
    format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT :limit)",
        tables(question, driver),
        conditions(question, driver).join(" AND ")
    )
}

/// The seqs of all that match, in any order.
pub(super) fn all(question: &Question, driver: Driver) -> String {
    let conditions = conditions(question, driver).join(" AND ");
    format!("SELECT o.seq FROM {} WHERE {conditions}", tables(question, driver))
}

/// Whether the contact's text must be looked at: the index of trigrams does not find all of the search, or is not used.
fn looks_at_text(question: &Question, driver: Driver) -> bool {
    let search = question.filter.search.as_ref();
    search.is_some_and(|search| driver != Driver::Search || !is_wholly_indexed(search))
}

fn tables(question: &Question, driver: Driver) -> String {
    let mut tables = match driver {
        Driver::Order => format!("opportunities o INDEXED BY opportunities_{}", key(question.sort)),
        Driver::Facts(sort) => format!("opportunities o INDEXED BY opportunities_{}", key(sort)),
        Driver::Hot => "assignments a CROSS JOIN opportunities o ON o.seq = a.seq".to_owned(),
        Driver::Search => "contacts_search s CROSS JOIN opportunities o INDEXED BY opportunities_contact \
             ON o.contact_seq = s.rowid"
            .to_owned(),
        Driver::Contact => "opportunities o INDEXED BY opportunities_contact".to_owned(),
        Driver::Import => {
            "import_rows r INDEXED BY import_rows_outcome CROSS JOIN opportunities o ON o.seq = r.opportunity"
                .to_owned()
        }
    };
    if driver != Driver::Hot && question.needs_hot() {
        tables.push_str(" CROSS JOIN assignments a ON a.seq = o.seq");
    }
    if looks_at_text(question, driver) {
        tables.push_str(" CROSS JOIN contacts c ON c.seq = o.contact_seq");
    }
    tables
}

fn conditions(question: &Question, driver: Driver) -> Vec<String> {
    let filter = &question.filter;
    let mut all = vec!["o.deleted_at IS NULL".to_owned()];
    let mut push = |wanted: bool, condition: &str| {
        if wanted {
            all.push(condition.to_owned());
        }
    };
    push(driver == Driver::Hot, "a.deleted = 0");
    push(filter.status.is_some(), "a.status = :status");
    match question.holders {
        Holders::Any | Holders::Nothing => {}
        Holders::Nobody => push(true, "a.holder IS NULL"),
        Holders::User(_) => push(true, "a.holder = :holder"),
        Holders::NobodyOr(_) => push(true, "(a.holder IS NULL OR a.holder = :holder)"),
    }
    push(question.contact.is_some(), "o.contact_seq = :contact");
    // Each of its rows that created one created another one.
    push(driver == Driver::Import, &named("r.import = :import AND r.outcome = {row.created}"));
    push(
        driver != Driver::Import && question.import.is_some(),
        &named(
            "EXISTS (SELECT 1 FROM import_rows r INDEXED BY import_rows_contact WHERE r.contact = o.contact_seq \
            AND r.import = :import AND r.opportunity = o.seq)",
        ),
    );
    push(filter.priority.is_some(), "o.priority = :priority");
    push(filter.min_score.is_some(), "o.score >= :min_score");
    push(filter.max_score.is_some(), "o.score <= :max_score");
    push(filter.detected_from.is_some(), "o.detected_at >= :detected_from");
    push(filter.detected_to.is_some(), "o.detected_at <= :detected_to");
    push(filter.attempts_left == Some(true), &named("(o.attempt_count < {attempts.max} AND o.call_completed = 0)"));
    push(filter.attempts_left == Some(false), &named("(o.attempt_count >= {attempts.max} OR o.call_completed = 1)"));
    push(filter.do_not_contact == Some(true), "o.do_not_contact = 1");
    push(filter.do_not_contact == Some(false), "o.do_not_contact = 0");
    push(driver == Driver::Search, "contacts_search MATCH :match");
    push(looks_at_text(question, driver), "found(c.search_text, :search)");
    all
}

/// Values by name. Only those that occur in the statement are bound.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(&'static str, Box<dyn Bound>)>);

trait Bound: ToSql + std::fmt::Debug {}
impl<T: ToSql + std::fmt::Debug> Bound for T {}

impl Values {
    /// The values of a question.
    pub(super) fn new(question: &Question) -> StoreResult<Self> {
        let filter = &question.filter;
        let mut values = Self::default();
        if let Some(search) = &filter.search {
            values = values.with_text(":search", stored(search)?);
            if let Some(words) = indexed(search) {
                values = values.with_text(":match", words);
            }
        }
        let mut put = |name, value: Option<i64>| {
            if let Some(value) = value {
                values.0.push((name, Box::new(value) as Box<dyn Bound>));
            }
        };
        put(":status", filter.status.map(|status| i64::from(status.number())));
        put(
            ":holder",
            match question.holders {
                Holders::User(user) | Holders::NobodyOr(user) => Some(user),
                _ => None,
            },
        );
        put(":contact", question.contact);
        put(":import", question.import);
        put(":priority", filter.priority.map(|priority| i64::from(priority.number())));
        put(":min_score", filter.min_score.map(reparto_domain::Score::get));
        put(":max_score", filter.max_score.map(reparto_domain::Score::get));
        put(":detected_from", filter.detected_from.map(reparto_domain::Timestamp::micros));
        put(":detected_to", filter.detected_to.map(reparto_domain::Timestamp::micros));
        Ok(values)
    }

    pub(super) fn with(mut self, name: &'static str, value: i64) -> Self {
        self.0.push((name, Box::new(value)));
        self
    }

    pub(super) fn with_id(mut self, id: OpportunityId, seek: Seek) -> Self {
        if seek == Seek::Tied {
            self.0.push((":id", Box::new(*id.as_bytes())));
        }
        self
    }

    pub(super) fn with_text(mut self, name: &'static str, value: String) -> Self {
        self.0.push((name, Box::new(value)));
        self
    }

    /// The values that occur in this statement.
    pub(super) fn bound(&self, sql: &str) -> Vec<(&'static str, &dyn ToSql)> {
        self.0
            .iter()
            .filter(|(name, _)| sql.contains(name))
            .map(|(name, value)| (*name, value.as_ref() as &dyn ToSql))
            .collect()
    }
}
