//! The engine: connections and transactions, parameters, and the schema.

pub(crate) mod copy_in;
pub(crate) mod errors;
pub(crate) mod migrate;
mod options;
pub(crate) mod params;
pub(crate) mod tls;
pub(crate) mod tx;

pub use migrate::schema_fingerprint;
pub use options::{Options, Statements};
