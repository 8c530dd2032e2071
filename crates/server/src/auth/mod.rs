//! Signing in: passwords, access tokens, refresh tokens.

pub mod passwords;
pub mod tokens;
