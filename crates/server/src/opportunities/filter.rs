//! Which opportunities: the parameters that the list takes, and other requests with it.

use reparto_domain::{
    Score, UserId,
    opportunities::{HeldBy, OfContact, OfImport, OpportunityFilter},
};
use utoipa::IntoParams;

use crate::http::{
    QueryFields,
    names::{PriorityName, StatusName, TimeOrDate},
};

/// Which opportunities.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OpportunityFilterParams {
    /// Only the opportunity of this contact.
    pub contact_id: Option<String>,
    /// Only opportunities that this import created (of a file that was sent to `/api/crm/imports`).
    pub import_id: Option<String>,
    /// Only opportunities with this status.
    #[param(value_type = Option<StatusName>)]
    pub status: Option<String>,
    /// Only opportunities with this priority.
    #[param(value_type = Option<PriorityName>)]
    pub priority: Option<String>,
    /// Only opportunities of this holder: a user's id, `me`, or `none` for unassigned ones.
    #[param(example = "none")]
    pub assigned_to: Option<String>,
    /// Words of the contact's name, email, company, phone, mobile or city, or parts of them, in any order; case, accents and
    /// punctuation do not matter, nor does how a number is written.
    #[param(max_length = 255)]
    pub search: Option<String>,
    /// Only opportunities with at least this score, 0 to 100.
    #[param(minimum = 0, maximum = 100)]
    pub min_score: Option<i64>,
    /// Only opportunities with at most this score, 0 to 100.
    #[param(minimum = 0, maximum = 100)]
    pub max_score: Option<i64>,
    /// Only opportunities detected at or after this time.
    #[param(value_type = Option<TimeOrDate>)]
    pub detected_from: Option<String>,
    /// Only opportunities detected at or before this time; a date means its end.
    #[param(value_type = Option<TimeOrDate>)]
    pub detected_to: Option<String>,
    /// True: fewer than five attempts and the first call not completed. False: all others.
    pub attempts_left: Option<bool>,
    /// True: of contacts who do not want to be contacted, or were erased. False: all others.
    pub do_not_contact: Option<bool>,
}

/// The names of the parameters.
pub fn filter_names() -> Vec<String> {
    OpportunityFilterParams::into_params(|| None).into_iter().map(|parameter| parameter.name).collect()
}

/// Reads them; `me` is this user.
pub fn filter(query: &mut QueryFields, me: UserId) -> OpportunityFilter {
    OpportunityFilter {
        contact: query.id("contact_id").map(|id| id.map_or(OfContact::Unknown, OfContact::Contact)),
        import: query.id("import_id").map(|id| id.map_or(OfImport::Unknown, OfImport::Import)),
        status: query.one_of("status"),
        priority: query.one_of("priority"),
        held_by: query.raw("assigned_to").map(|text| held_by(text, me)),
        search: query.search("search"),
        min_score: query.integer("min_score", 0, 100).and_then(Score::new),
        max_score: query.integer("max_score", 0, 100).and_then(Score::new),
        detected_from: query.time("detected_from", false),
        detected_to: query.time("detected_to", true),
        attempts_left: query.boolean("attempts_left"),
        do_not_contact: query.boolean("do_not_contact"),
    }
}

/// Whom `assigned_to` means.
pub fn held_by(text: &str, me: UserId) -> HeldBy {
    match text {
        "me" => HeldBy::User(me),
        "none" => HeldBy::Nobody,
        id => id.parse().map_or(HeldBy::Unknown, HeldBy::User),
    }
}
