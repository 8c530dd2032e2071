//! What `reparto check` says of stored JSON, which it reads as the API does.

use crate::numbers::signed;
use reparto_domain::{
    json::{KeptObject, ObjectText},
    opportunities::Attempts,
};

use crate::job_errors;

/// The invariant that every stored object can be read.
pub const READABLE: &str = "object_readable";
/// The invariant that every kept object is within its bounds. Earlier versions had none: a violation is a note.
pub const WITHIN_BOUNDS: &str = "object_within_bounds";

/// What is wrong with an object, by invariant.
pub type Fault = Option<(&'static str, String)>;

/// What is wrong with an object that a client keeps; `what` names it.
pub fn object(what: &str, object: &KeptObject) -> Fault {
    if !object.is_readable() {
        return Some((READABLE, format!("{what} is no JSON object, and is shown as an empty one")));
    }
    let bound = object.exceeded()?;
    Some((WITHIN_BOUNDS, format!("{what} has more than {bound}; it is read as it is")))
}

/// What is wrong with the details of an entry of the audit log.
pub fn details(seq: i64, details: &ObjectText) -> Fault {
    let readable = details.is_readable();
    (!readable).then(|| (READABLE, format!("audit entry {seq}: its details are no JSON object, and are shown as none")))
}

/// What is wrong with the attempts of an opportunity.
pub fn attempts(id: &str, attempts: &str, count: i64) -> Fault {
    match serde_json::from_str::<Attempts>(attempts) {
        Err(_) => Some((READABLE, format!("opportunity {id}: its attempts cannot be read, and are shown as none"))),
        Ok(attempts) if signed(attempts.len()) != count => {
            Some(("attempts_agree", format!("opportunity {id}: attempt_count is not the number of its attempts")))
        }
        Ok(_) => None,
    }
}

/// What is wrong with the errors and the malformed ids of a job's chunk, whose row says how many failed.
pub fn chunk(job: i64, number: i64, errors: Option<&str>, sent: Option<&str>, failed: i64) -> Fault {
    let name = "job_chunks_agree";
    let chunk = format!("job number {job}: chunk {number}");
    match (job_errors::decode(errors), job_errors::decode_sent(sent)) {
        (Err(error), _) | (_, Err(error)) => Some((name, format!("{chunk}: {error}"))),
        (Ok(errors), Ok(_)) if signed(errors.len()) != failed => {
            Some((name, format!("{chunk} says {failed} failed, and names {}", errors.len())))
        }
        _ => None,
    }
}
