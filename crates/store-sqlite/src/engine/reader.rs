//! Readers: each question runs in one read transaction, so it reads a consistent snapshot.

use std::panic::{AssertUnwindSafe, catch_unwind};

use async_channel::Receiver;
use reparto_store::StoreResult;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Conn as _, errors::panicked};

/// A question waiting for a reader, with the channel for its answer.
pub(crate) type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Boxes a question with the channel for its answer.
pub(crate) fn question<T, F>(ask: F, reply: oneshot::Sender<StoreResult<T>>) -> Question
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
{
    Box::new(move |conn| {
        // Nobody is waiting any more (the client went away), so the question is skipped.
        if !reply.is_closed() {
            let _ = reply.send(in_transaction(conn, ask));
        }
    })
}

/// Answers questions until the queue is closed and empty.
pub(crate) fn run(conn: &Connection, queue: &Receiver<Question>) {
    while let Ok(question) = queue.recv_blocking() {
        question(conn);
    }
}

fn in_transaction<T>(conn: &Connection, ask: impl FnOnce(&Connection) -> StoreResult<T>) -> StoreResult<T> {
    conn.run("BEGIN", [])?;
    let answer = catch_unwind(AssertUnwindSafe(|| ask(conn))).unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
    let ended = if conn.is_autocommit() { Ok(()) } else { conn.command("ROLLBACK") };
    let answer = answer?;
    ended?;
    Ok(answer)
}
