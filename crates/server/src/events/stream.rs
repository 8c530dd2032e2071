//! One reader of the feed.

use axum::response::sse::Event as Sent;
use reparto_domain::events::FeedPosition;
use reparto_store::StoreResult;

use super::present::feed_data;
use crate::{
    background::PAUSE,
    http::{
        signed::Rights,
        sse::{Client, RECHECK},
    },
    state::App,
};

/// Events that are read at once.
const BATCH: u64 = 100;

/// What to do after a look at the feed.
enum Next {
    /// There may be more.
    Look,
    /// There is nothing more for now.
    Wait,
    /// The reader is gone, too slow, or may not read any more.
    End,
}

/// Tells the reader what happens, until it is gone or loses its rights.
pub(super) async fn run(app: App, client: Client, rights: Rights, mut position: FeedPosition) {
    let mut moves = app.feed.subscribe(&app);
    loop {
        // Marked as seen before the look, so that no move between the look and the wait is missed.
        moves.borrow_and_update();
        match look(&app, &client, &rights, &mut position).await {
            Ok(Next::Look) => {}
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

async fn look(app: &App, client: &Client, rights: &Rights, position: &mut FeedPosition) -> StoreResult<Next> {
    let events = app.store.feed_after(*position, BATCH).await?;
    // After the events were read: who lost a right before they happened is not told of them.
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
    Ok(Next::Look)
}
