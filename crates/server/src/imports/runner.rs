//! Writes the rows of imports, batch by batch. Every replica has a runner; the database gives each its imports, one after
//! the other, in two lanes: a small file does not wait behind a large one.

use std::{
    fs::File,
    io::Write as _,
    time::{Duration, Instant},
};

use reparto_domain::{
    ImportId,
    imports::{Import, ImportBatch, ImportClaim, ROWS_AT_ONCE},
};
use reparto_leads::{Batch, Batches, Options, Read};
use reparto_store::{StoreError, StoreResult};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{asked::Reading, read};
use crate::{
    background::pace::{PAUSE, POLL},
    state::App,
    telemetry::{self, RunningImport},
};

/// Lease of an import, in seconds. It is renewed while its runner lives; one that died holds it no longer than this.
const LEASE_SECONDS: i64 = 10;

/// How often it is renewed: a large file is read for longer than a lease.
const RENEW: Duration = Duration::from_secs(3);

/// Pause before a batch that the database was too busy for is tried again.
const BUSY: Duration = Duration::from_millis(50);

/// Why an import cannot go on whose file was read before.
const UNREADABLE: &str = "file_unreadable";

/// Writes imports until the service stops.
pub async fn run(app: &App) {
    tokio::join!(lane(app, u64::MAX), lane(app, ROWS_AT_ONCE as u64));
}

/// Takes imports of at most so many rows.
async fn lane(app: &App, rows_max: u64) {
    let runner = Uuid::now_v7();
    while !app.stopping.is_cancelled() {
        match step(app, runner, rows_max).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = app.wake.import_announced() => {}
                    () = app.pause(POLL) => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "an import could not be gone on with");
                app.pause(PAUSE).await;
            }
        }
    }
}

/// Writes an import, or goes on with an undo; whether there was anything to do.
async fn step(app: &App, runner: Uuid, rows_max: u64) -> StoreResult<bool> {
    let now = app.clock.now();
    if let Some(claim) = app.store.import_claim(runner, now, now.plus_seconds(LEASE_SECONDS), rows_max).await? {
        let id = claim.import.id;
        let _running = RunningImport::begin();
        let written = tokio::select! {
            written = write(app, claim) => written,
            () = renew(app, id, runner) => Ok(()),
        };
        if written.is_err() {
            app.store.import_release(id, runner).await?;
        }
        return written.map(|()| true);
    }
    let began = Instant::now();
    let Some(import) = app.store.import_undo_step(now).await? else { return Ok(false) };
    app.wake.job_progressed();
    tracing::debug!(import = %import.id, "part of an import was undone");
    // Requests get as long as it took.
    app.pause(began.elapsed()).await;
    Ok(true)
}

/// Renews the lease of an import for as long as it is written.
async fn renew(app: &App, id: ImportId, runner: Uuid) {
    loop {
        tokio::time::sleep(RENEW).await;
        let lease = app.clock.now().plus_seconds(LEASE_SECONDS);
        // The next one may succeed; if none does, another runner goes on, and this one writes nothing more.
        if let Err(error) = app.store.import_renew(id, runner, lease).await {
            tracing::debug!(import = %id, %error, "the lease of an import could not be renewed");
        }
    }
}

/// Writes the rows of an import that are left.
async fn write(app: &App, claim: ImportClaim) -> StoreResult<()> {
    let ImportClaim { import, reading, runner } = claim;
    let internal = |error: &dyn std::fmt::Display| StoreError::Internal(error.to_string());
    let reading: Reading = serde_json::from_str(&reading).map_err(|error| internal(&error))?;
    let options = read::options(app, &reading, import.created_at).await?;
    let file = fetch(app, import.id).await?;
    let (sender, mut batches) = mpsc::channel(1);
    let (id, again) = (import.id, import.clone());
    let reader = tokio::task::spawn_blocking(move || batches_of(file, &options, &again, &sender));
    let mut before = import.tally;
    while let Some(batch) = batches.recv().await {
        let (began, requests) = (Instant::now(), app.wake.requests());
        let import = take(app, id, runner, batch).await?;
        telemetry::import_rows(import.tally.since(before));
        before = import.tally;
        app.wake.job_progressed();
        if import.status.has_ended() {
            ended(&import);
            return Ok(());
        }
        if app.stopping.is_cancelled() {
            return app.store.import_release(id, runner).await;
        }
        if app.wake.requests() != requests {
            app.pause(began.elapsed()).await;
        }
    }
    // Its end was not reached: the file could not be read as before.
    let reason = reader.await.map_err(|error| internal(&error))?;
    tracing::error!(import = %id, reason = reason.unwrap_or_default(), "the file of an import could not be read again");
    ended(&app.store.import_fail(id, runner, UNREADABLE, app.clock.now()).await?);
    Ok(())
}

fn ended(import: &Import) {
    let tally = import.tally;
    telemetry::import_ended(import);
    tracing::info!(
        import = %import.id, status = %import.status, created = tally.created, completed = tally.completed,
        unchanged = tally.unchanged, skipped = tally.skipped, "an import ended"
    );
}

/// Writes a batch, and tries again while the database is busy. What was written is not written twice: the batch says
/// how many rows came before it.
async fn take(app: &App, id: ImportId, runner: Uuid, batch: ImportBatch) -> StoreResult<Import> {
    loop {
        let at = app.clock.now();
        let lease = at.plus_seconds(LEASE_SECONDS);
        let taken = app.store.import_take(id, runner, batch.clone(), at, lease, &app.config.assignable_roles).await;
        match taken {
            Err(StoreError::Busy) if !app.stopping.is_cancelled() => app.pause(BUSY).await,
            taken => return taken,
        }
    }
}

/// The file of an import, from the database.
async fn fetch(app: &App, id: ImportId) -> StoreResult<File> {
    let internal = |error: std::io::Error| StoreError::Internal(format!("the file of an import: {error}"));
    let mut file = tempfile::tempfile().map_err(internal)?;
    let mut number = 0;
    while let Some(piece) = app.store.import_piece(id, number).await? {
        let (back, written) = tokio::task::spawn_blocking(move || {
            let written = file.write_all(&piece);
            (file, written)
        })
        .await
        .map_err(|error| StoreError::Internal(error.to_string()))?;
        written.map_err(internal)?;
        file = back;
        number += 1;
    }
    Ok(file)
}

/// Reads the batches that are left, until nobody takes them; why it ended early.
fn batches_of(file: File, options: &Options, import: &Import, to: &mpsc::Sender<ImportBatch>) -> Option<String> {
    let leads = match read::open(file, options) {
        Ok(leads) => leads,
        Err(error) => return Some(error.to_string()),
    };
    let strict = import.strict;
    let mut batches = Batches::new(leads, import.rows_at_once(), strict);
    batches.skip_rows(import.tally.done());
    for Batch { first, reads, is_last, has_failed } in batches {
        let rows = reads.into_iter().map(|read: Read| read.into_row(strict)).collect();
        if to.blocking_send(ImportBatch { first, rows, is_last, has_failed }).is_err() {
            break;
        }
    }
    None
}
