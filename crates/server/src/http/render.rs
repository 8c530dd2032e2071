//! How a problem is answered (RFC 9457).
//!
//! A handler returns a [`Problem`]; it travels in the response's extensions, and the outermost layer renders it with
//! what only it knows: language, path and request id.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Refusal,
    contacts::NAME_SOURCES,
    opportunities::{ItemError, ItemFailure},
};
use serde_json::{Map, Value, json};

use super::{
    Language, RequestContext, messages,
    problem::{Fault, FieldError, Kind, Problem},
};

/// Seconds to wait when the database is away.
const RETRY_AFTER: u64 = 2;

impl Problem {
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

    /// The field of a password that is refused, and why.
    fn refused_password(&self) -> Option<FieldError> {
        let (field, fault) = match self {
            Self::Refused(Refusal::PasswordTooCommon { field }) => (*field, Fault::TooCommon),
            Self::Refused(Refusal::PasswordUnchanged { field }) => (*field, Fault::Unchanged),
            _ => return None,
        };
        Some(FieldError { field: field.into(), fault })
    }

    /// What some problems say beside the usual members.
    fn extend(&self, body: &mut Map<String, Value>, detail: &str, context: &RequestContext) {
        match self {
            Self::Invalid(_)
            | Self::NotAnObject
            | Self::Refused(
                Refusal::ContactWithoutName
                | Refusal::PageTooLarge
                | Refusal::PasswordTooCommon { .. }
                | Refusal::PasswordUnchanged { .. }
                | Refusal::AbsenceEndsFirst,
            ) => {
                let of_body = [FieldError { field: "body".into(), fault: Fault::Type(Kind::Object) }];
                let of_name = [FieldError { field: "name".into(), fault: Fault::OneOfFields(NAME_SOURCES.into()) }];
                let of_limit = [FieldError { field: "limit".into(), fault: Fault::PageTooLarge }];
                let of_end = [FieldError { field: "ends_at".into(), fault: Fault::NotAfter }];
                let of_password = self.refused_password();
                let faults = match self {
                    Self::Invalid(faults) => faults.as_slice(),
                    Self::NotAnObject => &of_body,
                    Self::Refused(Refusal::PageTooLarge) => &of_limit,
                    Self::Refused(Refusal::ContactWithoutName) => &of_name,
                    Self::Refused(Refusal::AbsenceEndsFirst) => &of_end,
                    _ => of_password.as_slice(),
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
            Self::File { values, columns, .. } => {
                let values = values.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())));
                body.extend(values);
                if !columns.is_empty() {
                    body.insert("columns".into(), Value::from(columns.as_slice()));
                }
            }
            _ => {}
        }
    }
}

/// An item that failed, as every bulk answer shows it.
pub fn item_failure(failure: &ItemFailure, language: Language) -> Value {
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
pub(crate) struct Carried(pub Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Carried(Arc::new(self)));
        response
    }
}
