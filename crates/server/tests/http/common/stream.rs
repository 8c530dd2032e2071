//! Server-sent events as a client reads them.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::timeout;

/// The timeout of a test.
pub const GUARD: Duration = Duration::from_secs(60);

/// An event.
#[derive(Debug, Clone)]
pub struct SentEvent {
    /// Its id, from which the stream can be resumed.
    pub id: String,
    /// Its type.
    pub event: String,
    /// Its data.
    pub data: Value,
}

/// An open stream.
pub struct Stream {
    body: Body,
    read: String,
}

impl Stream {
    pub(super) fn new(body: Body) -> Self {
        Self { body, read: String::new() }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<SentEvent> {
        timeout(GUARD, self.read_one()).await.expect("an event in time")
    }

    /// The next event, which must exist.
    pub async fn event(&mut self) -> SentEvent {
        self.next().await.expect("one more event")
    }

    async fn read_one(&mut self) -> Option<SentEvent> {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (parse(block), rest.len());
                self.read.drain(..self.read.len() - rest);
                if let Some(event) = event {
                    return Some(event);
                }
            }
            let frame = self.body.frame().await?.expect("a whole stream");
            if let Ok(data) = frame.into_data() {
                self.read.push_str(std::str::from_utf8(&data).expect("UTF-8"));
            }
        }
    }

    /// Reads to the end.
    pub async fn rest(mut self) -> Vec<SentEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// Parses a block; `None` for a comment.
fn parse(block: &str) -> Option<SentEvent> {
    let field = |name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim_start().to_owned())
    };
    let data = serde_json::from_str(&field("data")?).expect("JSON");
    Some(SentEvent { id: field("id").unwrap_or_default(), event: field("event").unwrap_or_default(), data })
}
