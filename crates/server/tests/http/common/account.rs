//! Somebody who asks.

use reparto_domain::{Role, UserId};

/// The password of every account that a test makes.
pub const PASSWORD: &str = "correct horse battery";

/// A user with an access token.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// The role at first.
    pub role: Role,
    /// A token that holds at first.
    pub token: String,
}
