//! The text of the bulk statement: the baseline of the benchmarks.

/// The statement of bulk requests; its parameters are documented with it.
#[must_use]
pub fn bulk_statement() -> &'static str {
    crate::assignments::bulk_statement()
}
