//! Entries of the audit log, as every engine writes them.

use reparto_domain::{Origin, Timestamp};
use reparto_store::{StoreError, StoreResult};
use serde_json::{Value, json};

use crate::text::first_characters;

/// The most characters that are kept of what a client calls itself.
const USER_AGENT_MAX: usize = 512;

/// Who an entry names as its actor.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The user's seq, where it is known.
    pub seq: Option<i64>,
    /// The address they had then, or what was tried.
    pub email: &'a str,
    /// From where.
    pub origin: &'a Origin,
    /// When.
    pub at: Timestamp,
}

impl By<'_> {
    /// What the client calls itself, as far as it is kept.
    pub fn user_agent(&self) -> Option<&str> {
        user_agent(self.origin)
    }
}

/// What a client calls itself, as far as it is kept.
pub fn user_agent(origin: &Origin) -> Option<&str> {
    origin.user_agent.as_deref().map(|text| first_characters(text, USER_AGENT_MAX))
}

/// What changed between two values of one type: `{field: {from, to}}`.
pub fn changes<T: serde::Serialize>(before: &T, after: &T) -> StoreResult<Value> {
    let object = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(StoreError::Internal("what is compared for the audit log is no object".to_owned())),
    };
    let (before, after) = (object(before)?, object(after)?);
    let changed = after.into_iter().filter(|(field, to)| before.get(field) != Some(to)).map(|(field, to)| {
        let from = before.get(&field).cloned().unwrap_or_default();
        (field, json!({ "from": from, "to": to }))
    });
    Ok(Value::Object(changed.collect()))
}
