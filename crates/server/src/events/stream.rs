//! One reader of the feed.

use axum::response::sse::Event as Sent;
use reparto_domain::events::FeedPosition;
use reparto_store::StoreResult;

use super::present::feed_data;
use crate::{
    background::pace::PAUSE,
    http::{
        signed::Rights,
        sse::{Client, RECHECK},
    },
    state::App,
};

/// Number of events that are read at once.
const BATCH: u64 = 100;

/// What to do after a batch of events.
enum Next {
    /// There may be more.
    More,
    /// There is nothing more for now.
    Wait,
    /// The reader is gone, too slow, or may not read any more.
    End,
}

/// Sends events to the reader until it is gone or loses its rights.
pub(super) async fn run(app: App, client: Client, rights: Rights, mut position: FeedPosition) {
    let mut moves = app.feed.subscribe();
    loop {
        // Marked as seen before the read, so that no event between the read and the wait is missed.
        moves.borrow_and_update();
        match send_batch(&app, &client, &rights, &mut position).await {
            Ok(Next::More) => {}
            Ok(Next::End) => return,
            Ok(Next::Wait) => tokio::select! {
                _ = moves.changed() => {}
                () = tokio::time::sleep(RECHECK) => {}
                () = client.gone() => return,
            },
            Err(error) => {
                tracing::warn!(%error, "the feed could not be read");
                tokio::select! {
                    () = app.pause(PAUSE) => {}
                    () = client.gone() => return,
                }
            }
        }
    }
}

async fn send_batch(app: &App, client: &Client, rights: &Rights, position: &mut FeedPosition) -> StoreResult<Next> {
    let events = app.store.feed_after(*position, BATCH).await?;
    // Checked after the events were read: nobody gets an event that happened after they lost the right to it.
    let Some(viewer) = rights.now().await?.filter(|viewer| viewer.role.is_staff()) else { return Ok(Next::End) };
    if events.is_empty() {
        return Ok(Next::Wait);
    }
    for event in events {
        if let Some(data) = feed_data(&event, viewer.visibility()) {
            let id = event.position.to_string();
            let sent = Sent::default().id(id).event(event.body.event_type().as_str()).data(data);
            if !client.send(sent).await {
                return Ok(Next::End);
            }
        }
        *position = event.position;
    }
    Ok(Next::More)
}
