//! One contact: to make, to read, to change, to delete.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    ContactId, Refusal,
    contacts::{Contact, ContactFields},
};

use super::{
    fields::{ContactBody, ContactChanges, require_name},
    present::ContactItem,
};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{Render, json_answer, keyed, respond},
    },
    state::App,
};

/// Creates a contact. It needs something to be called by: a name, an email address or a phone.
#[utoipa::path(
    post, path = "/api/crm/contacts", tag = "contacts", request_body = ContactBody,
    responses((
        status = 201, description = "The new contact", body = ContactItem,
        headers(("Location" = String, description = "Where the contact is")),
        example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "responsible_administrators_only", "responsible_not_found"])))
)]
pub async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let contact = ContactChanges::read(&mut fields).apply(ContactFields::default());
    require_name(&mut fields, &contact);
    fields.finish()?;
    let render: Render<Contact> = Arc::new(|contact| {
        let mut answer = json_answer(StatusCode::CREATED, &ContactItem::from(contact.clone()));
        answer.location = Some(format!("/api/crm/contacts/{}", contact.id));
        answer
    });
    let keyed = keyed(&app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = app.store.contact_create(&signed.caller, contact, keyed).await?;
    Ok(respond(answer, &*render))
}

/// A contact.
#[utoipa::path(
    get, path = "/api/crm/contacts/{id}", tag = "contacts",
    params(("id" = Uuid, Path, description = "The contact's id")),
    responses((
        status = 200, description = "The contact", body = ContactItem, example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "contact_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<ContactId>) -> Result<Response, Problem> {
    signed.staff()?;
    let contact = app.store.contact_get(id.or(Refusal::ContactNotFound)?).await?;
    Ok(Json(ContactItem::from(contact)).into_response())
}

/// Changes a contact: the fields that the body names, and no other.
#[utoipa::path(
    patch, path = "/api/crm/contacts/{id}", tag = "contacts", request_body = ContactBody,
    params(("id" = Uuid, Path, description = "The contact's id")),
    responses((
        status = 200, description = "The changed contact", body = ContactItem, example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "contact_not_found", "contact_without_name", "responsible_administrators_only",
        "responsible_not_found"
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
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let changes = ContactChanges::read_update(&mut fields);
    fields.finish()?;
    let edit = Box::new(move |contact| changes.apply(contact));
    let contact = app.store.contact_update(&signed.caller, id, edit).await?;
    Ok(Json(ContactItem::from(contact)).into_response())
}

/// Does exactly what PATCH does.
#[utoipa::path(
    put, path = "/api/crm/contacts/{id}", tag = "contacts", request_body = ContactBody,
    params(("id" = Uuid, Path, description = "The contact's id")),
    responses((
        status = 200, description = "The changed contact", body = ContactItem, example = json!(ContactItem::sample())
    )),
    extensions(("x-refusals" = json!([
        "staff_only", "contact_not_found", "contact_without_name", "responsible_administrators_only",
        "responsible_not_found"
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

/// Deletes a contact softly.
#[utoipa::path(
    delete, path = "/api/crm/contacts/{id}", tag = "contacts",
    params(("id" = Uuid, Path, description = "The contact's id")),
    responses((status = 204, description = "It is deleted")),
    extensions(("x-refusals" = json!(["administrators_only", "contact_not_found", "contact_in_use"])))
)]
pub async fn delete(State(app): State<App>, signed: Signed, id: PathId<ContactId>) -> Result<Response, Problem> {
    signed.administrator()?;
    app.store.contact_delete(&signed.caller, id.or(Refusal::ContactNotFound)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
