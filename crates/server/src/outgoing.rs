//! The memory of large answers until they are sent: who asks for many and reads none does not fill it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use hyper::body::{Frame, SizeHint};

use crate::{
    limits::Place,
    shares::{Limits, Share, Shares},
};

/// Answers up to this size are not counted, in bytes; larger ones are sent in parts of it.
const PART: usize = 64 << 10;

/// How many bytes of large answers wait to be sent: sixteen of the largest, half of them to one place.
const LIMITS: Limits = Limits { total: 256 << 20, for_one: 128 << 20 };

/// Counts large answers until they are sent.
#[derive(Debug, Clone)]
pub struct Outgoing(Shares<Place>);

impl Default for Outgoing {
    fn default() -> Self {
        Self(Shares::new(LIMITS))
    }
}

impl Outgoing {
    /// The answer to a client at this address, counted until it is sent or given up; `None` where there is no room for it.
    pub fn count(&self, answer: Response, ip: Option<&str>) -> Option<Response> {
        // What has no known size is made while it is sent.
        let Some(bytes) = answer.body().size_hint().exact().and_then(|size| usize::try_from(size).ok()) else {
            return Some(answer);
        };
        if bytes <= PART {
            return Some(answer);
        }
        let share = self.0.take(Place::of(ip), bytes)?;
        Some(answer.map(|body| Body::new(Parts { body, part: Bytes::new(), share })))
    }
}

/// A body in parts. Whoever writes it to the connection takes the next part once there is room for it: a body of one part
/// would be taken, and counted as sent, at once.
#[derive(Debug)]
struct Parts {
    body: Body,
    /// What was taken from the body, and not yet passed on.
    part: Bytes,
    #[expect(dead_code, reason = "it counts until it is dropped")]
    share: Share<Place>,
}

impl HttpBody for Parts {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.part.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.part = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return other,
            }
        }
        let size = self.part.len().min(PART);
        Poll::Ready(Some(Ok(Frame::data(self.part.split_to(size)))))
    }

    fn is_end_stream(&self) -> bool {
        self.part.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.body.size_hint().exact().unwrap_or(0);
        SizeHint::with_exact(rest + self.part.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn answer(bytes: usize) -> Response {
        Response::new(Body::from("x".repeat(bytes)))
    }

    #[test]
    fn large_answers_are_bounded_in_all_and_to_one_place() {
        let outgoing = Outgoing(Shares::new(Limits { total: 5 * PART, for_one: 3 * PART }));
        let count = |bytes, place| outgoing.count(answer(bytes), Some(place));
        let (first, small) = (count(2 * PART, "a").unwrap(), count(PART, "a").unwrap());
        assert!(count(2 * PART, "a").is_none(), "there is no more room for one place");
        let other = count(3 * PART, "b").unwrap();
        assert!(count(PART + 1, "c").is_none(), "there is no more room in all");
        assert!(count(PART, "c").is_some(), "small ones are not counted");
        drop(first);
        assert!(count(2 * PART, "c").is_some());
        drop((other, small));
        assert_eq!(outgoing.0.in_use(), (0, 0));
    }

    #[tokio::test]
    async fn a_large_answer_counts_until_its_last_part_is_taken() {
        let outgoing = Outgoing::default();
        let mut body = outgoing.count(answer(2 * PART + 5), Some("a")).unwrap().into_body();
        let mut sizes = Vec::new();
        while !body.is_end_stream() {
            assert_eq!(outgoing.0.in_use(), (2 * PART + 5, 1));
            let left = body.size_hint().exact().unwrap();
            let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(data.iter().all(|byte| *byte == b'x'));
            assert_eq!(body.size_hint().exact(), Some(left - data.len() as u64));
            sizes.push(data.len());
        }
        assert_eq!(sizes, [PART, PART, 5]);
        drop(body);
        assert_eq!(outgoing.0.in_use(), (0, 0));
    }
}
