//! Fields of the bodies that create and change webhooks.

use reparto_domain::events::EventType;
use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value;
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, schema::Type},
};

use super::{secret, url};
use crate::{
    http::{
        FieldError, Problem,
        body::{
            Faults, Schemas,
            kinds::{Kind, or_empty_text},
            text,
        },
        names::{EVENT_TYPES, EventTypeName},
        problem::{Fault, Kind as JsonKind},
    },
    state::App,
};

/// What is read of a URL that may be invalid, in characters.
const URL_TEXT_MAX: usize = 10_000;

/// What is read of a signing key that may be invalid, in characters.
const SECRET_TEXT_MAX: usize = 1_000;

/// A URL that a webhook may have, as far as its text tells. Whether it leads to a private address takes a look-up:
/// [`require_allowed`].
pub(super) struct WebhookUrl;

impl Kind for WebhookUrl {
    type Value = Url;

    fn read(&self, sent: &Value) -> Result<Option<Url>, Faults> {
        let Some(text) = text(URL_TEXT_MAX).read(sent)? else { return Ok(None) };
        url::parse(&text).map(Some).ok_or_else(|| Fault::Url.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .max_length(Some(url::URL_MAX))
            .into()
    }

    fn or_blank(&self) -> RefOr<Schema> {
        or_empty_text(self.schema())
    }
}

/// Refuses a URL that leads to a private address, unless that is allowed, and one without TLS, unless that is allowed or
/// stays in a network of our own.
pub(super) async fn require_allowed(app: &App, url: &Url) -> Result<(), Problem> {
    let refused = |fault| Err(Problem::Invalid(vec![FieldError { field: "url".into(), fault }]));
    let (allow_private, allow_http) = (app.config.webhook_allow_private, app.config.webhook_allow_http);
    let plain = url.scheme() != "https" && !allow_http;
    if allow_private && !plain {
        return Ok(());
    }
    match (url::is_private(url).await, allow_private) {
        (true, false) => refused(Fault::Url),
        (false, _) if plain => refused(Fault::NotHttps),
        _ => Ok(()),
    }
}

/// Types of events; one that is listed twice counts once.
pub(super) struct Events;

impl Kind for Events {
    type Value = Vec<EventType>;

    fn read(&self, sent: &Value) -> Result<Option<Vec<EventType>>, Faults> {
        let items = sent.as_array().ok_or(Fault::Type(JsonKind::ListOfStrings))?;
        let mut events = Vec::new();
        for item in items {
            let event = item.as_str().and_then(|name| name.parse().ok());
            let event = event.filter(|event| EventType::PUBLISHED.contains(event));
            let event = event.ok_or_else(|| Fault::NotOneOf(EVENT_TYPES.to_vec()))?;
            if !events.contains(&event) {
                events.push(event);
            }
        }
        Ok(Some(events))
    }

    fn schema(&self) -> RefOr<Schema> {
        ArrayBuilder::new().items(Ref::from_schema_name(EventTypeName::name())).into()
    }

    fn refer(&self, schemas: &mut Schemas) {
        schemas.push((EventTypeName::name().into_owned(), EventTypeName::schema()));
    }
}

/// The key that signs messages.
pub(super) struct SigningKey;

impl Kind for SigningKey {
    type Value = SecretString;

    fn read(&self, sent: &Value) -> Result<Option<SecretString>, Faults> {
        let Some(text) = text(SECRET_TEXT_MAX).read(sent)? else { return Ok(None) };
        if secret::is_valid(&text) { Ok(Some(SecretString::from(text))) } else { Err(Fault::Secret.into()) }
    }

    fn schema(&self) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(secret::PATTERN)).into()
    }

    fn or_blank(&self) -> RefOr<Schema> {
        or_empty_text(self.schema())
    }
}
