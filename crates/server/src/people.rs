//! Colleagues: who works opportunities, as staff see them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Refusal, Role, Timestamp, UserId,
    users::{Person, PersonFilter},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        names::RoleName,
        query::{Part, PartParams},
        samples,
    },
    state::App,
};

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(responsibles)).routes(routes!(get))
}

/// A user, as colleagues see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonItem {
    /// Id of the user.
    #[schema(value_type = Uuid)]
    pub id: UserId,
    /// Name of the user: full name, else first and last name, else email address; "Persona borrada" or "Erased
    /// person" where the user was erased.
    #[schema(example = "Ana García")]
    pub name: String,
    /// Email address of the user.
    #[schema(example = "ana@example.org")]
    pub email: String,
    /// Phone number, in any notation.
    pub phone: Option<String>,
    /// Role of the user, which decides their rights.
    #[schema(value_type = RoleName)]
    pub role_name: Role,
    /// Whether the user is active; a deleted one is not.
    pub is_active: bool,
    /// Address of a picture of the user.
    pub avatar_url: Option<String>,
    /// Leads that the user should get per day.
    #[schema(example = 10)]
    pub daily_lead_quota: i64,
    /// When the user was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the user was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl PersonItem {
    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            id: UserId::from_uuid(samples::id(samples::AGENT)),
            name: "Marta Ruiz".into(),
            email: "marta.ruiz@example.org".into(),
            phone: Some("+34 600 000 000".into()),
            role_name: Role::Agent,
            is_active: true,
            avatar_url: None,
            daily_lead_quota: 10,
            created_at: samples::AT,
            updated_at: samples::AT,
        }
    }
}

impl PersonItem {
    /// A user, for an answer in this language.
    pub fn new(person: Person, language: Language) -> Self {
        Self {
            id: person.id,
            name: language.name(person.name),
            email: person.email,
            phone: person.phone,
            role_name: person.role_name,
            is_active: person.is_active,
            avatar_url: person.avatar_url,
            daily_lead_quota: person.daily_lead_quota,
            created_at: person.created_at,
            updated_at: person.updated_at,
        }
    }
}

/// Parameters of the lists of colleagues.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleParams {
    /// Only active users (true) or only inactive ones (false). Of those who may be responsible, `false`
    /// includes the inactive.
    pub is_active: Option<bool>,
}

/// List colleagues
///
/// All users who are not deleted, by name.
#[utoipa::path(
    get, path = "/api/crm/users", tag = "people", params(PeopleParams, PartParams),
    responses((
        status = 200, description = "The colleagues, by name", body = Vec<PersonItem>,
        example = json!([PersonItem::sample()])
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn list(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let (is_active, part) = (query.boolean("is_active"), query.part());
    query.finish()?;
    answer(&app, &signed, PersonFilter { is_active, roles: None }, part).await
}

/// List possible holders
///
/// Active users with a role that may hold opportunities, by name.
#[utoipa::path(
    get, path = "/api/crm/users/responsibles", tag = "people", params(PeopleParams, PartParams),
    responses((
        status = 200, description = "The possible holders, by name", body = Vec<PersonItem>,
        example = json!([PersonItem::sample()])
    )),
    extensions(("x-refusals" = json!(["staff_only"])))
)]
pub async fn responsibles(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.staff()?;
    let mut query = incoming.query();
    let (only_active, part) = (query.boolean("is_active").unwrap_or(true), query.part());
    query.finish()?;
    let roles = Some(app.config.assignable_roles.as_slice().to_vec());
    answer(&app, &signed, PersonFilter { is_active: only_active.then_some(true), roles }, part).await
}

async fn answer(app: &App, signed: &Signed, filter: PersonFilter, part: Part) -> Result<Response, Problem> {
    let people = app.store.person_list(filter).await?;
    let language = signed.context.language;
    let people: Vec<_> = part.of(people).map(|person| PersonItem::new(person, language)).collect();
    Ok(Json(people).into_response())
}

/// Get a colleague
///
/// A user, as colleagues see it.
#[utoipa::path(
    get, path = "/api/crm/users/{id}", tag = "people",
    params(("id" = Uuid, Path, description = "Id of the user")),
    responses((
        status = 200, description = "The colleague as it stands", body = PersonItem, example = json!(PersonItem::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "user_not_found"])))
)]
pub async fn get(State(app): State<App>, signed: Signed, id: PathId<UserId>) -> Result<Response, Problem> {
    signed.staff()?;
    let person = app.store.person_get(id.or(Refusal::UserNotFound)?).await?;
    Ok(Json(PersonItem::new(person, signed.context.language)).into_response())
}
