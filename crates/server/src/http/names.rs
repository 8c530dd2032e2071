//! The named values that requests and answers carry: their lists for messages, their schemas for the API document.
//! Both come from the domain, so that neither can lag behind it.

use reparto_domain::{
    AttemptStatus, Priority, Role, Status,
    contacts::Grading,
    events::EventType,
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
    webhooks::DeliveryStatus,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// The names of all values of a type, made when the program is compiled.
macro_rules! names {
    ($type:ty) => {
        names!($type, ALL)
    };
    ($type:ty, $values:ident) => {{
        const COUNT: usize = <$type>::$values.len();
        const NAMES: [&str; COUNT] = {
            let mut names = [""; COUNT];
            let mut index = 0;
            while index < COUNT {
                names[index] = <$type>::$values[index].as_str();
                index += 1;
            }
            names
        };
        &NAMES
    }};
}

/// Statuses of an opportunity.
pub const STATUSES: &[&str] = names!(Status);
/// Priorities of an opportunity.
pub const PRIORITIES: &[&str] = names!(Priority);
/// What can come of an attempt at a first call.
pub const ATTEMPT_STATUSES: &[&str] = names!(AttemptStatus);
/// Grades of a contact.
pub const GRADINGS: &[&str] = names!(Grading);
/// Kinds of operations.
pub const OPERATION_KINDS: &[&str] = names!(OperationKind);
/// Types of events that the feed tells and webhooks can ask for.
pub const EVENT_TYPES: &[&str] = names!(EventType, PUBLISHED);
/// What a message to a webhook can tell.
pub const MESSAGE_TYPES: &[&str] = names!(EventType);
/// Kinds of jobs.
pub const JOB_KINDS: &[&str] = names!(JobKind);
/// Where a job can stand.
pub const JOB_STATUSES: &[&str] = names!(JobStatus);
/// Where a delivery can stand.
pub const DELIVERY_STATUSES: &[&str] = names!(DeliveryStatus);
/// Roles of users.
pub const ROLES: &[&str] = names!(Role);

macro_rules! schemas {
    ($($(#[$doc:meta])* $schema:ident $name:literal $names:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $schema;

        impl PartialSchema for $schema {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($names.iter().copied())).into()
            }
        }

        impl ToSchema for $schema {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    )*};
}

schemas! {
    /// Where an opportunity stands.
    StatusName "Status" STATUSES;
    /// How urgent an opportunity is.
    PriorityName "Priority" PRIORITIES;
    /// What came of an attempt.
    AttemptStatusName "AttemptStatus" ATTEMPT_STATUSES;
    /// A grade.
    GradingName "Grading" GRADINGS;
    /// A kind of operation.
    OperationKindName "OperationKind" OPERATION_KINDS;
    /// A type of event.
    EventTypeName "EventType" EVENT_TYPES;
    /// What a message to a webhook tells: an event, or that it is a test.
    MessageTypeName "MessageType" MESSAGE_TYPES;
    /// A kind of job.
    JobKindName "JobKind" JOB_KINDS;
    /// Where a job stands.
    JobStatusName "JobStatus" JOB_STATUSES;
    /// Where a delivery stands.
    DeliveryStatusName "DeliveryStatus" DELIVERY_STATUSES;
    /// A role.
    RoleName "Role" ROLES;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        assert!(STATUSES.iter().all(|name| name.parse::<Status>().is_ok()));
        assert!(OPERATION_KINDS.iter().all(|name| name.parse::<OperationKind>().is_ok()));
        assert!(ROLES.iter().all(|name| name.parse::<Role>().is_ok()));
        assert_eq!(GRADINGS, ["A", "B+", "B-", "C", "D"]);
    }
}
