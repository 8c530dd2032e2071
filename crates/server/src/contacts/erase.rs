//! Erasing the person of a contact.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reparto_domain::{
    ContactId, Refusal, Timestamp,
    erasures::{Erase, Erased},
    text::NOTE_MAX,
};
use reparto_store::StoreResult;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        body::{request_body, required, text},
        idempotency::{Render, json_answer, keyed, respond},
        samples,
    },
    random::random_bytes,
    state::App,
};

request_body! {
    /// Why a person is erased.
    #[example(json!({"reason": "Solicitud del interesado, 12 de enero"}))]
    pub struct EraseBody {
        /// Why, as free text; left out of what is kept if it says who the person was.
        reason: String = required(text(NOTE_MAX)),
    }
}

/// The command to erase somebody. The first erasure of a database gives it the key of the hashes.
pub fn command(reason: String) -> StoreResult<Erase> {
    let key = SecretString::from(STANDARD.encode(random_bytes::<32>()?));
    Ok(Erase { reason: Some(reason).filter(|reason| !reason.is_empty()), key })
}

/// What an erasure did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erased)]
pub struct ErasedView {
    /// When the person was erased; a repeated erasure keeps the first time.
    #[schema(value_type = String, format = DateTime)]
    pub erased_at: Timestamp,
    /// Number of opportunities of the person, also deleted ones; of a user, of those that they hold.
    pub opportunities: u64,
    /// Number of entries of the audit log that values were taken out of.
    pub audit_entries: u64,
}

impl ErasedView {
    /// One to show in the API document.
    pub fn sample() -> Self {
        Self { erased_at: samples::AT, opportunities: 1, audit_entries: 4 }
    }
}

impl From<Erased> for ErasedView {
    fn from(erased: Erased) -> Self {
        Self { erased_at: erased.erased_at, opportunities: erased.opportunities, audit_entries: erased.audit_entries }
    }
}

/// Erase the person of a contact
///
/// Takes out everything that says who the person was, for good: the fields of the contact, also of a deleted one;
/// notes, attempts' notes and reasons of the opportunities; values in the audit log; kept answers and rows of exports.
/// Ids, counts and the history of holders stay. The same person is refused from then on (`person_erased`), unless an
/// administrator lets them in again.
#[utoipa::path(
    post, path = "/api/crm/contacts/{id}/erase", tag = "contacts", request_body = EraseBody,
    params(("id" = Uuid, Path, description = "Id of the contact")),
    responses((
        status = 200, description = "What the erasure did", body = ErasedView, example = json!(ErasedView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "contact_not_found"])))
)]
pub async fn erase(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ContactId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let erase = command(body.read::<EraseBody>()?.reason)?;
    let id = id.or(Refusal::ContactNotFound)?;
    let render: Render<Erased> = Arc::new(|erased| json_answer(StatusCode::OK, &ErasedView::from(*erased)));
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.contact_erase(&signed.caller, id, erase, keyed).await?;
    Ok(respond(answer, &*render).into_response())
}
