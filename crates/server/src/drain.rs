//! A request's body that is read to its end although nobody wants it.
//!
//! Who is refused before their body is looked at may still be sending it. Were the connection closed on them then,
//! the system would throw away the answer with what was not read, and they would see a broken connection instead of
//! the reason. So what is left is taken and thrown away, within bounds.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::{runtime::Handle, time::timeout};

/// The most that is thrown away, in bytes.
const MAX: usize = 32 << 20;

/// The body of a request; what is left of it when it is dropped is read and thrown away.
#[derive(Debug)]
pub struct Drained {
    body: Option<Incoming>,
    within: Duration,
}

impl Drained {
    /// What is left is read for as long as this.
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
            // Whether it ended in time or not, there is nothing more to do.
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
