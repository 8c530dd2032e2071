//! What is said of why somebody gets a lead, or does not.

use reparto_domain::{
    Timestamp,
    dealing::{
        choice::Because,
        eligibility::{Obstacle, Reason},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Language;

/// A reason: a code for programs, a text for people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    /// Stable name of the reason.
    #[schema(example = "quota_used_up")]
    pub code: &'static str,
    /// What it means, in the language of the answer.
    #[schema(example = "Ha recibido hoy todos los leads de su cupo")]
    pub text: &'static str,
}

impl ReasonView {
    /// What stands against somebody.
    pub fn against(obstacles: &[Obstacle], language: Language) -> Vec<Self> {
        let view = |obstacle: &Obstacle| {
            let reason = obstacle.reason;
            Self { code: reason.as_str(), text: against(reason, language) }
        };
        obstacles.iter().map(view).collect()
    }

    /// What decided for somebody.
    pub const fn chosen(because: Because, language: Language) -> Self {
        Self { code: because.as_str(), text: chosen(because, language) }
    }

    /// Some to show in the API document.
    pub fn samples() -> Vec<Self> {
        let until = Some(Timestamp::default());
        Self::against(&[Obstacle { reason: Reason::QuotaUsedUp, until }], Language::default())
    }
}

const fn against(reason: Reason, language: Language) -> &'static str {
    match reason {
        Reason::Inactive => language.pick("La cuenta está inactiva", "The account is inactive"),
        Reason::NotAssignable => {
            language.pick("Su rol no puede tener oportunidades asignadas", "Their role may hold no opportunities")
        }
        Reason::NotMember => language.pick("Ya no es miembro del equipo", "Is no longer a member of the team"),
        Reason::OutsideHours => language.pick("Fuera de su horario", "Outside of their working hours"),
        Reason::ClosedDay => language.pick("Hoy el equipo no trabaja", "The team does not work today"),
        Reason::Absent => language.pick("Ausente", "Absent"),
        Reason::Paused => language.pick("En pausa", "Paused"),
        Reason::SkillMissing => language.pick("Le falta una competencia necesaria", "Lacks a skill that is needed"),
        Reason::QuotaUsedUp => {
            language.pick("Ha recibido hoy todos los leads de su cupo", "Has received today's quota of leads")
        }
        Reason::OpenCapReached => language.pick(
            "Tiene tantas oportunidades abiertas como admite",
            "Has as many open opportunities as the cap allows",
        ),
        Reason::GaveBack => language.pick("Devolvió este lead", "Gave this lead back"),
        Reason::NotWorked => language.pick("Lo tuvo y no lo trabajó a tiempo", "Had it, and did not work it in time"),
    }
}

const fn chosen(because: Because, language: Language) -> &'static str {
    match because {
        Because::OnlyOne => language.pick("Nadie más puede recibirlo", "Nobody else can have it"),
        Because::OwedMost => language.pick("Es a quien más leads se le deben", "Is owed the most leads"),
        Because::ValueBelow => language
            .pick("Es quien más por debajo está del valor que le corresponde", "Is furthest below the value due"),
        Because::ValueAbove => language.pick(
            "El lead vale menos que la media, y es quien más por encima está del valor que le corresponde",
            "The lead is worth less than most, and they are furthest above the value due",
        ),
        Because::WaitedLongest => language.pick("Es quien más tiempo lleva esperando", "Has waited longest"),
        Because::Place => language
            .pick("En igualdad, decide el orden en el equipo", "All else is equal: the place in the team decides"),
        Because::FewestOpen => {
            language.pick("Es quien menos oportunidades abiertas tiene", "Has the fewest open opportunities")
        }
        Because::Drawn => language.pick("Por sorteo", "Was drawn by lot"),
        Because::Sticky => language.pick("Ya llevaba este contacto", "The contact is theirs already"),
        Because::ByHand => language.pick("Se eligió a mano", "Was chosen by hand"),
        Because::OthersInARow => {
            language.pick("Otros han recibido ya varios seguidos", "Others have had several in a row")
        }
        Because::Share => {
            language.pick("Es parte de lo que le toca en el reparto", "Is part of their share of the deal")
        }
    }
}
