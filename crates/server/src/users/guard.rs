//! Whom an administrator may change.

use reparto_domain::{Refusal, Role, UserId};

use crate::{
    http::{Problem, Signed},
    state::App,
};

/// Refuses an administrator who is about to change a superuser without being one, before the body is read. The store
/// checks again in its transaction.
pub(super) async fn may_change(app: &App, signed: &Signed, id: Option<UserId>) -> Result<(), Problem> {
    signed.administrator()?;
    if signed.viewer.role == Role::Superuser {
        return Ok(());
    }
    let Some(id) = id else { return Ok(()) };
    match app.store.user_get(id).await {
        Ok(user) if user.role == Role::Superuser => Err(Refusal::SuperuserOnly.into()),
        _ => Ok(()),
    }
}
