//! Server-sent events: one bounded channel per client, so that a slow client is disconnected and no backlog grows.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::StreamExt as _;
use reparto_domain::UserId;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::Problem;

/// Largest number of events that wait for one client.
const WAITING: usize = 16;

/// How long a client may leave events waiting.
const SLOW: Duration = Duration::from_secs(30);

/// How often a comment shows that the stream lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How often the rights of a reader are checked again.
pub const RECHECK: Duration = Duration::from_secs(5);

/// Largest number of open streams per account, in this process.
pub const STREAMS_MAX: usize = 20;

/// `Retry-After` in seconds, where there are too many.
const RETRY_AFTER: u64 = 5;

/// How many streams each account has open; cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams {
    open: Arc<Mutex<HashMap<UserId, usize>>>,
    stopping: CancellationToken,
}

impl Streams {
    /// With no stream open yet. All of them end when the service stops.
    pub fn new(stopping: CancellationToken) -> Self {
        Self { open: Arc::default(), stopping }
    }

    /// How many are open, of all accounts.
    pub fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    fn change(&self, user: UserId, change: impl FnOnce(&mut usize) -> bool) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        let changed = change(count);
        if *count == 0 {
            open.remove(&user);
        }
        changed
    }
}

/// The client's end of a stream; while it lives it counts against its account.
#[derive(Debug)]
pub struct Client {
    streams: Streams,
    user: UserId,
    sender: mpsc::Sender<Event>,
}

impl Client {
    /// Sends; false where the client is gone or too slow, or the service stops.
    pub async fn send(&self, event: Event) -> bool {
        tokio::select! {
            sent = timeout(SLOW, self.sender.send(event)) => matches!(sent, Ok(Ok(()))),
            () = self.streams.stopping.cancelled() => false,
        }
    }

    /// Waits until the client is gone or the service stops.
    pub async fn gone(&self) {
        tokio::select! {
            () = self.sender.closed() => {}
            () = self.streams.stopping.cancelled() => {}
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.streams.change(self.user, |count| {
            *count = count.saturating_sub(1);
            true
        });
    }
}

/// Opens a stream for an account: the client to send to, and the answer.
pub fn open(streams: &Streams, user: UserId) -> Result<(Client, Response), Problem> {
    let admitted = streams.change(user, |count| {
        let admitted = *count < STREAMS_MAX;
        *count += usize::from(admitted);
        admitted
    });
    if !admitted {
        return Err(Problem::TooManyStreams { retry_after: RETRY_AFTER });
    }
    let (sender, receiver) = mpsc::channel(WAITING);
    let client = Client { streams: streams.clone(), user, sender };
    let events = ReceiverStream::new(receiver).map(Ok::<Event, Infallible>);
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Asks proxies not to hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok((client, response))
}
