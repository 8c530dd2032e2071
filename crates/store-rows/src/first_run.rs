//! The one-time tokens of the first run, as stored among the secrets.

use std::fmt::Write as _;

use reparto_domain::sessions::TokenHash;

/// The name of the secret that stores a token's hash: `first_run:` and the hash in hexadecimal digits.
pub fn secret_name(token: TokenHash) -> String {
    token.0.iter().fold("first_run:".to_owned(), |mut name, byte| {
        _ = write!(name, "{byte:02x}");
        name
    })
}
