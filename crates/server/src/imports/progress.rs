//! The progress of an import, as server-sent events.

use std::time::Duration;

use axum::{
    extract::State,
    response::{Response, sse::Event},
};
use reparto_domain::{
    ImportId, Refusal,
    imports::{Import, ImportStatus},
};
use tokio::time::{Instant, sleep_until};

use super::present::ImportView;
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        signed::Rights,
        sse::{self, Client, RECHECK},
    },
    state::App,
};

/// Interval between two events.
const EVERY: Duration = Duration::from_secs(1);

fn sample() -> String {
    let import = ImportView::sample(ImportStatus::Running);
    format!("event: progress\ndata: {}\n\n", serde_json::to_string(&import).unwrap_or_default())
}

/// Stream the progress of an import
///
/// Server-sent events named `progress`, one per second until the import (or its undo) ends; the last one shows how it
/// ended.
#[utoipa::path(
    get, path = "/api/crm/imports/{id}/events", operation_id = "events", tag = "imports",
    params(("id" = Uuid, Path, description = "Id of the import")),
    responses((
        status = 200, description = "The stream: `data` is an `Import`",
        content((String = "text/event-stream", example = json!(sample())))
    )),
    extensions(("x-refusals" = json!(["administrators_only", "import_not_found", "too_many_streams"])))
)]
pub async fn events(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ImportId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let import = app.store.import_get(&signed.caller, id.or(Refusal::ImportNotFound)?).await?;
    let (client, response) = sse::open(&app.streams, signed.viewer.id)?;
    let rights = Rights::new(&app, &incoming.parts.headers);
    tokio::spawn(run(app, signed, client, rights, import));
    Ok(response)
}

/// Whether nothing of an import is going on.
fn is_still(import: &Import) -> bool {
    import.status.has_ended() && import.undo.is_none_or(|undo| undo.finished_at.is_some())
}

async fn run(app: App, signed: Signed, client: Client, rights: Rights, mut import: Import) {
    let mut moves = app.wake.watch_jobs();
    let mut checked_at = Instant::now();
    loop {
        let now = Instant::now();
        let view = ImportView::new(&import, [], signed.context.language);
        let Ok(event) = Event::default().event("progress").json_data(&view) else { return };
        if !client.send(event).await || is_still(&import) {
            return;
        }
        if now.duration_since(checked_at) >= RECHECK {
            checked_at = now;
            match rights.now().await {
                Ok(Some(viewer)) if viewer.role.is_administrator() => {}
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, "rights could not be checked"),
            }
        }
        let at = now + EVERY;
        loop {
            moves.borrow_and_update();
            match app.store.import_get(&signed.caller, import.id).await {
                Ok(next) => import = next,
                Err(error) => tracing::warn!(%error, "an import could not be read"),
            }
            if Instant::now() >= at || is_still(&import) {
                break;
            }
            tokio::select! {
                () = sleep_until(at) => {}
                _ = moves.changed() => {}
                () = client.gone() => return,
            }
        }
    }
}
