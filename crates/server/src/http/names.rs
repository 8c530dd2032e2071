//! The named values that requests and answers carry: their lists for messages, their schemas for the API document.
//! Both come from the domain, so that neither can lag behind it.

use std::str::FromStr;

use reparto_domain::{
    AttemptStatus, Priority, Role, Status,
    contacts::Grading,
    dealing::{choice::Strategy, ledger::LedgerEventKind},
    events::EventType,
    imports::{ImportOutcome, ImportPart, ImportStatus, RowUndo},
    jobs::{JobKind, JobStatus},
    operations::OperationKind,
    opportunities::OpportunitySort,
    rotations::{ReturnReason, StickyOtherwise, ValueBy},
    spreadsheet::Separator,
    users::UserSort,
    webhooks::DeliveryStatus,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{AnyOfBuilder, Type},
    },
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
/// Kinds of jobs that can be created; an undo has its own path.
pub const NEW_JOB_KINDS: &[&str] = &["bulk_assign", "bulk_unassign", "set_status", "export"];
/// Where a job can stand.
pub const JOB_STATUSES: &[&str] = names!(JobStatus);
/// Where an import can stand.
pub const IMPORT_STATUSES: &[&str] = names!(ImportStatus);
/// What can become of a row of an import.
pub const IMPORT_OUTCOMES: &[&str] = names!(ImportOutcome);
/// Formats of an import's rows.
pub const ROW_FORMATS: &[&str] = &["json", "csv"];
/// Parts of an import's rows.
pub const IMPORT_PARTS: &[&str] = names!(ImportPart);
/// What the undo of an import can make of a row.
pub const ROW_UNDOS: &[&str] = names!(RowUndo);
/// Orders of the numbers in a date.
pub const DATE_ORDERS: &[&str] = &["dmy", "mdy", "ymd"];
/// Where a delivery can stand.
pub const DELIVERY_STATUSES: &[&str] = names!(DeliveryStatus);
/// Roles of users.
pub const ROLES: &[&str] = names!(Role);
/// Directions of a list.
pub const SORT_ORDERS: &[&str] = &["asc", "desc"];
/// Orders of a list of opportunities.
pub const OPPORTUNITY_SORTS: &[&str] = names!(OpportunitySort);
/// Formats of a list that also leaves as a workbook.
pub const FILE_FORMATS: &[&str] = &["json", "csv", "xlsx"];
/// In what the columns of a file are named.
pub const HEADERS: &[&str] = &["translated", "fixed"];
/// What stands between the cells of a CSV file.
pub const SEPARATORS: &[&str] = Separator::NAMES;
/// How rotations choose.
pub const STRATEGIES: &[&str] = names!(Strategy);
/// By what leads are valued.
pub const VALUES_BY: &[&str] = names!(ValueBy);
/// Why somebody gives a lead back.
pub const RETURN_REASONS: &[&str] = names!(ReturnReason);
/// What becomes of a lead whose contact belongs to somebody who cannot have it.
pub const STICKY_OTHERWISE: &[&str] = names!(StickyOtherwise);
/// Kinds of events of a rotation.
pub const ROTATION_EVENT_KINDS: &[&str] = names!(LedgerEventKind);
/// Parts of a job's items.
pub const JOB_ITEM_PARTS: &[&str] = &["errors"];

/// A type of the domain whose values are sent by name.
pub trait Named: FromStr {
    /// The names that requests may use.
    const NAMES: &'static [&'static str];

    /// Their schema in the API document.
    type Schema: ToSchema;
}

macro_rules! schemas {
    ($($(#[doc = $doc:literal])+ $schema:ident $name:literal $names:expr $(, $type:ty)?;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $schema;

        impl PartialSchema for $schema {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some([$($doc.trim()),+].join("\n")))
                    .enum_values(Some($names.iter().copied()))
                    .into()
            }
        }

        impl ToSchema for $schema {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }

        $(impl Named for $type {
            const NAMES: &'static [&'static str] = $names;
            type Schema = $schema;
        })?
    )*};
}

schemas! {
    /// Where an opportunity stands in its life.
    StatusName "Status" STATUSES, Status;
    /// How urgent an opportunity is.
    PriorityName "Priority" PRIORITIES, Priority;
    /// Result of an attempt at a first call: `orange` no contact, `red` reached and not interested, `green` reached.
    AttemptStatusName "AttemptStatus" ATTEMPT_STATUSES, AttemptStatus;
    /// Grade given to a contact, best first.
    GradingName "Grading" GRADINGS, Grading;
    /// Kind of an operation on opportunities.
    OperationKindName "OperationKind" OPERATION_KINDS, OperationKind;
    /// Type of an event in the change feed.
    EventTypeName "EventType" EVENT_TYPES, EventType;
    /// Type of a message to a webhook: an event, or `webhook.test`.
    MessageTypeName "MessageType" MESSAGE_TYPES;
    /// Kind of a background job.
    JobKindName "JobKind" JOB_KINDS, JobKind;
    /// Kind of a job to create.
    NewJobKindName "NewJobKind" NEW_JOB_KINDS;
    /// Where a job stands: waiting, running or ended.
    JobStatusName "JobStatus" JOB_STATUSES, JobStatus;
    /// Where an import stands: its file is taken in, its rows are being written, or it has ended.
    ImportStatusName "ImportStatus" IMPORT_STATUSES, ImportStatus;
    /// What became of a row of an import.
    ImportOutcomeName "ImportOutcome" IMPORT_OUTCOMES, ImportOutcome;
    /// Part of an import's rows.
    ImportPartName "ImportPart" IMPORT_PARTS, ImportPart;
    /// What the undo of an import made of a row: `touched` and `addition_stays` are kept.
    RowUndoName "RowUndo" ROW_UNDOS, RowUndo;
    /// Format in which an import's rows are sent.
    RowFormatName "RowFormat" ROW_FORMATS;
    /// Order of the numbers in a date: day, month or year first.
    DateOrderName "DateOrder" DATE_ORDERS;
    /// Where a delivery to a webhook stands.
    DeliveryStatusName "DeliveryStatus" DELIVERY_STATUSES, DeliveryStatus;
    /// Role of a user, which decides their rights.
    RoleName "Role" ROLES, Role;
    /// Direction in which a list is sorted.
    SortOrderName "SortOrder" SORT_ORDERS;
    /// Key by which opportunities are sorted; `priority` ascends from low to urgent.
    OpportunitySortName "OpportunitySort" OPPORTUNITY_SORTS;
    /// Key by which users are sorted.
    UserSortName "UserSort" UserSort::ALL.map(|(name, _)| name);
    /// Format in which a list is sent: in parts as JSON, or whole as CSV or as an Excel workbook.
    FileFormatName "FileFormat" FILE_FORMATS;
    /// In what the columns of a file are named: the language of the answer, or fixed names.
    HeadersName "Headers" HEADERS;
    /// What stands between the cells of a CSV file.
    SeparatorName "Separator" SEPARATORS;
    /// How a rotation chooses: by `turns`, by `value`, by who has the fewest `open` ones, or at `random`.
    StrategyName "Strategy" STRATEGIES, Strategy;
    /// By what a lead is valued.
    ValueByName "ValueBy" VALUES_BY, ValueBy;
    /// Why somebody gives a lead back.
    ReturnReasonName "ReturnReason" RETURN_REASONS, ReturnReason;
    /// What becomes of a lead whose contact belongs to somebody who cannot have it now.
    StickyOtherwiseName "StickyOtherwise" STICKY_OTHERWISE, StickyOtherwise;
    /// What an event of a rotation is.
    RotationEventKindName "RotationEventKind" ROTATION_EVENT_KINDS;
    /// Part of a job's items: `errors` are those that failed.
    JobItemPartName "JobItemPart" JOB_ITEM_PARTS;
}

/// A point in time as requests name it.
#[derive(Debug)]
pub struct TimeOrDate;

impl PartialSchema for TimeOrDate {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let formatted = |format| text().format(Some(SchemaFormat::KnownFormat(format)));
        AnyOfBuilder::new()
            .item(formatted(KnownFormat::DateTime))
            .item(formatted(KnownFormat::Date))
            .item(text().max_length(Some(0)))
            .description(Some(
                "A point in time: RFC 3339, or a date, which is its first moment in UTC. Empty is the same as absent.",
            ))
            .into()
    }
}

impl ToSchema for TimeOrDate {
    fn name() -> std::borrow::Cow<'static, str> {
        "TimeOrDate".into()
    }
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
