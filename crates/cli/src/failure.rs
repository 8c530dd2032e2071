//! How a subcommand ends.

use std::{fmt::Display, io, process::ExitCode};

use reparto_domain::Refusal;
use reparto_store::StoreError;

/// How a subcommand ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Everything succeeded: exit code 0.
    Success,
    /// A problem was found and reported, or nothing was done: exit code 1.
    Problem,
    /// Some rows were skipped: exit code 3.
    SomeSkipped,
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        match done {
            Done::Success => Self::SUCCESS,
            Done::Problem => Self::FAILURE,
            Done::SomeSkipped => Self::from(3),
        }
    }
}

/// Why a subcommand could not do its work: exit code 1. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What a person can act on.
    #[error("{0}")]
    Message(String),
    /// The database.
    #[error("{}", explain(.0))]
    Store(#[from] StoreError),
    /// The reader of our output went away.
    #[error("nobody reads the output")]
    PipeClosed,
}

impl Failure {
    /// What went wrong with a file or a stream.
    pub fn io(what: impl Display, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::PipeClosed;
        }
        Self::Message(format!("{what}: {error}"))
    }

    /// A message.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }
}

fn explain(error: &StoreError) -> String {
    match error {
        StoreError::Refused(Refusal::EmailTaken) => "a user with this address exists already".to_owned(),
        StoreError::Refused(refusal) => format!("refused: {}", refusal.code()),
        StoreError::Busy => "the database is busy: try again in a moment".to_owned(),
        other => other.to_string(),
    }
}

/// Writes a line to standard output.
pub fn say(line: impl Display) -> Result<(), Failure> {
    use io::Write as _;
    writeln!(io::stdout().lock(), "{line}").map_err(|error| Failure::io("cannot write", &error))
}
