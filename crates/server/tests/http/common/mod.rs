//! The service under test, its clock, accounts and responses.

mod account;
mod answer;
mod ask;
mod clock;
mod database;
mod document;
mod server;
mod stream;

pub use account::{Account, PASSWORD};
pub use answer::Answer;
pub use ask::Ask;
pub use clock::START;
pub use document::{Operation, document, operations};
pub use server::Server;
pub use stream::{GUARD, SentEvent, Stream};
