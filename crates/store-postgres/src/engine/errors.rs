//! Errors between the engine and the server, and their conversion into the caller's.

use std::error::Error as _;

use deadpool_postgres::{PoolError, TimeoutType};
use reparto_domain::Refusal;
use reparto_store::StoreError;
use tokio_postgres::{Error as PgError, error::SqlState};

/// An error inside the engine: a refusal or defect, or an error of the server that may be worth a retry.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The error to return to the caller.
    Store(StoreError),
    /// An error of the server or the connection.
    Pg(PgError),
}

/// A result inside the engine.
pub(crate) type Db<T> = Result<T, Fault>;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Store(StoreError::Refused(refusal))
    }
}

impl From<PgError> for Fault {
    fn from(error: PgError) -> Self {
        Self::Pg(error)
    }
}

impl Fault {
    /// Stored data that breaks an invariant.
    pub(crate) fn inconsistent(what: impl Into<String>) -> Self {
        Self::Store(StoreError::Inconsistent(what.into()))
    }

    /// Whether the transaction was rolled back because of concurrent ones, so that a retry is safe and likely to
    /// succeed.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self.state(), Some(state) if *state == SqlState::T_R_SERIALIZATION_FAILURE || *state == SqlState::T_R_DEADLOCK_DETECTED)
    }

    /// Whether the connection is gone.
    pub(crate) fn is_disconnect(&self) -> bool {
        match self {
            Self::Pg(error) => is_disconnect(error),
            Self::Store(_) => false,
        }
    }

    /// The name of the violated unique constraint, if it is one.
    pub(crate) fn violated(&self) -> Option<&str> {
        match self {
            Self::Pg(error) => error
                .as_db_error()
                .filter(|db| *db.code() == SqlState::UNIQUE_VIOLATION)
                .and_then(tokio_postgres::error::DbError::constraint),
            Self::Store(_) => None,
        }
    }

    fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Pg(error) => error.code(),
            Self::Store(_) => None,
        }
    }

    /// The error for the caller. `committing`: whether a commit was in flight, so that after a lost connection it is
    /// unknown whether the change was made.
    pub(crate) fn into_store(self, committing: bool) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Pg(error) => from_pg(&error, committing),
        }
    }
}

/// Whether the connection is gone, or the server is about to be.
fn is_disconnect(error: &PgError) -> bool {
    let io = error.source().is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>);
    error.is_closed()
        || io
        || error.code().is_some_and(|state| {
            // 08: connection exception; 57P01…57P03: shutdown, crash, cannot connect now.
            state.code().starts_with("08") || state.code().starts_with("57P0")
        })
}

/// The caller's error for an error of the server.
pub(crate) fn from_pg(error: &PgError, committing: bool) -> StoreError {
    let reason = describe(error);
    if is_disconnect(error) {
        return StoreError::Unavailable { reason, outcome_unknown: committing };
    }
    let Some(state) = error.code() else { return StoreError::Internal(reason) };
    match state.code() {
        // Deadlock and serialization after all tries; a lock or the whole statement took too long.
        "40001" | "40P01" | "55P03" | "57014" => StoreError::Busy,
        // Full, out of memory or connections, read-only, not allowed in, no such database.
        "25006" | "3D000" | "28000" | "28P01" => StoreError::Unavailable { reason, outcome_unknown: false },
        code if code.starts_with("53") => StoreError::Unavailable { reason, outcome_unknown: false },
        // Data corrupted, index corrupted.
        "XX001" | "XX002" => StoreError::Damaged(reason),
        _ => StoreError::Internal(reason),
    }
}

/// The caller's error for a failure to get a connection. Nothing was sent.
pub(crate) fn from_pool(error: PoolError) -> StoreError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy,
        PoolError::Timeout(_) => unavailable("the database did not answer in time"),
        PoolError::Closed => unavailable("the store is closed"),
        PoolError::Backend(error) => match from_pg(&error, false) {
            // If no connection can be made, for whatever reason, the database is unavailable.
            StoreError::Internal(reason) => StoreError::Unavailable { reason, outcome_unknown: false },
            other => other,
        },
        other => unavailable(&other.to_string()),
    }
}

/// The database is unavailable, and nothing was written.
pub(crate) fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable { reason: reason.to_owned(), outcome_unknown: false }
}

/// The error with its causes: tokio-postgres's own message is only "db error".
fn describe(error: &PgError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
