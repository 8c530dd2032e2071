//! The members of a team.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set, as in every body of a change")]

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Refusal, TeamId, Timestamp, UserId,
    cursor::KeyCursor,
    dealing::hours::{Hours, Zone},
    teams::{MEMBER_LIMIT_MAX, MemberChanges, PLACE_MAX, Skills, Weight},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    fields::{SkillNames, WorkingHours, ZoneName},
    present::MemberView,
};
use crate::{
    http::{
        Incoming, Json, PathId, Problem, Signed,
        body::{change, integer, request_body, time},
        path::SecondPathId,
    },
    opportunities::history::WalkParams,
    state::App,
};

/// A part of a team's members.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// The members of this part, by place.
    pub items: Vec<MemberView>,
    /// Cursor of the next part; null where this is the last.
    pub next_cursor: Option<String>,
}

impl MemberList {
    fn sample() -> Self {
        Self { items: vec![MemberView::sample()], next_cursor: None }
    }
}

/// List a team's members
///
/// By place. Staff see who the members are; administrators and the member also the settings.
#[utoipa::path(
    get, path = "/api/crm/teams/{id}/members", tag = "teams",
    params(("id" = Uuid, Path, description = "Id of the team"), WalkParams),
    responses((
        status = 200, description = "Part of the list of members", body = MemberList,
        example = json!(MemberList::sample())
    )),
    extensions(("x-refusals" = json!(["staff_only", "team_not_found"])))
)]
pub async fn list_members(
    State(app): State<App>,
    signed: Signed,
    id: PathId<TeamId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.staff()?;
    let id = id.or(Refusal::TeamNotFound)?;
    let mut query = incoming.query();
    let (limit, after) = (query.limit(50), query.key_cursor());
    query.finish()?;
    let page = app.store.member_list(id, after, limit).await?;
    let (viewer, language) = (signed.viewer, signed.context.language);
    let items = page.items.into_iter().map(|member| MemberView::new(member, viewer, language)).collect();
    Ok(Json(MemberList { items, next_cursor: page.next.map(KeyCursor::encode) }).into_response())
}

request_body! {
    /// What is set of a member. A field that is absent stays as it is, or takes its default for a new member; null takes
    /// the default.
    #[example(json!({"weight": 50, "skills": ["lang:ar"], "daily_quota": 12}))]
    pub struct MemberBody {
        /// How much of the work the member gets, compared with the others; 100 by default.
        weight: Option<Option<Weight>> = change(integer(Weight::MIN..=Weight::MAX)),
        /// Place in the team, by which members are listed and ties are decided; after all others by default.
        place: Option<Option<i64>> = change(integer(0..=PLACE_MAX)),
        /// What the member can do, such as `lang:ar`, in any case; nothing by default.
        skills: Option<Option<Skills>> = change(SkillNames),
        /// Time zone of the member, by its IANA name; the team's by default.
        time_zone: Option<Option<Zone>> = change(ZoneName),
        /// Working hours of the member; the team's by default.
        hours: Option<Option<Hours>> = change(WorkingHours),
        /// Most leads that the member gets a day; the user's daily quota by default.
        daily_quota: Option<Option<i64>> = change(integer(0..=MEMBER_LIMIT_MAX)),
        /// Most open opportunities with which the member still gets leads; no limit by default.
        open_cap: Option<Option<i64>> = change(integer(0..=MEMBER_LIMIT_MAX)),
        /// Until when the member gets no leads; not paused by default.
        paused_until: Option<Option<Timestamp>> = change(time()),
    }
}

impl From<MemberBody> for MemberChanges {
    fn from(body: MemberBody) -> Self {
        Self {
            place: body.place,
            weight: body.weight,
            skills: body.skills,
            time_zone: body.time_zone,
            hours: body.hours,
            daily_quota: body.daily_quota,
            open_cap: body.open_cap,
            paused_until: body.paused_until,
        }
    }
}

/// Add or change a member
///
/// Makes the user a member of the team, or changes the fields that are sent. Who was a member before begins anew.
#[utoipa::path(
    put, path = "/api/crm/teams/{id}/members/{user_id}", tag = "teams",
    request_body = MemberBody,
    params(
        ("id" = Uuid, Path, description = "Id of the team"),
        ("user_id" = Uuid, Path, description = "Id of the user")
    ),
    responses((
        status = 200, description = "The member after the change", body = MemberView,
        example = json!(MemberView::sample())
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "team_not_found", "assignee_not_found", "assignee_inactive",
        "assignee_role_not_assignable"
    ])))
)]
pub async fn put_member(
    State(app): State<App>,
    signed: Signed,
    id: PathId<TeamId>,
    user: SecondPathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let changes = incoming.json_or_empty().await?.read::<MemberBody>()?.into();
    let (team, user) = (id.or(Refusal::TeamNotFound)?, user.or(Refusal::AssigneeNotFound)?);
    let member = app.store.member_put(&signed.caller, team, user, changes, &app.config.assignable_roles).await?;
    Ok(Json(MemberView::new(member, signed.viewer, signed.context.language)).into_response())
}

/// Remove a member
///
/// The user is no longer a member of the team. What was dealt stays.
#[utoipa::path(
    delete, path = "/api/crm/teams/{id}/members/{user_id}", tag = "teams",
    params(
        ("id" = Uuid, Path, description = "Id of the team"),
        ("user_id" = Uuid, Path, description = "Id of the user")
    ),
    responses((status = 204, description = "The removal took effect")),
    extensions(("x-refusals" = json!(["administrators_only", "team_not_found", "member_not_found"])))
)]
pub async fn remove_member(
    State(app): State<App>,
    signed: Signed,
    id: PathId<TeamId>,
    user: SecondPathId<UserId>,
) -> Result<StatusCode, Problem> {
    signed.administrator()?;
    let (team, user) = (id.or(Refusal::TeamNotFound)?, user.or(Refusal::MemberNotFound)?);
    app.store.member_remove(&signed.caller, team, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
