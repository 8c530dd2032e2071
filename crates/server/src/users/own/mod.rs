//! What users do with their own account.

pub(super) mod password;
pub(super) mod sessions;
pub(super) mod totp;

use reparto_domain::{Refusal, guessing::Outcome, sessions::Credentials};
use secrecy::SecretString;

use crate::{
    http::{Problem, Signed},
    state::App,
};

/// The caller's credentials, if the current password is right. A wrong one counts like a failed sign-in.
pub(super) async fn verified(app: &App, signed: &Signed, current: SecretString) -> Result<Credentials, Problem> {
    let credentials = app.store.account_credentials(&signed.caller).await?;
    let guessing = app.guesses.begin(&signed.context, &credentials.email).await?;
    match app.passwords.verify(current, Some(credentials.password.clone())).await {
        Ok(true) => {
            app.guesses.settle(guessing, Outcome::Right).await;
            Ok(credentials)
        }
        Ok(false) => {
            app.store.account_check_failed(&signed.caller).await?;
            Err(Refusal::CurrentPasswordWrong.into())
        }
        Err(problem) => {
            app.guesses.settle(guessing, Outcome::Void).await;
            Err(problem)
        }
    }
}
