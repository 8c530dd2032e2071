//! Copying a whole database into another, of the same engine or not: every table in the order of [`TABLES`], in rows
//! that read the same on every engine.
//!
//! The source is read in one snapshot. The target takes rows in transactions of some thousands, each of which also
//! keeps how far it got, so that a copy whose process was killed goes on where it stood; until it is finished no
//! program serves from the target. A run that goes on first reads again what the target has and compares: a source
//! that changed meanwhile in what was copied already is refused, and what changed elsewhere is simply copied, so that
//! the target always ends as the source was at the moment at which the last run began.

mod digest;
mod run;
mod tables;

pub use digest::Digest;
pub use run::{Copied, CopyError, Progress, copy, digests};
pub use tables::{SINGLE, TABLES};
