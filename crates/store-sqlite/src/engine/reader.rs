//! Readers: each question in one read transaction, so that all it reads is of one moment.

use std::panic::{AssertUnwindSafe, catch_unwind};

use async_channel::Receiver;
use reparto_store::StoreResult;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Conn as _, errors::panicked};

/// A question that waits for a reader, with whom to answer.
pub(crate) type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Packs a question and whom to answer.
pub(crate) fn question<T, F>(ask: F, reply: oneshot::Sender<StoreResult<T>>) -> Question
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
{
    Box::new(move |conn| {
        // Nobody waits any more (the client went away): nothing is lost by not asking.
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
