//! One contact: to make, to read, to change, to delete.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{ContactId, Refusal, contacts::Contact, erasures::IfErased, idempotency::StoredAnswer};
use utoipa::IntoParams;

use super::{fields::ContactBody, present::ContactItem};
use crate::{
    http::{
        Incoming, Json, PathId, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
    },
    state::App,
};

/// Create a contact
///
/// A contact needs a name, an email address, a phone number or a company.
#[utoipa::path(
    post, path = "/api/crm/contacts", tag = "contacts", request_body = ContactBody,
    responses((
        status = 201, description = "The contact that was created", body = ContactItem,
        headers(("Location" = String, description = "Path of the new contact")),
        example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "administrators_only", "responsible_administrators_only", "responsible_not_found",
        "contact_not_found", "person_erased"
    ])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let body = incoming.json().await?;
    let contact = body.read::<ContactBody>()?;
    let if_erased = if contact.override_erased { IfErased::LetIn } else { IfErased::Refuse };
    let contact = contact.create(signed.caller.at)?;
    let language = signed.context.language;
    let render: Render<Contact> = Arc::new(move |contact| StoredAnswer {
        location: Some(format!("/api/crm/contacts/{}", contact.id)),
        contact: Some(contact.id),
        ..json_answer(StatusCode::CREATED, &ContactItem::new(contact.clone(), language))
    });
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.contact_create(&signed.caller, contact, if_erased, keyed).await?;
    Ok(respond(answer, &*render))
}

/// Get a contact
///
/// One contact with all its fields. One that the caller may not see is not found.
#[utoipa::path(
    get, path = "/api/crm/contacts/{id}", tag = "contacts",
    params(("id" = Uuid, Path, description = "Id of the contact")),
    responses((
        status = 200, description = "The contact as it stands", body = ContactItem, example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "contact_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<ContactId>) -> Result<Response, Problem> {
    signed.staff()?;
    let visibility = signed.viewer.contacts(app.config.agents_see);
    let contact = app.store.contact_get(visibility, id.or(Refusal::ContactNotFound)?).await?;
    Ok(Json(ContactItem::new(contact, signed.context.language)).into_response())
}

/// Change a contact
///
/// Changes the fields that the body names, and no other. Administrators change any contact; other staff those that they
/// may see, except those whose opportunity nobody holds.
#[utoipa::path(
    patch, path = "/api/crm/contacts/{id}", tag = "contacts", request_body = ContactBody,
    params(("id" = Uuid, Path, description = "Id of the contact")),
    responses((
        status = 200, description = "The contact after the change", body = ContactItem, example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "contact_not_found", "not_your_contact", "contact_without_name",
        "responsible_administrators_only", "responsible_not_found", "person_erased"
    ])))
)]
pub async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ContactId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let id = id.or(Refusal::ContactNotFound)?;
    let changes: ContactBody = incoming.json().await?.read()?;
    let at = signed.caller.at;
    let edit = Box::new(move |contact| changes.update(contact, at));
    let contact = app.store.contact_update(&signed.caller, id, edit, app.config.agents_see).await?;
    Ok(Json(ContactItem::new(contact, signed.context.language)).into_response())
}

/// Change a contact (PUT)
///
/// Does exactly what PATCH does: fields that the body does not name stay as they are.
#[utoipa::path(
    put, path = "/api/crm/contacts/{id}", tag = "contacts", request_body = ContactBody,
    params(("id" = Uuid, Path, description = "Id of the contact")),
    responses((
        status = 200, description = "The contact after the change", body = ContactItem, example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "contact_not_found", "not_your_contact", "contact_without_name",
        "responsible_administrators_only", "responsible_not_found", "person_erased"
    ])))
)]
pub async fn replace(
    app: State<App>,
    signed: Signed,
    id: PathId<ContactId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    update(app, signed, id, incoming).await
}

/// What else goes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteContactParams {
    /// True: the opportunity of the contact is deleted, too. Otherwise a contact with one is refused.
    #[param(default = false)]
    pub with_opportunity: Option<bool>,
}

/// Delete a contact
///
/// The deletion is soft. A contact with an opportunity is deleted only together with it.
#[utoipa::path(
    delete, path = "/api/crm/contacts/{id}", tag = "contacts",
    params(("id" = Uuid, Path, description = "Id of the contact"), DeleteContactParams),
    responses((status = 204, description = "The deletion took effect")),
    extensions(("x-refusals" = json!(["administrators_only", "contact_not_found", "contact_in_use"])))
)]
pub async fn delete(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ContactId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let with_opportunity = query.boolean("with_opportunity").unwrap_or(false);
    query.finish()?;
    app.store.contact_delete(&signed.caller, id.or(Refusal::ContactNotFound)?, with_opportunity).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
