//! What an attempt at the first call does to an opportunity.

use crate::{
    AttemptStatus, Status, Timestamp,
    opportunities::{Attempt, Attempts, FirstCall},
};

/// Records an attempt among the others; one with the same number is overwritten.
pub fn record(attempts: &mut Attempts, call: &FirstCall, at: Timestamp) {
    let attempt =
        Attempt { status: call.status, call_id: call.call_id.clone(), attempted_at: at, notes: call.notes.clone() };
    attempts.insert(call.number, attempt);
}

/// The attempt that completed the first call, after `recorded` was written: that one if it is green, else the previous
/// one (`successful`) while it is still green, else the newest green one. `None`: the call is not completed.
pub fn successful(attempts: &Attempts, recorded: u8, successful: Option<u8>) -> Option<u8> {
    let green = |number: &u8| attempts.get(number).is_some_and(|attempt| attempt.status == AttemptStatus::Green);
    Some(recorded)
        .filter(green)
        .or(successful.filter(green))
        .or_else(|| attempts.keys().copied().filter(|number| green(number)).max_by_key(|n| attempts[n].attempted_at))
}

/// The opportunity's status after an attempt with this result.
pub fn status_after(status: Status, attempt: AttemptStatus) -> Status {
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
    fn red_means_lost_green_contacts_only_uncontacted() {
        assert_eq!(status_after(Status::Converted, AttemptStatus::Red), Status::Lost);
        assert_eq!(status_after(Status::Assigned, AttemptStatus::Green), Status::Contacted);
        assert_eq!(status_after(Status::Converted, AttemptStatus::Green), Status::Converted);
        assert_eq!(status_after(Status::Assigned, AttemptStatus::Orange), Status::Assigned);
    }
}
