//! Problems: why a request was refused or failed, and what is wrong with its fields. [`render`](super::render) answers
//! them.

use std::fmt;

use axum::http::StatusCode;
use reparto_domain::{Refusal, json::Bound};
use reparto_store::StoreError;
use serde::Serialize;

/// A field whose type or value is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Which field; nested ones with dots, as in `filters.min_score`.
    pub field: String,
    /// What is wrong with it.
    #[serde(skip)]
    pub fault: Fault,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is missing.
    Missing,
    /// It must be of this type.
    Type(Kind),
    /// It must be one of these.
    NotOneOf(Vec<&'static str>),
    /// It must lie within.
    Range {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// It must be this long, in characters.
    Length {
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// It is not an email address.
    Email,
    /// It is not an RFC 3339 time.
    Time,
    /// It is not a cursor of this list.
    Cursor,
    /// It is not an allowed URL.
    Url,
    /// It must be an `https` URL.
    NotHttps,
    /// One of these must be there.
    OneOfFields(Vec<&'static str>),
    /// Only one of these may be there.
    NotBoth(Vec<&'static str>),
    /// It is not a signing key of a webhook.
    Secret,
    /// So many rows are larger than an answer may be.
    PageTooLarge,
    /// It is an Excel workbook that would have more rows, or a longer text in a cell, than one may have.
    SheetTooLarge,
    /// It is an object that exceeds a bound.
    Bound(Bound),
    /// It holds a character that no text may hold (NUL).
    Character,
    /// There is no field of this name, and a misspelt filter would match everything.
    Unknown,
    /// It is null or blank, which would match everything.
    Blank,
    /// It takes more than this many bytes.
    Size {
        /// The most.
        max: usize,
    },
    /// It is not a name that is known.
    NotKnown,
    /// It names nothing in the file.
    NotInFile,
    /// It is a password that anybody would guess first.
    TooCommon,
    /// It is the present password.
    Unchanged,
    /// It is not a time of day.
    TimeOfDay,
    /// It is not a day of the calendar.
    Day,
    /// It is a list with more than so many items.
    Items {
        /// The most.
        max: usize,
    },
    /// It is an end that is not after its start.
    NotAfter,
    /// It is a number with more decimals than this.
    Decimals {
        /// The most.
        max: u8,
    },
    /// It is 0.
    Zero,
}

/// The beginning of a name that a client made up: input is never echoed whole.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Types of JSON values, as people call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Kind {
    String,
    Integer,
    Boolean,
    Object,
    List,
    ListOfStrings,
    StringOrNull,
    Uuid,
    StringOrObject,
    Number,
    StringOrInteger,
}

/// Why a request was refused or failed.
#[derive(Debug)]
pub enum Problem {
    /// The domain or the store refused it.
    Refused(Refusal),
    /// Fields are wrong (422).
    Invalid(Vec<FieldError>),
    /// The body is not JSON (400).
    NotJson,
    /// The body is JSON, but not an object (422).
    NotAnObject,
    /// The body's media type is not JSON (415).
    NotJsonType,
    /// The body's media type is not one that a file of leads may have (415).
    NotFileType,
    /// A file cannot be taken in (422).
    File {
        /// The code.
        code: &'static str,
        /// What its sentence names, told apart from the sentence too.
        values: Vec<(&'static str, String)>,
        /// Its columns, where none is known for what it is.
        columns: Vec<String>,
    },
    /// The body is over the limit (413).
    TooLarge {
        /// The limit, in bytes.
        max: usize,
    },
    /// The body has so many values, objects or lists that reading it would take many times its size (413).
    TooManyValues,
    /// The body did not come in time (408).
    TooSlow,
    /// The idempotency key is empty, too long, or holds what it may not (400).
    IdempotencyKeyMalformed,
    /// No such path (404).
    NoSuchPath,
    /// The path has no such method (405).
    NoSuchMethod,
    /// `Accept` allows none of the formats (406).
    NotAcceptable,
    /// Too many requests (429).
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Too many wrong passwords or codes for this account (429).
    SignInPaused {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Too many passwords are being checked at once (503).
    SignInBusy,
    /// The account has too many streams open (429).
    TooManyStreams {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Too many requests without an account are being worked on (503).
    Crowded,
    /// The database is away or busy (503).
    Unavailable,
    /// A defect (500).
    Internal,
    /// A status that a library answered with, and no more is known.
    Status(StatusCode),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            StoreError::Busy => Self::Unavailable,
            StoreError::Unavailable { .. } => {
                tracing::error!(%error, "the database is unavailable");
                Self::Unavailable
            }
            error => {
                tracing::error!(%error, "a store method failed");
                Self::Internal
            }
        }
    }
}

impl Problem {
    /// A file that cannot be taken in, with what the sentence names.
    pub fn file<const N: usize>(code: &'static str, values: [(&'static str, String); N]) -> Self {
        Self::File { code, values: values.into(), columns: Vec::new() }
    }

    /// A defect: its cause goes to the log, and nothing of it to the client.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a defect");
        Self::Internal
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Invalid(_) => "validation_failed",
            Self::NotJson => "body_not_json",
            Self::NotAnObject => "body_not_an_object",
            Self::NotJsonType => "media_type_unsupported",
            Self::NotFileType => "file_type_unsupported",
            Self::File { code, .. } => code,
            Self::TooLarge { .. } | Self::TooManyValues => "body_too_large",
            Self::TooSlow => "request_timeout",
            Self::IdempotencyKeyMalformed => "idempotency_key_malformed",
            Self::NoSuchPath => "path_not_found",
            Self::NoSuchMethod => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::TooMany { .. } => "rate_limited",
            Self::SignInPaused { .. } => "sign_in_paused",
            Self::SignInBusy => "sign_in_busy",
            Self::TooManyStreams { .. } => "too_many_streams",
            Self::Crowded => "too_many_at_once",
            Self::Unavailable => "service_unavailable",
            Self::Internal => "internal_error",
            Self::Status(_) => "http_error",
        }
    }

    /// The problem of a bare status that a library answered with.
    pub fn of_status(status: StatusCode, body_max: usize) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NoSuchPath,
            StatusCode::METHOD_NOT_ALLOWED => Self::NoSuchMethod,
            StatusCode::NOT_ACCEPTABLE => Self::NotAcceptable,
            StatusCode::REQUEST_TIMEOUT => Self::TooSlow,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge { max: body_max },
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::NotJsonType,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            StatusCode::INTERNAL_SERVER_ERROR => Self::Internal,
            other => Self::Status(other),
        }
    }
}
