//! The statement of a bulk request as text: what the service is measured against.

/// The one statement that a bulk request is, with its 23 parameters; what they mean stands beside it.
#[must_use]
pub fn bulk_statement() -> &'static str {
    crate::assignments::bulk_statement()
}
