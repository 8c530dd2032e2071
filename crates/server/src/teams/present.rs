//! How teams and members are shown.

use axum::http::StatusCode;
use reparto_domain::{
    RotationId, TeamId, Timestamp, UserId, Viewer,
    dealing::hours::{Hours, Shift},
    idempotency::StoredAnswer,
    teams::{Team, TeamMember},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Language, etag::etag, idempotency::json_answer, samples};

/// Working time on some days of the week.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Shift)]
pub struct ShiftView {
    /// Days on which the shift begins: 1 is Monday, 7 is Sunday.
    #[schema(min_items = 1, example = json!([1, 2, 3, 4, 5]))]
    pub days: Vec<i8>,
    /// When the shift begins, as `HH:MM`.
    #[schema(example = "09:00")]
    pub from: String,
    /// When the shift ends, as `HH:MM`; on the following day where this is not after `from`.
    #[schema(example = "18:00")]
    pub to: String,
}

impl From<&Shift> for ShiftView {
    fn from(shift: &Shift) -> Self {
        Self { days: shift.days().to_vec(), from: shift.from().to_string(), to: shift.to().to_string() }
    }
}

fn shifts(hours: &Hours) -> Vec<ShiftView> {
    hours.shifts().iter().map(ShiftView::from).collect()
}

fn sample_shift() -> ShiftView {
    ShiftView { days: vec![1, 2, 3, 4, 5], from: "09:00".into(), to: "18:00".into() }
}

/// A team: people who share work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub struct TeamView {
    /// Id of the team.
    #[schema(value_type = Uuid)]
    pub id: TeamId,
    /// Name of the team, unique whatever its case.
    #[schema(example = "Extranjería Madrid")]
    pub name: String,
    /// Time zone of members who have none of their own, by its IANA name.
    #[schema(example = "Europe/Madrid")]
    pub time_zone: String,
    /// Working hours of members who have none of their own; null: always.
    pub hours: Option<Vec<ShiftView>>,
    /// Days on which nobody works, as `YYYY-MM-DD`, ascending.
    #[schema(example = json!(["2026-12-25"]))]
    pub closed_days: Vec<String>,
    /// Whether members may pause themselves and enter their own absences.
    pub self_service: bool,
    /// Id of the rotation that was made with the team.
    #[schema(value_type = Uuid)]
    pub rotation_id: RotationId,
    /// How many members the team has.
    pub members_count: u64,
    /// When the team was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the team or its members last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl From<&Team> for TeamView {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id,
            name: team.name.clone(),
            time_zone: team.time_zone.name().to_owned(),
            hours: team.hours.as_ref().map(shifts),
            closed_days: team.closed_days.clone().into(),
            self_service: team.self_service,
            rotation_id: team.rotation,
            members_count: team.members,
            created_at: team.created_at,
            updated_at: team.updated_at,
        }
    }
}

impl TeamView {
    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            id: TeamId::from_uuid(samples::id(samples::TEAM)),
            name: "Extranjería Madrid".into(),
            time_zone: "Europe/Madrid".into(),
            hours: Some(vec![sample_shift()]),
            closed_days: vec!["2026-12-25".into()],
            self_service: false,
            rotation_id: RotationId::from_uuid(samples::id(samples::ROTATION)),
            members_count: 4,
            created_at: samples::AT,
            updated_at: samples::AT,
        }
    }
}

/// The answer that shows a team, with its version as `ETag`.
pub fn answer(status: StatusCode, team: &Team) -> StoredAnswer {
    StoredAnswer { etag: Some(etag(&team.version())), ..json_answer(status, &TeamView::from(team)) }
}

/// A member of a team. Administrators and the member see the settings; for other staff they are null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamMember)]
pub struct MemberView {
    /// Id of the user who is the member.
    #[schema(value_type = Uuid)]
    pub user_id: UserId,
    /// Name of the user; "Persona borrada" or "Erased person" where the user was erased.
    #[schema(example = "Ana García")]
    pub name: String,
    /// Whether the user is active: others stay members, and get nothing.
    pub is_active: bool,
    /// Place in the team, by which members are listed and ties are decided.
    pub place: i64,
    /// How much of the work the member gets, compared with the others; null: not for the reader.
    #[schema(minimum = 1, maximum = 10000, example = 100)]
    pub weight: Option<u16>,
    /// What the member can do, in lower case; null: not for the reader.
    #[schema(example = json!(["lang:ar"]))]
    pub skills: Option<Vec<String>>,
    /// Time zone of the member, by its IANA name; null: the team's.
    pub time_zone: Option<String>,
    /// Working hours of the member; null: the team's.
    pub hours: Option<Vec<ShiftView>>,
    /// Most leads that the member gets a day; null: the user's daily quota.
    pub daily_quota: Option<i64>,
    /// Most open opportunities with which the member still gets leads; null: no limit.
    pub open_cap: Option<i64>,
    /// Until when the member gets no leads; null: not paused.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paused_until: Option<Timestamp>,
    /// When the user became a member; null: not for the reader.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub joined_at: Option<Timestamp>,
}

impl MemberView {
    /// A member, as this viewer sees it.
    pub fn new(member: TeamMember, viewer: Viewer, language: Language) -> Self {
        let is_shown = member.shows_settings_to(viewer);
        let settings = Some(&member.settings).filter(|_| is_shown);
        Self {
            user_id: member.user,
            is_active: member.is_active,
            place: member.settings.place,
            weight: settings.map(|settings| settings.weight.get()),
            skills: settings
                .map(|settings| settings.skills.as_slice().iter().map(|skill| skill.as_str().to_owned()).collect()),
            time_zone: settings.and_then(|settings| Some(settings.time_zone.as_ref()?.name().to_owned())),
            hours: settings.and_then(|settings| settings.hours.as_ref()).map(shifts),
            daily_quota: settings.and_then(|settings| settings.daily_quota),
            open_cap: settings.and_then(|settings| settings.open_cap),
            paused_until: settings.and_then(|settings| settings.paused_until),
            joined_at: is_shown.then_some(member.joined_at),
            name: language.name(member.name),
        }
    }

    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            user_id: UserId::from_uuid(samples::id(samples::AGENT)),
            name: "Ana García".into(),
            is_active: true,
            place: 1,
            weight: Some(100),
            skills: Some(vec!["lang:ar".into()]),
            time_zone: None,
            hours: None,
            daily_quota: Some(12),
            open_cap: None,
            paused_until: None,
            joined_at: Some(samples::AT),
        }
    }
}
