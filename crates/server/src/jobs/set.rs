//! Which opportunities a job is about.

use std::collections::HashSet;

use reparto_domain::{
    OpportunityId, Refusal, UserId,
    jobs::{JOB_IDS_MAX, JobSet},
};

use super::sent::SentIds;
use crate::{
    http::{
        Fields, Problem, QueryFields,
        problem::{Fault, Kind},
    },
    opportunities::filter::filter,
};

/// The two ways to say it.
const WAYS: [&str; 2] = ["filter", "opportunity_ids"];

/// Duplicates that are named.
const NAMED: usize = 10;

/// Reads the filter, or takes the ids; notes a fault where both came, or neither. A refusal of the list itself comes
/// only after all faults: the second step, [`checked`].
pub(super) fn set(fields: &mut Fields<'_>, ids: SentIds, me: UserId) -> Option<(JobSet, bool)> {
    let by_filter = fields.object("filter").map(|object| {
        let mut query = QueryFields::of_object(object, "filter.");
        let filter = filter(&mut query, me);
        fields.add_faults(query.into_faults());
        filter
    });
    match (by_filter, ids) {
        (_, SentIds::NoList) => {
            fields.fault("opportunity_ids", Fault::Type(Kind::ListOfStrings));
            None
        }
        (Some(filter), SentIds::Absent) => Some((JobSet::Filter(filter), false)),
        (None, SentIds::List(ids)) if !fields.has("filter") => Some((JobSet::Ids(ids), false)),
        (None, SentIds::TooMany) if !fields.has("filter") => Some((JobSet::Ids(Vec::new()), true)),
        // A filter that is no object has been noted.
        (None, _) if fields.has("filter") => None,
        (None, _) => {
            fields.fault("filter", Fault::OneOfFields(WAYS.to_vec()));
            None
        }
        (Some(_), SentIds::List(_) | SentIds::TooMany) => {
            fields.fault("filter", Fault::NotBoth(WAYS.to_vec()));
            None
        }
    }
}

/// The set, if its list is neither empty nor too long and names nothing twice.
pub(super) fn checked(set: JobSet, too_many: bool) -> Result<JobSet, Problem> {
    if too_many {
        return Err(Refusal::ListTooLong { max: JOB_IDS_MAX }.into());
    }
    if let JobSet::Ids(ids) = &set {
        if ids.is_empty() {
            return Err(Refusal::ListEmpty.into());
        }
        let duplicates = duplicates(ids);
        if !duplicates.is_empty() {
            return Err(Refusal::ListHasDuplicates { ids: duplicates }.into());
        }
    }
    Ok(set)
}

/// The first few ids that come more than once.
fn duplicates(ids: &[OpportunityId]) -> Vec<String> {
    let mut seen = HashSet::with_capacity(ids.len());
    let mut named = Vec::new();
    for id in ids {
        let text = || id.to_string();
        if !seen.insert(id) && named.len() < NAMED && !named.contains(&text()) {
            named.push(text());
        }
    }
    named
}
