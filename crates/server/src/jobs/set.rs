//! The set of opportunities of a job.

use reparto_domain::{
    Refusal, UserId,
    jobs::{JOB_IDS_MAX, JobSet},
};
use serde_json::Value;

use super::sent::{Ids, SentIds};
use crate::{
    http::{
        Problem, QueryFields,
        body::Faults,
        problem::{Fault, Kind},
    },
    opportunities::filter::{filter as opportunity_filter, filter_names},
};

/// The two ways to select opportunities.
const WAYS: [&str; 2] = ["filter", "opportunity_ids"];

/// Reads the filter, or takes the ids; adds a fault where both were sent, or neither, and answers whether there were
/// too many ids. A refusal of the list itself comes only after all faults: the second step, [`check`].
pub(super) fn read(filter: Option<&Value>, ids: SentIds, me: UserId, faults: &mut Faults) -> Option<(JobSet, bool)> {
    let has_filter = filter.is_some();
    let by_filter = filter.and_then(Value::as_object).map(|object| {
        let mut query = QueryFields::of_object(object, &filter_names(), "filter.");
        let filter = opportunity_filter(&mut query, me);
        faults.extend(query.into_faults());
        filter
    });
    match (by_filter, ids) {
        (_, SentIds::NotAList) => {
            faults.add("opportunity_ids", Fault::Type(Kind::ListOfStrings));
            None
        }
        (Some(filter), SentIds::Absent) => Some((JobSet::Filter(filter), false)),
        (None, SentIds::List(Ids { ids, invalid })) if !has_filter => {
            let set = if invalid.is_empty() { JobSet::Ids(ids) } else { JobSet::Sent { ids, malformed: invalid } };
            Some((set, false))
        }
        (None, SentIds::TooMany) if !has_filter => Some((JobSet::Ids(Vec::new()), true)),
        // A filter that is no object is among the faults already.
        (None, _) if has_filter => None,
        (None, _) => {
            faults.add("filter", Fault::OneOfFields(WAYS.to_vec()));
            None
        }
        (Some(_), SentIds::List(_) | SentIds::TooMany) => {
            faults.add("filter", Fault::NotBoth(WAYS.to_vec()));
            None
        }
    }
}

/// Checks that the list of ids is neither empty nor too long and has no duplicates.
pub(super) fn check(set: JobSet, too_many: bool) -> Result<JobSet, Problem> {
    if too_many {
        return Err(Refusal::ListTooLong { max: JOB_IDS_MAX }.into());
    }
    if set.ids().is_some_and(<[_]>::is_empty) {
        return Err(Refusal::ListEmpty.into());
    }
    set.check()?;
    Ok(set)
}
