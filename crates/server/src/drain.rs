//! Reads an unwanted request body to its end.
//!
//! A client that is refused before its body is read may still be sending it. If the connection were closed then, the
//! system would discard the answer together with the unread bytes, and the client would see a broken connection instead
//! of the refusal. So the rest of the body is read and discarded, within bounds.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::{runtime::Handle, time::timeout};

/// Largest number of bytes that are discarded.
const MAX: usize = 32 << 20;

/// The body of a request; what is left of it when it is dropped is read and discarded.
#[derive(Debug)]
pub struct Drained {
    body: Option<Incoming>,
    within: Duration,
}

impl Drained {
    /// Wraps a body; its rest is read for at most this long.
    pub const fn new(body: Incoming, within: Duration) -> Self {
        Self { body: Some(body), within }
    }
}

impl Body for Drained {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        if let Ok(runtime) = Handle::try_current() {
            // Whether it ended in time or not makes no difference.
            runtime.spawn(timeout(self.within, drain(body)));
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut taken = 0;
    while let Some(Ok(frame)) = body.frame().await {
        taken += frame.data_ref().map_or(0, Bytes::len);
        if taken > MAX {
            return;
        }
    }
}
