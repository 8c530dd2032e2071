//! Typed ids: a user's id cannot be passed where an opportunity's is expected.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID in any spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: UUID version 7, so that ids created one after another are adjacent. Random, unless the process
            /// asked for [`repeatable_ids`](crate::repeatable_ids).
            #[allow(clippy::new_without_default, reason = "a default that differs each time would hide a missing id")]
            pub fn new() -> Self {
                Self(crate::repeatable_ids::next().unwrap_or_else(Uuid::now_v7))
            }

            /// Wraps a UUID of any version.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The sixteen bytes, most significant first; they sort like the text form.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Builds the id from sixteen bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Accepts every spelling of a UUID: hyphenated, simple, braced or URN, in either case.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text.trim()).map(Self).map_err(|_| NotAnId)
            }
        }
    )*};
}

ids! {
    /// An opportunity (lead).
    OpportunityId;
    /// A user: signs in, acts and holds opportunities.
    UserId;
    /// A contact: the person or company behind an opportunity.
    ContactId;
    /// An operation: one write that changed who holds what, or its status.
    OperationId;
    /// An audit log entry.
    AuditId;
    /// A session: the family of refresh tokens that one sign-in started.
    SessionId;
    /// A job: a bulk operation of any size that runs in the background.
    JobId;
    /// An import: a file of leads that was sent to the service.
    ImportId;
    /// A webhook: a URL that receives events.
    WebhookId;
    /// One delivery of an event to a webhook.
    DeliveryId;
    /// A team: people who share work.
    TeamId;
    /// A rotation: the ledger of turns between a team's members.
    RotationId;
    /// A time in which somebody is absent.
    AbsenceId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_uuid_is_the_same_id() {
        let plain: OpportunityId = "0190a6e0-7c1b-7abc-8def-0123456789ab".parse().unwrap();
        for spelling in [
            "0190A6E0-7C1B-7ABC-8DEF-0123456789AB",
            "0190a6e07c1b7abc8def0123456789ab",
            "{0190a6e0-7c1b-7abc-8def-0123456789ab}",
            "urn:uuid:0190a6e0-7c1b-7abc-8def-0123456789ab",
            " 0190a6e0-7c1b-7abc-8def-0123456789ab ",
        ] {
            assert_eq!(spelling.parse::<OpportunityId>(), Ok(plain), "{spelling}");
        }
        assert_eq!(plain.to_string(), "0190a6e0-7c1b-7abc-8def-0123456789ab");
    }

    #[test]
    fn non_uuids_are_refused() {
        for text in ["", "invalid-uuid", "0190a6e0", "0190a6e0-7c1b-7abc-8def-0123456789az"] {
            assert_eq!(text.parse::<UserId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn new_ids_are_version_7() {
        assert_eq!(OperationId::new().uuid().get_version_num(), 7);
    }
}
