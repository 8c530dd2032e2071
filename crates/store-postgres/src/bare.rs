//! The text of the bulk statement: the baseline of the benchmarks.

/// The bulk statement; its 23 parameters are documented there.
#[must_use]
pub fn bulk_statement() -> &'static str {
    crate::assignments::bulk_statement()
}
