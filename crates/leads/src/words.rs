//! The words of other CRMs for statuses, priorities, yes and no.

use std::{collections::HashMap, sync::LazyLock};

use reparto_domain::{Priority, Status, contacts::Grading};

use crate::headers::key;

/// The meaning of a word for a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatusWord {
    /// Not contacted yet: `assigned` if there is a holder, else `pending`.
    Fresh,
    /// This status.
    Is(Status),
}

const FRESH: &[&str] = &[
    "pending",
    "assigned",
    "new",
    "created",
    "creado",
    "open",
    "open deal",
    "open - not contacted",
    "not contacted",
    "attempted to contact",
    "incoming leads",
    "unsorted",
    "pendiente",
    "asignado",
    "asignada",
    "nuevo",
    "nueva",
    "abierto",
    "abierta",
    "abierto - no contactado",
    "abierta - no contactada",
    "no contactado",
    "sin contactar",
    "intento de contacto",
    "se intentó contactar",
    "leads entrantes",
    "entrante",
    "trato abierto",
    "negocio abierto",
    "en cola",
    "prospecting",
    "prospección",
    "intentó contactar",
    "intentado contactar",
];

const CONTACTED: &[&str] = &[
    "contacted",
    "in progress",
    "connected",
    "working",
    "working - contacted",
    "bad timing",
    "qualified",
    "nurturing",
    "initial contact",
    "discussions",
    "negotiation",
    "decision making",
    "contract discussion",
    "offer made",
    "contactado",
    "contactada",
    "en curso",
    "en proceso",
    "en progreso",
    "conectado",
    "trabajando - contactado",
    "en curso - contactado",
    "mal momento",
    "no es buen momento",
    "cualificado",
    "calificado",
    "en seguimiento",
    "contacto inicial",
    "discusiones",
    "negociación",
    "negociaciones",
    "toma de decisiones",
    "debate contractual",
    "discusión de contrato",
    "oferta realizada",
    "primer contacto",
    "first contact",
    "discusión",
    "in process",
    "replied",
    "interested",
    "interesado",
    "interesada",
    // Zoho.
    "contact in future",
    "contactar en el futuro",
    "pre-qualified",
    "precalificado",
    "precualificado",
    // Odoo, Pipedrive.
    "proposition",
    "propuesta",
    "contact made",
    "contacto realizado",
    "contacto hecho",
    "demo scheduled",
    "demo programada",
    "proposal made",
    "propuesta realizada",
    "propuesta hecha",
    "negotiations started",
    "negociaciones iniciadas",
    // Opportunities of Salesforce, deals of HubSpot.
    "qualification",
    "calificación",
    "cualificación",
    "needs analysis",
    "análisis de necesidades",
    "value proposition",
    "propuesta de valor",
    "id. decision makers",
    "perception analysis",
    "proposal/price quote",
    "propuesta/presupuesto",
    "negotiation/review",
    "negociación/revisión",
    "appointment scheduled",
    "cita programada",
    "qualified to buy",
    "calificado para comprar",
    "presentation scheduled",
    "presentación programada",
    "decision maker bought-in",
    "contract sent",
    "contrato enviado",
];

const CONVERTED: &[&str] = &[
    "converted",
    "closed - converted",
    "won",
    "closed - won",
    "customer",
    "convertido",
    "convertida",
    "cerrado - convertido",
    "ganado",
    "ganada",
    "cerrado - ganado",
    "logrado con éxito",
    "venta ganada",
    "cliente",
    "cierre ganado",
    "cerrada ganada",
];

const LOST: &[&str] = &[
    "lost",
    "closed - not converted",
    "closed - lost",
    "unqualified",
    "not qualified",
    "disqualified",
    "not interested",
    "perdido",
    "perdida",
    "cerrado - no convertido",
    "cerrado - perdido",
    "venta perdida",
    "no calificado",
    "sin calificar",
    "no cualificado",
    "descalificado",
    "descartado",
    "no interesado",
    "no le interesa",
    "ventas perdidos",
    "closed",
    "cerrado",
    "cierre perdido",
    "cerrada perdida",
    "dead",
    // Zoho.
    "lost lead",
    "junk lead",
    "posible cliente perdido",
    "posible cliente no deseado",
    "posible cliente no válido",
    "candidato perdido",
];

const EXPIRED: &[&str] =
    &["expired", "archived", "expirado", "expirada", "caducado", "caducada", "archivado", "vencido"];

/// Folded once: doing it for every row would cost more than the rest of the row.
static STATUSES: LazyLock<HashMap<String, StatusWord>> = LazyLock::new(|| {
    [
        (FRESH, StatusWord::Fresh),
        (CONTACTED, StatusWord::Is(Status::Contacted)),
        (CONVERTED, StatusWord::Is(Status::Converted)),
        (LOST, StatusWord::Is(Status::Lost)),
        (EXPIRED, StatusWord::Is(Status::Expired)),
    ]
    .into_iter()
    .flat_map(|(words, meaning)| words.iter().map(move |word| (key(word), meaning)))
    .collect()
});

/// Looks up a word for a status; `None` if it is unknown.
pub(crate) fn status(word: &str) -> Option<StatusWord> {
    STATUSES.get(&key(word)).copied()
}

/// Looks up a word for a priority: our own names, or how warm a lead is.
pub(crate) fn priority(word: &str) -> Option<Priority> {
    match key(word).as_str() {
        "low" | "baja" | "bajo" | "cold" | "coldlead" | "frio" | "fria" => Some(Priority::Low),
        "medium" | "normal" | "media" | "medio" | "warm" | "warmlead" | "templado" | "templada" | "tibio" | "tibia" => {
            Some(Priority::Medium)
        }
        "high" | "alta" | "alto" | "hot" | "hotlead" | "caliente" => Some(Priority::High),
        "urgent" | "urgente" | "critical" | "critica" | "critico" | "muyalta" => Some(Priority::Urgent),
        _ => None,
    }
}

/// Looks up yes or no.
pub(crate) fn yes_or_no(word: &str) -> Option<bool> {
    match key(word).as_str() {
        "si" | "s" | "yes" | "y" | "true" | "verdadero" | "1" | "x" => Some(true),
        "no" | "n" | "false" | "falso" | "0" => Some(false),
        _ => None,
    }
}

/// Parses a grade.
pub(crate) fn grading(word: &str) -> Option<Grading> {
    word.trim().to_uppercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_each_system_are_known_in_both_languages() {
        for (word, expected) in [
            ("Open - Not Contacted", StatusWord::Fresh),
            ("NEW", StatusWord::Fresh),
            ("ATTEMPTED_TO_CONTACT", StatusWord::Fresh),
            ("Leads Entrantes", StatusWord::Fresh),
            ("Working - Contacted", StatusWord::Is(Status::Contacted)),
            ("IN_PROGRESS", StatusWord::Is(Status::Contacted)),
            ("Negociación", StatusWord::Is(Status::Contacted)),
            ("Logrado con éxito", StatusWord::Is(Status::Converted)),
            ("Won", StatusWord::Is(Status::Converted)),
            ("Cerrado - No convertido", StatusWord::Is(Status::Lost)),
            ("expired", StatusWord::Is(Status::Expired)),
            ("Lost Lead", StatusWord::Is(Status::Lost)),
            ("Junk Lead", StatusWord::Is(Status::Lost)),
            ("Posible cliente perdido", StatusWord::Is(Status::Lost)),
            ("Contact in Future", StatusWord::Is(Status::Contacted)),
            ("Pre-Qualified", StatusWord::Is(Status::Contacted)),
            ("Primer contacto", StatusWord::Is(Status::Contacted)),
            ("Initial contact", StatusWord::Is(Status::Contacted)),
            ("Proposition", StatusWord::Is(Status::Contacted)),
            ("Negociaciones iniciadas", StatusWord::Is(Status::Contacted)),
            ("Negotiation/Review", StatusWord::Is(Status::Contacted)),
            ("Closed Won", StatusWord::Is(Status::Converted)),
            ("Cierre perdido", StatusWord::Is(Status::Lost)),
        ] {
            assert_eq!(status(word), Some(expected), "{word}");
        }
        assert_eq!(status("Cita agendada"), None);
    }

    #[test]
    fn our_own_statuses_and_priorities_are_known() {
        for own in Status::ALL {
            assert!(status(own.as_str()).is_some(), "{own}");
        }
        for own in Priority::ALL {
            assert_eq!(priority(own.as_str()), Some(*own));
        }
    }

    #[test]
    fn no_word_means_two_statuses() {
        let mut seen = std::collections::HashSet::new();
        for word in [FRESH, CONTACTED, CONVERTED, LOST, EXPIRED].into_iter().flatten() {
            assert!(seen.insert(key(word)), "{word}");
        }
    }
}
