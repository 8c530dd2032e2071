//! What an attempt at the first call does to an opportunity.

use crate::{
    AttemptStatus, Status, Timestamp,
    opportunities::{Attempt, Attempts, FirstCall},
};

/// An opportunity's first call after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstCallEdit {
    /// Every attempt.
    pub attempts: Attempts,
    /// The attempt that completed the call; `None`: it is not completed.
    pub successful: Option<u8>,
    /// The opportunity's status. If it changed, the attempt is an operation.
    pub status: Status,
}

impl FirstCall {
    /// What this attempt, recorded at this time, makes of an opportunity's attempts, of the one that was successful, and
    /// of its status.
    #[must_use]
    pub fn apply(
        &self,
        mut attempts: Attempts,
        successful: Option<u8>,
        status: Status,
        at: Timestamp,
    ) -> FirstCallEdit {
        record(&mut attempts, self, at);
        let successful = self::successful(&attempts, self.number, successful);
        FirstCallEdit { attempts, successful, status: status_after(status, self.status) }
    }
}

/// Records an attempt among the others; one with the same number is overwritten.
fn record(attempts: &mut Attempts, call: &FirstCall, at: Timestamp) {
    let attempt =
        Attempt { status: call.status, call_id: call.call_id.clone(), attempted_at: at, notes: call.notes.clone() };
    attempts.insert(call.number, attempt);
}

/// The attempt that completed the first call, after `recorded` was written: that one if it is green, else the previous
/// one (`successful`) while it is still green, else the newest green one. `None`: the call is not completed.
fn successful(attempts: &Attempts, recorded: u8, successful: Option<u8>) -> Option<u8> {
    let green = |number: &u8| attempts.get(number).is_some_and(|attempt| attempt.status == AttemptStatus::Green);
    Some(recorded)
        .filter(green)
        .or(successful.filter(green))
        .or_else(|| attempts.keys().copied().filter(|number| green(number)).max_by_key(|n| attempts[n].attempted_at))
}

/// The opportunity's status after an attempt with this result.
fn status_after(status: Status, attempt: AttemptStatus) -> Status {
    match (attempt, status) {
        (AttemptStatus::Red, _) => Status::Lost,
        (AttemptStatus::Green, Status::Pending | Status::Assigned) => Status::Contacted,
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(list: &[(u8, AttemptStatus)]) -> Attempts {
        let mut attempts = Attempts::new();
        for (number, status) in list {
            let call = FirstCall { number: *number, status: *status, call_id: None, notes: None };
            record(&mut attempts, &call, Timestamp::from_seconds(i64::from(*number)));
        }
        attempts
    }

    #[test]
    fn green_completes_the_call_until_overwritten() {
        let green = attempts(&[(1, AttemptStatus::Orange), (2, AttemptStatus::Green)]);
        assert_eq!(successful(&green, 2, None), Some(2));
        let still = attempts(&[(2, AttemptStatus::Green), (3, AttemptStatus::Orange)]);
        assert_eq!(successful(&still, 3, Some(2)), Some(2));
        let overwritten = attempts(&[(2, AttemptStatus::Orange)]);
        assert_eq!(successful(&overwritten, 2, Some(2)), None);
    }

    #[test]
    fn an_attempt_changes_attempts_completion_and_status() {
        let call = FirstCall { number: 2, status: AttemptStatus::Green, call_id: None, notes: Some("yes".into()) };
        let before = attempts(&[(1, AttemptStatus::Orange)]);
        let edit = call.apply(before.clone(), None, Status::Assigned, Timestamp::from_seconds(9));
        assert_eq!((edit.successful, edit.status), (Some(2), Status::Contacted));
        assert_eq!((edit.attempts.len(), &edit.attempts[&1]), (2, &before[&1]));
        assert_eq!(edit.attempts[&2].attempted_at, Timestamp::from_seconds(9));
        assert_eq!(edit.attempts[&2].notes.as_deref(), Some("yes"));
    }

    #[test]
    fn red_means_lost_green_contacts_only_uncontacted() {
        assert_eq!(status_after(Status::Converted, AttemptStatus::Red), Status::Lost);
        assert_eq!(status_after(Status::Assigned, AttemptStatus::Green), Status::Contacted);
        assert_eq!(status_after(Status::Converted, AttemptStatus::Green), Status::Converted);
        assert_eq!(status_after(Status::Assigned, AttemptStatus::Orange), Status::Assigned);
    }
}
