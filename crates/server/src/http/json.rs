//! Answers as JSON, bounded in size.

use std::io::{self, Write};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use reparto_domain::{Refusal, page::ANSWER_MAX};
use serde::Serialize;

use super::Problem;

/// An answer as JSON. One that would be larger than an answer may be becomes a problem that names `limit`, and is not
/// written further.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut bounded = Bounded { written: Vec::with_capacity(1_024), max: ANSWER_MAX, full: false };
        match serde_json::to_writer(&mut bounded, &self.0) {
            Ok(()) => {
                let content = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                ([content], Body::from(bounded.written)).into_response()
            }
            Err(_) if bounded.full => Problem::Refused(Refusal::PageTooLarge).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

/// Bytes in memory, up to a maximum.
struct Bounded {
    written: Vec<u8>,
    max: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    // A list is written by some hundreds of calls a row: this is what they call, and it has no loop.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.max - self.written.len() {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.written.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_at_its_bound() {
        let answer = |bytes: usize| Json("x".repeat(bytes - 2)).into_response().status().as_u16();
        assert_eq!((answer(ANSWER_MAX), answer(ANSWER_MAX + 1)), (200, 422));
    }
}
