//! `reparto openapi`.

use crate::{
    args::OpenapiArgs,
    failure::{Done, Failure, say},
};

/// Prints the API document.
pub fn run(_: &OpenapiArgs) -> Result<Done, Failure> {
    let document = reparto_server::openapi::document()
        .and_then(|document| serde_json::to_string_pretty(&document))
        .map_err(|error| Failure::new(format!("the document cannot be written: {error}")))?;
    say(document)?;
    Ok(Done::Success)
}
