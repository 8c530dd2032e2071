//! What members may do for themselves.

use reparto_domain::Refusal;

use crate::{
    http::{Problem, Signed},
    state::App,
};

/// Refuses those whose teams have no self-service, before the body is looked at. The store checks again in its
/// transaction.
pub(crate) async fn require_self_service(app: &App, signed: &Signed) -> Result<(), Problem> {
    if app.store.member_has_self_service(signed.viewer.id).await? {
        Ok(())
    } else {
        Err(Refusal::SelfServiceRequired.into())
    }
}
