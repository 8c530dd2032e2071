//! The body that creates a job.

use reparto_domain::{
    Status,
    jobs::{JobKind, JobWork},
    opportunities::Assignee,
    text::NOTE_MAX,
};
use serde_json::{Map, Value, json};

use super::fields::{JobFilter, SeparateIds};
use crate::http::{
    body::{boolean, id, narrowing, one_of, optional, or_default, request_body, required, text},
    names::NEW_JOB_KINDS,
    samples,
};

request_body! {
    /// A job to create: what to do with which opportunities, which `filter` or `opportunity_ids` selects.
    #[example(json!({
        "kind": "bulk_assign",
        "filter": {"status": "pending", "min_score": 60},
        "assigned_to_id": samples::id(samples::AGENT),
        "notes": "Reparto del lunes"
    }))]
    pub struct CreateJobBody {
        /// What the job does with the opportunities.
        kind: JobKind = required(one_of().among(NEW_JOB_KINDS)),
        /// Selects opportunities by the parameters of their list, under the same names; `{}` alone selects all. At most 16 KB.
        filter: Option<Map<String, Value>> = narrowing(JobFilter),
        /// Ids of the opportunities, each once, 1 to 1,000,000. An id that does not exist is a failed item.
        opportunity_ids: () = SeparateIds,
        /// Status that each opportunity gets: required for `set_status`, `assigned` by default for `bulk_assign`.
        status: Option<Status> = optional(one_of()),
        /// For `bulk_assign`: whether each opportunity gets `status`; false leaves each as it is.
        update_status: bool = or_default(boolean(), true),
        /// For `bulk_assign`: id of the user who gets the opportunities.
        assigned_to_id: Option<String> = optional(id()),
        /// For `bulk_assign`: note kept with the assignment and added to each opportunity's own notes on a new line.
        notes: Option<String> = optional(text(NOTE_MAX)),
        /// True to assign or export even opportunities of contacts who do not want to be contacted; otherwise each of
        /// these is a failed item.
        include_do_not_contact: bool = or_default(boolean(), false),
        /// True to answer how many opportunities the job would change, and create none.
        dry_run: bool = or_default(boolean(), false),
    }
}

impl CreateJobBody {
    /// The work of the job; `None` where the kind needs a status that is missing.
    pub(super) fn work(self) -> Option<JobWork> {
        match self.kind {
            JobKind::BulkAssign => Some(JobWork::BulkAssign {
                assignee: self.assigned_to_id.map_or(Assignee::Unknown, |text| Assignee::parse(&text)),
                status: self.update_status.then_some(self.status.unwrap_or(Status::Assigned)),
                note: self.notes,
            }),
            JobKind::BulkUnassign => Some(JobWork::BulkUnassign),
            JobKind::SetStatus => self.status.map(JobWork::SetStatus),
            JobKind::Export => Some(JobWork::Export),
            // Not among the kinds that can be asked for here.
            JobKind::Undo => None,
        }
    }
}
