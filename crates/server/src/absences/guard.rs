//! Whose absences somebody may enter, change and remove.

use crate::{
    http::{Problem, Signed},
    state::App,
    teams::guard::require_self_service,
};

/// Refuses those who may write nobody's absences, before the body is looked at. The store checks again in its
/// transaction.
pub(super) async fn require_may_enter(app: &App, signed: &Signed) -> Result<(), Problem> {
    signed.staff()?;
    if signed.viewer.role.is_administrator() { Ok(()) } else { require_self_service(app, signed).await }
}
