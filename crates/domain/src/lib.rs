//! The domain of Reparto: opportunities, assignments and operations, who may do what, and how a request can be refused.
//! No I/O, no async, no SQL, no HTTP: everything here can be tested with plain values.
//!
//! Each module is named after its resource, and the layers above (`store`, the engines, `server`) use the same names.

pub mod absences;
pub mod audit;
pub mod caller;
pub mod consent;
pub mod contacts;
pub mod cursor;
pub mod dealing;
pub mod erasures;
pub mod events;
pub mod first_call;
pub mod fold;
pub mod guessing;
pub mod headings;
pub mod idempotency;
pub mod ids;
pub mod imports;
pub mod jobs;
pub mod json;
pub mod limits;
pub mod operations;
pub mod opportunities;
pub mod page;
pub mod passwords;
pub mod phone;
pub mod policy;
pub mod refusal;
pub mod repeatable_ids;
pub mod retention;
pub mod roles;
pub mod rotations;
pub mod search;
pub mod second_factor;
pub mod sessions;
pub mod spreadsheet;
pub mod teams;
pub mod text;
pub mod time;
pub mod users;
pub mod values;
pub mod version;
pub mod webhooks;

pub use caller::{Authority, Caller, Origin, Viewer};
pub use ids::{
    AbsenceId, AuditId, ContactId, ImportId, JobId, OperationId, OpportunityId, RotationId, SessionId, TeamId, UserId,
    WebhookId,
};
pub use policy::Policy;
pub use refusal::Refusal;
pub use roles::{Role, Roles};
pub use time::{CallerClock, Clock, SystemClock, Timestamp, effective_at};
pub use values::{AttemptStatus, Priority, Score, Status};
