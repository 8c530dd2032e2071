//! Fields of the bodies that enter and change absences.

use reparto_domain::Timestamp;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use crate::http::{
    body::{Faults, Schemas, kinds::Kind, time},
    problem::Fault,
};

/// A point in time since the first day of the year 1: PostgreSQL cannot store all that is before.
pub(super) struct Moment;

/// 0001-01-01T00:00:00Z.
const FIRST: Timestamp = Timestamp::from_seconds(-62_135_596_800);

impl Kind for Moment {
    type Value = Timestamp;

    fn read(&self, sent: &Value) -> Result<Option<Timestamp>, Faults> {
        match time(false).read(sent)? {
            Some(at) if at < FIRST => Err(Fault::Time.into()),
            read => Ok(read),
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        time(false).schema()
    }

    fn refer(&self, schemas: &mut Schemas) {
        time(false).refer(schemas);
    }
}
