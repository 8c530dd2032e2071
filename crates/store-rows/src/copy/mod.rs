//! Copying a whole database into another, of the same engine or not: every table in the order of [`TABLES`], in a row
//! format common to all engines.
//!
//! The source is read in one snapshot. Rows are written in transactions of some thousands, each of which also stores
//! the progress, so that a killed copy can be resumed; until it is finished, no server opens the target. A resumed run
//! first compares the rows in the target with the source: if rows that were already copied have changed, it is refused;
//! other changes are simply copied. So the target always equals the source at the time the last run began.

mod digest;
mod run;
mod tables;

pub use digest::Digest;
pub use run::{Copied, CopyError, Progress, copy, digests};
pub use tables::{SINGLE, TABLES};
