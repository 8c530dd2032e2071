//! How rotations are shown.

use axum::http::StatusCode;
use reparto_domain::{
    RotationId, TeamId, Timestamp,
    dealing::choice::Strategy,
    idempotency::StoredAnswer,
    rotations::{CatchUp, PriorityValues, ReturnReason, Rotation, RotationSettings, Sticky, StickyOtherwise, ValueBy},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::amounts::amount;
use crate::http::{
    etag::etag,
    idempotency::json_answer,
    names::{ReturnReasonName, StickyOtherwiseName, StrategyName, ValueByName},
    samples,
};

/// Values of leads by priority.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriorityValues)]
pub struct PriorityValuesView {
    /// Value of a lead of low priority.
    pub low: f64,
    /// Value of a lead of medium priority.
    pub medium: f64,
    /// Value of a lead of high priority.
    pub high: f64,
    /// Value of an urgent lead.
    pub urgent: f64,
}

impl From<PriorityValues> for PriorityValuesView {
    fn from(values: PriorityValues) -> Self {
        let PriorityValues { low, medium, high, urgent } = values;
        Self { low: amount(low), medium: amount(medium), high: amount(high), urgent: amount(urgent) }
    }
}

/// Which turns of an absence are made up for: `none`, `all`, or a number of minutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CatchUp)]
pub enum CatchUpView {
    /// `none` or `all`.
    Name(&'static str),
    /// So many minutes.
    Minutes(u32),
}

impl From<CatchUp> for CatchUpView {
    fn from(catch_up: CatchUp) -> Self {
        match catch_up {
            CatchUp::None => Self::Name("none"),
            CatchUp::All => Self::Name("all"),
            CatchUp::Minutes(minutes) => Self::Minutes(minutes),
        }
    }
}

/// Whether a lead goes to whom its contact belongs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sticky)]
pub struct StickyView {
    /// Whether a lead goes to who is responsible for its contact, else to its last holder.
    pub enabled: bool,
    /// For how many days after it was last theirs a contact belongs to its last holder.
    pub days: u32,
    /// What becomes of the lead where they cannot have it now.
    #[schema(value_type = StickyOtherwiseName)]
    pub otherwise: StickyOtherwise,
}

impl From<Sticky> for StickyView {
    fn from(sticky: Sticky) -> Self {
        Self { enabled: sticky.enabled, days: sticky.days, otherwise: sticky.otherwise }
    }
}

/// A rotation: the ledger of turns between a team's members.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rotation)]
pub struct RotationView {
    /// Id of the rotation.
    #[schema(value_type = Uuid)]
    pub id: RotationId,
    /// Id of the team.
    #[schema(value_type = Uuid)]
    pub team_id: TeamId,
    /// Name of the rotation.
    #[schema(example = "Extranjería Madrid")]
    pub name: String,
    /// How the rotation chooses.
    #[schema(value_type = StrategyName)]
    pub strategy: Strategy,
    /// By what a lead is valued.
    #[schema(value_type = ValueByName)]
    pub value_by: ValueBy,
    /// Values of priorities, where leads are valued by them.
    pub priority_values: PriorityValuesView,
    /// How far below the greatest balance one may be, in leads, and still be chosen for the sake of values.
    #[schema(minimum = 0, maximum = 1, example = 0.5)]
    pub slack: f64,
    /// How many leads one may get in a row while others could have had them; 0: any number.
    #[schema(example = 3)]
    pub max_in_a_row: u32,
    /// Which turns of an absence are made up for: `none`, `all`, or those of so many minutes.
    pub catch_up: CatchUpView,
    /// Whether leads that are assigned by hand count against the turn.
    pub count_manual: bool,
    /// For which reasons the turn comes back with a lead that is given back.
    #[schema(value_type = Vec<ReturnReasonName>)]
    pub returned_reasons: Vec<ReturnReason>,
    /// Whether a lead goes to whom its contact belongs.
    pub sticky: StickyView,
    /// Number of the version: it grows with each change of the settings, and of who is a member, with which place and weight.
    pub version: u32,
    /// When the rotation was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the rotation, or what somebody is owed, last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl From<&Rotation> for RotationView {
    fn from(rotation: &Rotation) -> Self {
        let settings = &rotation.settings;
        Self {
            id: rotation.id,
            team_id: rotation.team,
            name: rotation.name.clone(),
            strategy: settings.strategy,
            value_by: settings.value_by,
            priority_values: settings.priority_values.into(),
            slack: amount(settings.slack),
            max_in_a_row: settings.max_in_a_row,
            catch_up: settings.catch_up.into(),
            count_manual: settings.count_manual,
            returned_reasons: settings.returned_reasons.as_slice().to_vec(),
            sticky: settings.sticky.into(),
            version: rotation.version,
            created_at: rotation.created_at,
            updated_at: rotation.updated_at,
        }
    }
}

impl RotationView {
    /// One to show in the API document.
    pub fn sample() -> Self {
        Self::from(&Rotation {
            id: RotationId::from_uuid(samples::id(samples::ROTATION)),
            team: TeamId::from_uuid(samples::id(samples::TEAM)),
            name: "Extranjería Madrid".into(),
            settings: RotationSettings::default(),
            version: 5,
            created_at: samples::AT,
            updated_at: samples::AT,
        })
    }
}

/// The answer that shows a rotation, with its version as `ETag`.
pub fn answer(status: StatusCode, rotation: &Rotation) -> StoredAnswer {
    StoredAnswer { etag: Some(etag(&rotation.tag())), ..json_answer(status, &RotationView::from(rotation)) }
}
