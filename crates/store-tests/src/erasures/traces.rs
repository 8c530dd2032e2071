//! Searching a whole database for what says who somebody was, as a dump would be.

use reparto_store::{Store, copy::Value};

use crate::copying::rows;

/// Every value with one of these parts, in any case: its table, and the value.
pub(crate) async fn found(store: &dyn Store, parts: &[&str]) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (table, rows) in rows(store).await {
        for value in rows.into_iter().flatten() {
            let text = match value {
                Value::Text(text) => text,
                Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                _ => continue,
            };
            let folded = text.to_lowercase();
            if parts.iter().any(|part| folded.contains(part)) {
                found.push((table, text));
            }
        }
    }
    found
}

/// Nothing in the database says who it was.
pub(crate) async fn assert_no_trace(store: &dyn Store, parts: &[&str]) {
    let left = found(store, parts).await;
    assert!(left.is_empty(), "{left:?}");
}
