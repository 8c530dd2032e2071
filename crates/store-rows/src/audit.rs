//! Entries of the audit log, as written by every engine.

use reparto_domain::{Origin, Timestamp, audit::EntityType, json::ObjectText};
use reparto_store::{StoreError, StoreResult};
use serde_json::value::{RawValue, to_raw_value};

use crate::text::first_characters;

/// The maximum length of a stored user agent, in characters.
const USER_AGENT_MAX: usize = 512;

/// What an entry records apart from actor, time and origin. `Id` is the form in which the engine stores ids.
#[derive(Debug)]
pub struct Entry<Id> {
    /// The action: one of [`reparto_domain::audit::action`].
    pub action: &'static str,
    /// The type of the entity it is about.
    pub entity: EntityType,
    /// The id of the entity, if it is about a single one.
    pub entity_id: Option<Id>,
    /// The seq of the operation; the ids of a bulk action are read from it.
    pub operation: Option<i64>,
    /// Further details, as an object. Never contains secrets.
    pub details: ObjectText,
}

/// The actor and origin of an entry.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The user's seq, if known.
    pub seq: Option<i64>,
    /// Their email address at the time, or the one that was tried.
    pub email: &'a str,
    /// The origin of the request.
    pub origin: &'a Origin,
    /// The time.
    pub at: Timestamp,
}

impl By<'_> {
    /// The user agent, truncated for storage.
    pub fn user_agent(&self) -> Option<&str> {
        user_agent(self.origin)
    }

    /// The request id, truncated for storage.
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.origin)
    }
}

/// The maximum length of a stored request id, in characters.
const REQUEST_ID_MAX: usize = 128;

/// The request id, truncated for storage.
pub fn request_id(origin: &Origin) -> Option<&str> {
    origin.request_id.as_deref().map(|text| first_characters(text, REQUEST_ID_MAX))
}

/// The user agent, truncated for storage.
pub fn user_agent(origin: &Origin) -> Option<&str> {
    origin.user_agent.as_deref().map(|text| first_characters(text, USER_AGENT_MAX))
}

/// The differences between two values of one type: `{field: {from, to}}`. They are compared as texts, which have no
/// depth that is too deep.
pub fn changes<T: serde::Serialize>(before: &T, after: &T) -> StoreResult<ObjectText> {
    let object = |value: &T| match serde_json::to_string(value).map(ObjectText::stored) {
        Ok(object) if object.is_readable() => Ok(object.entries()),
        _ => Err(StoreError::Internal("what is compared for the audit log is no object".to_owned())),
    };
    let (before, after) = (object(before)?, object(after)?);
    let null = RawValue::NULL.to_owned();
    let mut changed = Vec::new();
    for (field, to) in after {
        let from = before.iter().find(|(known, _)| *known == field).map_or(&null, |(_, from)| from);
        if from.get() != to.get() {
            let change = ObjectText::of_entries(&[("from".to_owned(), from.clone()), ("to".to_owned(), to)]);
            let change = to_raw_value(&change).map_err(|error| StoreError::Internal(error.to_string()))?;
            changed.push((field, change));
        }
    }
    Ok(ObjectText::of_entries(&changed))
}
