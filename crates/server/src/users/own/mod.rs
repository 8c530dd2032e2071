//! What users do with their own account.

pub(super) mod password;
pub(super) mod sessions;
pub(super) mod totp;

use reparto_domain::{Refusal, sessions::Credentials};
use secrecy::SecretString;

use crate::{
    http::{Problem, Signed},
    state::App,
};

/// The caller's credentials, if the current password is right.
pub(super) async fn verified(app: &App, signed: &Signed, current: SecretString) -> Result<Credentials, Problem> {
    let credentials = app.store.account_credentials(&signed.caller).await?;
    if app.passwords.verify(current, Some(credentials.password.clone())).await? {
        return Ok(credentials);
    }
    app.store.account_check_failed(&signed.caller).await?;
    Err(Refusal::CurrentPasswordWrong.into())
}
