//! What a person agreed to, and that they do not want to be contacted.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What a person agreed to: which text, when, and by which channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The version of the text that they agreed to.
    pub text_version: String,
    /// When they agreed.
    pub at: Timestamp,
    /// By which channel: `web`, `phone`; `None`: not known.
    #[serde(default)]
    pub channel: Option<String>,
}

impl Consent {
    /// From columns of their own; consent is there where its time is.
    pub fn stored(text_version: Option<String>, at: Option<Timestamp>, channel: Option<String>) -> Option<Self> {
        Some(Self { text_version: text_version.unwrap_or_default(), at: at?, channel })
    }
}

/// That a person does not want to be contacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoNotContact {
    /// Since when.
    pub since: Timestamp,
    /// Why, as free text.
    #[serde(default)]
    pub reason: Option<String>,
}

impl DoNotContact {
    /// From columns of their own; the wish is there where its time is.
    pub fn stored(since: Option<Timestamp>, reason: Option<String>) -> Option<Self> {
        Some(Self { since: since?, reason })
    }
}
