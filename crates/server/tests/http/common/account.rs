//! An account.

use reparto_domain::{Role, UserId};

/// The password of every account created by tests.
pub const PASSWORD: &str = "correct horse battery";

/// A user with an access token.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// The initial role.
    pub role: Role,
    /// An initially valid token.
    pub token: String,
}
