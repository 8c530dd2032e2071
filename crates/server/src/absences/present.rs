//! How absences are shown.

use reparto_domain::{AbsenceId, Timestamp, UserId, absences::Absence};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Language, samples};

/// A time in which a user gets no leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Absence)]
pub struct AbsenceView {
    /// Id of the absence.
    #[schema(value_type = Uuid)]
    pub id: AbsenceId,
    /// Id of the user who is absent.
    #[schema(value_type = Uuid)]
    pub user_id: UserId,
    /// Name of the user who is absent.
    #[schema(example = "Ana García")]
    pub name: String,
    /// When the absence starts.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// When the absence ends; null: not yet known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// Note for the user and administrators.
    pub note: Option<String>,
    /// When the absence was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the absence last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl AbsenceView {
    /// An absence, for an answer in this language.
    pub fn new(absence: Absence, language: Language) -> Self {
        Self {
            id: absence.id,
            user_id: absence.user,
            name: language.name(absence.name),
            starts_at: absence.period.starts_at(),
            ends_at: absence.period.ends_at(),
            note: absence.note,
            created_at: absence.created_at,
            updated_at: absence.updated_at,
        }
    }

    /// One to show in the API document.
    pub fn sample() -> Self {
        Self {
            id: AbsenceId::from_uuid(samples::id(samples::ABSENCE)),
            user_id: UserId::from_uuid(samples::id(samples::AGENT)),
            name: "Ana García".into(),
            starts_at: samples::AT,
            ends_at: Some(samples::AT.plus_seconds(7 * 86_400)),
            note: Some("Vacaciones".into()),
            created_at: samples::AT,
            updated_at: samples::AT,
        }
    }
}
