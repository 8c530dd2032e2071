//! Small value types that are valid by construction.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::roles::UnknownValue;
use crate::text::without_invisible;

macro_rules! named_values {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant = $number,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The number stored in the database.
            pub const fn number(self) -> i16 {
                self as i16
            }

            /// The value with this stored number.
            pub const fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::roles::UnknownValue;

            fn from_str(text: &str) -> Result<Self, $crate::roles::UnknownValue> {
                match text { $($text => Ok(Self::$variant),)* _ => Err($crate::roles::UnknownValue) }
            }
        }
    };
}
pub(crate) use named_values;

named_values! {
    /// The status of an opportunity.
    Status {
        /// Nobody works on it yet.
        Pending = 0 "pending",
        /// It has a holder.
        Assigned = 1 "assigned",
        /// The contact was reached.
        Contacted = 2 "contacted",
        /// It became a customer.
        Converted = 3 "converted",
        /// It expired.
        Expired = 4 "expired",
        /// The contact is not interested.
        Lost = 5 "lost",
    }
}

impl Status {
    /// The status of a new opportunity that names none: `assigned` if somebody holds it, else `pending`.
    #[must_use]
    pub const fn initial(has_holder: bool) -> Self {
        if has_holder { Self::Assigned } else { Self::Pending }
    }

    /// The status after unassignment: `assigned` becomes `pending`, any other stays.
    #[must_use]
    pub const fn after_unassign(self) -> Self {
        match self {
            Self::Assigned => Self::Pending,
            other => other,
        }
    }

    /// Whether there is still work to do, which a leaving user must hand over.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Assigned | Self::Contacted)
    }
}

named_values! {
    /// The urgency of an opportunity, ascending from low to urgent.
    Priority {
        /// Can wait.
        Low = 0 "low",
        /// The usual.
        Medium = 1 "medium",
        /// Soon.
        High = 2 "high",
        /// Now.
        Urgent = 3 "urgent",
    }
}

named_values! {
    /// The result of a call attempt.
    AttemptStatus {
        /// No contact.
        Orange = 0 "orange",
        /// Reached, not interested: the opportunity becomes `lost`.
        Red = 1 "red",
        /// Reached: the first call is completed.
        Green = 2 "green",
    }
}

/// The score of an opportunity, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Score(u8);

impl Score {
    /// The default score of a new opportunity.
    pub const DEFAULT: Self = Self(50);

    /// A score, if it is within 0 to 100.
    pub fn new(score: i64) -> Option<Self> {
        u8::try_from(score).ok().filter(|score| *score <= 100).map(Self)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0 as i64
    }

    /// The number that stands for it in a database.
    pub const fn number(self) -> i16 {
        self.0 as i16
    }
}

impl From<Score> for i64 {
    fn from(score: Score) -> Self {
        score.get()
    }
}

impl TryFrom<i64> for Score {
    type Error = UnknownValue;

    fn try_from(score: i64) -> Result<Self, UnknownValue> {
        Self::new(score).ok_or(UnknownValue)
    }
}

/// An email address as written, identified by its lower-case key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The maximum length in bytes (RFC 5321).
    pub const MAX: usize = 254;

    /// Accepts one `@` with a local part before it and a dotted domain after it, without whitespace. Surrounding
    /// whitespace and invisible characters are dropped.
    pub fn new(text: &str) -> Option<Self> {
        let visible = without_invisible(text);
        let text = visible.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let labels_ok = domain.split('.').count() >= 2
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.chars().any(|c| c.is_whitespace() || c.is_control() || "@<>()[],;:\\\"".contains(c));
        (text.len() <= Self::MAX && local_ok && labels_ok).then(|| Self(text.to_owned()))
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifying key: the address in lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_round_trip() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(Status::from_number(i64::from(status.number())), Some(*status));
        }
        assert_eq!("open".parse::<Status>(), Err(UnknownValue));
        assert_eq!(Status::from_number(6), None);
    }

    #[test]
    fn unassigning_turns_only_assigned_into_pending() {
        for status in Status::ALL {
            let expected = if *status == Status::Assigned { Status::Pending } else { *status };
            assert_eq!(status.after_unassign(), expected);
        }
    }

    #[test]
    fn priority_ascends_from_low_to_urgent() {
        assert!(
            Priority::Low < Priority::Medium && Priority::Medium < Priority::High && Priority::High < Priority::Urgent
        );
    }

    #[test]
    fn a_score_is_within_0_and_100() {
        assert_eq!(Score::new(100).map(Score::get), Some(100));
        assert_eq!(Score::new(101), None);
        assert_eq!(Score::new(-1), None);
    }

    #[test]
    fn an_address_has_no_invisible_characters() {
        let address = EmailAddress::new("\u{200b}ana@example\u{ad}.org\u{200e}").map(|address| address.to_string());
        assert_eq!(address.as_deref(), Some("ana@example.org"));
    }

    #[test]
    fn addresses_are_checked_and_compared_in_any_case() {
        assert_eq!(EmailAddress::new(" Ana@Example.org ").map(|a| a.key()), Some("ana@example.org".into()));
        for bad in ["", "ana", "ana@", "@example.org", "a b@example.org", "ana@example", "ana@.org", "a@b@c.org"] {
            assert_eq!(EmailAddress::new(bad), None, "{bad}");
        }
    }
}
