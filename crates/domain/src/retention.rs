//! Retention: what is kept for a number of days is erased or removed after it. Off where no number is given.

use crate::Timestamp;

/// How long things are kept, in days; `None`: for good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// People whose opportunity is lost, from its last change on; then they are erased.
    pub lost_leads: Option<i64>,
    /// Deleted contacts, from their deletion on; then they are erased.
    pub deleted_contacts: Option<i64>,
    /// IP addresses and user agents in the audit log; the entries stay.
    pub audit_addresses: Option<i64>,
}

/// What is older than these times is kept no longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cutoffs {
    /// Of people whose opportunity is lost.
    pub lost_leads: Option<Timestamp>,
    /// Of deleted contacts.
    pub deleted_contacts: Option<Timestamp>,
    /// Of IP addresses and user agents in the audit log.
    pub audit_addresses: Option<Timestamp>,
}

/// How much is kept too long, or how much of it was erased or removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionCounts {
    /// Contacts with a lost opportunity that are erased.
    pub lost_leads: u64,
    /// Deleted contacts that are erased.
    pub deleted_contacts: u64,
    /// Entries of the audit log that lose address and user agent.
    pub audit_addresses: u64,
}

/// Which contacts are kept too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// Those whose opportunity is lost and has not changed since then.
    Lost(Timestamp),
    /// Those deleted before then.
    Deleted(Timestamp),
}

impl Keep {
    /// The times before which things are too old now.
    pub fn cutoffs(self, now: Timestamp) -> Cutoffs {
        let before = |days: Option<i64>| days.map(|days| now.plus_seconds(-days.saturating_mul(86_400)));
        Cutoffs {
            lost_leads: before(self.lost_leads),
            deleted_contacts: before(self.deleted_contacts),
            audit_addresses: before(self.audit_addresses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_number_of_days_is_kept_for_good() {
        let now = Timestamp::from_seconds(100 * 86_400);
        assert_eq!(Keep::default().cutoffs(now), Cutoffs::default());
        let keep = Keep { lost_leads: Some(30), ..Keep::default() };
        assert_eq!(keep.cutoffs(now).lost_leads, Some(Timestamp::from_seconds(70 * 86_400)));
    }
}
