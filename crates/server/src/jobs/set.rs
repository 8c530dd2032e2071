//! Which opportunities a job is about.

use reparto_domain::{
    Refusal, UserId,
    jobs::{JOB_IDS_MAX, JobSet},
};

use super::sent::{Ids, SentIds};
use crate::{
    http::{
        Fields, Problem, QueryFields,
        problem::{Fault, Kind},
    },
    opportunities::filter::filter,
};

/// The two ways to say it.
const WAYS: [&str; 2] = ["filter", "opportunity_ids"];

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
        (None, SentIds::List(Ids { ids, malformed })) if !fields.has("filter") => {
            let set = if malformed.is_empty() { JobSet::Ids(ids) } else { JobSet::Sent { ids, malformed } };
            Some((set, false))
        }
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
    if set.ids().is_some_and(<[_]>::is_empty) {
        return Err(Refusal::ListEmpty.into());
    }
    set.check()?;
    Ok(set)
}
