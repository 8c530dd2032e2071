//! Problems: how every error is answered (RFC 9457).
//!
//! A handler returns a [`Problem`]; it travels in the response's extensions, and the outermost layer renders it with
//! what only it knows: language, path and request id.

use std::fmt;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, contacts::NAME_SOURCES, json::Bound, opportunities::ItemFailure};
use reparto_store::StoreError;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{RequestContext, messages};

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
    /// It is a password that anybody would guess first.
    TooCommon,
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
    /// The body is over the limit (413).
    TooLarge {
        /// The limit, in bytes.
        max: usize,
    },
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

/// Seconds to wait when the database is away.
const RETRY_AFTER: u64 = 2;

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
            Self::TooLarge { .. } => "body_too_large",
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

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Status(status) => *status,
            other => messages::message(other.code()).status,
        }
    }

    /// The whole answer.
    pub fn render(&self, context: &RequestContext) -> Response {
        let language = context.language;
        let status = self.status();
        let message = messages::message(self.code());
        let detail = messages::detail(self, language);
        let mut body = Map::new();
        body.insert("type".into(), Value::from(format!("urn:reparto:problem:{}", self.code())));
        body.insert("title".into(), Value::from(message.title(language)));
        body.insert("status".into(), Value::from(status.as_u16()));
        body.insert("detail".into(), Value::from(detail.clone()));
        body.insert("instance".into(), Value::from(context.path.clone()));
        body.insert("code".into(), Value::from(self.code()));
        body.insert("request_id".into(), Value::from(context.request_id.clone()));
        self.extend(&mut body, &detail, context);
        let mut response = (status, Body::from(Value::Object(body).to_string())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        match self {
            Self::TooMany { retry_after }
            | Self::SignInPaused { retry_after }
            | Self::TooManyStreams { retry_after } => {
                _ = headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
            }
            Self::Unavailable | Self::SignInBusy | Self::Crowded => {
                _ = headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
            }
            _ => {}
        }
        response
    }

    /// The field of a password that is too common.
    fn common_password(&self) -> Vec<FieldError> {
        match self {
            Self::Refused(Refusal::PasswordTooCommon { field }) => {
                vec![FieldError { field: (*field).into(), fault: Fault::TooCommon }]
            }
            _ => Vec::new(),
        }
    }

    /// What some problems say beside the usual members.
    fn extend(&self, body: &mut Map<String, Value>, detail: &str, context: &RequestContext) {
        match self {
            Self::Invalid(_)
            | Self::NotAnObject
            | Self::Refused(Refusal::ContactWithoutName | Refusal::PageTooLarge | Refusal::PasswordTooCommon { .. }) => {
                let of_body = [FieldError { field: "body".into(), fault: Fault::Type(Kind::Object) }];
                let of_name = [FieldError { field: "name".into(), fault: Fault::OneOfFields(NAME_SOURCES.into()) }];
                let of_limit = [FieldError { field: "limit".into(), fault: Fault::PageTooLarge }];
                let common = self.common_password();
                let faults = match self {
                    Self::Invalid(faults) => faults.as_slice(),
                    Self::Refused(Refusal::PasswordTooCommon { .. }) => common.as_slice(),
                    Self::NotAnObject => &of_body,
                    Self::Refused(Refusal::PageTooLarge) => &of_limit,
                    _ => &of_name,
                };
                let mut fields = Map::new();
                let errors = faults.iter().map(|error| {
                    let message = messages::fault(&error.fault, context.language);
                    fields.entry(error.field.clone()).or_insert_with(|| Value::from(message.clone()));
                    json!({"field": error.field, "message": message, "type": messages::fault_type(&error.fault)})
                });
                let errors: Vec<Value> = errors.collect();
                body.insert("error".into(), Value::from(true));
                body.insert("message".into(), Value::from(detail));
                body.insert("errors".into(), Value::from(errors));
                body.insert("field_errors".into(), Value::from(fields));
            }
            Self::Refused(Refusal::ContactHasOpportunity { opportunity } | Refusal::ContactInUse { opportunity }) => {
                body.insert("opportunity_id".into(), Value::from(opportunity.to_string()));
            }
            Self::Refused(Refusal::ListHasDuplicates { ids }) => {
                body.insert("duplicate_ids".into(), ids.iter().take(100).cloned().collect());
            }
            Self::Refused(Refusal::NothingDone { failed }) => {
                let errors = failed.iter().map(|failure| item_failure(failure, context.language));
                body.insert("errors".into(), errors.collect());
            }
            _ => {}
        }
    }
}

/// An item that failed, as every bulk answer shows it.
pub fn item_failure(failure: &ItemFailure, language: super::Language) -> Value {
    use reparto_domain::opportunities::ItemError;
    let mut item = json!({
        "opportunity_id": failure.sent,
        "error": messages::item_error(&failure.error, language),
        "code": failure.error.code(),
    });
    match &failure.error {
        ItemError::HeldByAnother { holder } => {
            item["assigned_to_id"] = json!(holder.as_ref().map(|(id, _)| id));
            item["assigned_to_name"] = json!(holder.as_ref().map(|(_, name)| name));
        }
        ItemError::Touched { operation, actor, at } => {
            item["operation_id"] = json!(operation);
            item["actor_id"] = json!(actor);
            item["at"] = json!(at);
        }
        ItemError::EarlierHolderInactive { holder } | ItemError::EarlierHolderNotAssignable { holder } => {
            item["assigned_to_id"] = json!(holder.0);
            item["assigned_to_name"] = json!(holder.1);
        }
        ItemError::NotFound | ItemError::DoNotContact => {}
    }
    item
}

/// Carries a problem to the layer that renders it.
#[derive(Clone)]
pub(crate) struct Carried(pub std::sync::Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Carried(std::sync::Arc::new(self)));
        response
    }
}
