//! Which opportunities: the parameters that the list takes, and other requests with it.

use reparto_domain::{
    Score, UserId,
    opportunities::{HeldBy, OpportunityFilter},
};
use utoipa::IntoParams;

use crate::http::{
    QueryFields,
    names::{PRIORITIES, PriorityName, STATUSES, StatusName},
};

/// Which opportunities.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OpportunityFilterParams {
    /// With this status.
    #[param(value_type = Option<StatusName>)]
    pub status: Option<String>,
    /// With this priority.
    #[param(value_type = Option<PriorityName>)]
    pub priority: Option<String>,
    /// Held by: a user's id, `me`, or `none`.
    #[param(example = "none")]
    pub assigned_to: Option<String>,
    /// Part of the contact's name, first or last name, email, phone, mobile or city; case and accents do not matter.
    pub search: Option<String>,
    /// With at least this score.
    #[param(minimum = 0, maximum = 100)]
    pub min_score: Option<i64>,
    /// With at most this score.
    #[param(minimum = 0, maximum = 100)]
    pub max_score: Option<i64>,
    /// Noticed at or after: an RFC 3339 time, or a date.
    pub detected_from: Option<String>,
    /// Noticed at or before: an RFC 3339 time, or a date, which means its end.
    pub detected_to: Option<String>,
    /// True: fewer than five attempts and the first call not completed. False: the others.
    pub attempts_left: Option<bool>,
}

/// Reads them; `me` is this user.
pub fn filter(query: &mut QueryFields, me: UserId) -> OpportunityFilter {
    OpportunityFilter {
        status: query.one_of("status", STATUSES),
        priority: query.one_of("priority", PRIORITIES),
        held_by: query.raw("assigned_to").map(|text| held_by(text, me)),
        search: query.search("search"),
        min_score: query.integer("min_score", 0, 100).and_then(Score::new),
        max_score: query.integer("max_score", 0, 100).and_then(Score::new),
        detected_from: query.time("detected_from", false),
        detected_to: query.time("detected_to", true),
        attempts_left: query.boolean("attempts_left"),
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
