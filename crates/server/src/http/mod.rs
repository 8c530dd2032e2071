//! What all resources share: the caller, the request, and the answer.

pub mod accept;
pub mod body;
pub mod context;
pub mod dealing;
pub mod etag;
pub mod files;
mod flat;
pub mod idempotency;
pub mod incoming;
pub mod json;
pub mod language;
pub mod messages;
pub mod names;
pub mod path;
pub mod problem;
pub mod proxies;
pub mod query;
pub mod render;
pub mod samples;
pub mod signed;
pub mod sse;
pub mod workbook;

pub use context::RequestContext;
pub use incoming::{Incoming, JsonBody};
pub use json::Json;
pub use language::Language;
pub use path::PathId;
pub use problem::{FieldError, Problem};
pub use query::QueryFields;
pub use signed::{Presented, Signed, SignedForPassword, SignedForTotp};
