//! The memory of large answers until they are sent: who asks for many and reads none does not fill it.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use hyper::body::{Frame, SizeHint};

/// Answers up to this size are not counted, in bytes; larger ones are sent in parts of it.
const PART: usize = 64 << 10;

/// How many bytes of large answers wait to be sent.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// In all.
    all: usize,
    /// To one place.
    to_one: usize,
}

/// Sixteen of the largest answers, half of them to one place.
const ROOM: Room = Room { all: 256 << 20, to_one: 128 << 20 };

/// Counts large answers until they are sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    room: Room,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    to: HashMap<String, usize>,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { room: ROOM, waiting: Arc::default() }
    }
}

impl Outgoing {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a place, counted until it is sent or given up; `None` where there is no room for it.
    pub fn count(&self, answer: Response, place: &str) -> Option<Response> {
        // What has no known size is made while it is sent.
        let Some(bytes) = answer.body().size_hint().exact().and_then(|size| usize::try_from(size).ok()) else {
            return Some(answer);
        };
        if bytes <= PART {
            return Some(answer);
        }
        let held = self.hold(place, bytes)?;
        Some(answer.map(|body| Body::new(Parts { body, part: Bytes::new(), held })))
    }

    fn hold(&self, place: &str, bytes: usize) -> Option<Held> {
        let mut waiting = self.waiting();
        let to_one = waiting.to.get(place).copied().unwrap_or(0) + bytes;
        if waiting.all + bytes > self.room.all || to_one > self.room.to_one {
            return None;
        }
        waiting.all += bytes;
        waiting.to.insert(place.to_owned(), to_one);
        Some(Held { outgoing: self.clone(), place: place.to_owned(), bytes })
    }
}

/// Room that an answer takes until this is dropped.
#[derive(Debug)]
struct Held {
    outgoing: Outgoing,
    place: String,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut waiting = self.outgoing.waiting();
        waiting.all = waiting.all.saturating_sub(self.bytes);
        let left = waiting.to.get(&self.place).map_or(0, |own| own.saturating_sub(self.bytes));
        if left == 0 {
            waiting.to.remove(&self.place);
        } else {
            waiting.to.insert(self.place.clone(), left);
        }
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
    held: Held,
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
        let outgoing = Outgoing { room: Room { all: 5 * PART, to_one: 3 * PART }, waiting: Arc::default() };
        let count = |bytes, place| outgoing.count(answer(bytes), place);
        let (first, small) = (count(2 * PART, "a").unwrap(), count(PART, "a").unwrap());
        assert!(count(2 * PART, "a").is_none(), "there is no more room for one place");
        let other = count(3 * PART, "b").unwrap();
        assert!(count(PART + 1, "c").is_none(), "there is no more room in all");
        assert!(count(PART, "c").is_some(), "small ones are not counted");
        drop(first);
        assert!(count(2 * PART, "c").is_some());
        drop((other, small));
        let waiting = outgoing.waiting();
        assert!(waiting.all == 0 && waiting.to.is_empty(), "{waiting:?}");
    }

    #[tokio::test]
    async fn a_large_answer_counts_until_its_last_part_is_taken() {
        let outgoing = Outgoing::default();
        let mut body = outgoing.count(answer(2 * PART + 5), "a").unwrap().into_body();
        let mut sizes = Vec::new();
        while !body.is_end_stream() {
            assert_eq!(outgoing.waiting().all, 2 * PART + 5);
            let left = body.size_hint().exact().unwrap();
            let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(data.iter().all(|byte| *byte == b'x'));
            assert_eq!(body.size_hint().exact(), Some(left - data.len() as u64));
            sizes.push(data.len());
        }
        assert_eq!(sizes, [PART, PART, 5]);
        drop(body);
        assert_eq!(outgoing.waiting().all, 0);
    }
}
