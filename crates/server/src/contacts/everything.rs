//! Everything that is kept about the person of a contact.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use reparto_domain::{
    AttemptStatus, ContactId, ImportId, OpportunityId, Refusal, Timestamp,
    erasures::{Everything, EverythingExtent, EverythingImport},
    imports::ImportOutcome,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::present::{ConsentItem, ContactItem, DoNotContactItem};
use crate::{
    audit::AuditEntryJson,
    http::{
        Incoming, Json, Language, PathId, Problem, Signed,
        names::{AttemptStatusName, ImportOutcomeName},
        query::PartParams,
        samples,
    },
    opportunities::{history::HistoryItem, present::LeadOpportunity},
    state::App,
};

/// Everything that is kept about one person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Everything)]
pub struct EverythingView {
    /// The contact with all its fields.
    pub contact: ContactItem,
    /// The opportunities of the person, also deleted ones.
    pub opportunities: Vec<EverythingOpportunityView>,
    /// All attempts at a first call.
    pub attempts: Vec<EverythingAttempt>,
    /// All notes about the person, of the contact and of the opportunities.
    pub notes: Vec<EverythingNote>,
    /// What happened to the opportunities, newest first.
    pub history: Vec<EverythingHistory>,
    /// How much happened to the opportunities in all.
    pub history_total: u64,
    /// Entries of the audit log about the contact and the opportunities, newest first.
    pub audit_entries: Vec<AuditEntryJson>,
    /// Number of these entries in all.
    pub audit_entries_total: u64,
    /// Rows of imports that brought the person, newest import first.
    pub imports: Vec<EverythingImportView>,
    /// Where the person came from; null: not known.
    pub source: Option<String>,
    /// When the person came from there; null: not known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub source_at: Option<Timestamp>,
    /// What the person agreed to; null: nothing is known.
    pub consent: Option<ConsentItem>,
    /// Since when and why the person is not to be contacted; null: they may be.
    pub do_not_contact: Option<DoNotContactItem>,
    /// When this was read.
    #[schema(value_type = String, format = DateTime)]
    pub read_at: Timestamp,
}

/// An opportunity of the person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EverythingOpportunity)]
pub struct EverythingOpportunityView {
    /// The opportunity as it stands.
    #[serde(flatten)]
    pub opportunity: LeadOpportunity,
    /// Whether the opportunity was deleted.
    pub is_deleted: bool,
}

/// A row of an import that brought the person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EverythingImport)]
pub struct EverythingImportView {
    /// Id of the import.
    #[schema(value_type = Uuid)]
    pub import_id: ImportId,
    /// Name of the import; null: it has none.
    pub name: Option<String>,
    /// When the import was sent.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Number of the row's first line in the file.
    pub line: u64,
    /// What became of the row.
    #[schema(value_type = ImportOutcomeName)]
    pub outcome: ImportOutcome,
    /// Cells of the row as they came; null: they are not kept any more.
    pub cells: Option<Vec<String>>,
}

impl From<EverythingImport> for EverythingImportView {
    fn from(row: EverythingImport) -> Self {
        let EverythingImport { import_id, name, at, line, outcome, cells } = row;
        Self { import_id, name, at, line, outcome, cells }
    }
}

/// An attempt at a first call.
#[derive(Debug, Serialize, ToSchema)]
pub struct EverythingAttempt {
    /// Id of the opportunity that the call was about.
    #[schema(value_type = Uuid)]
    pub opportunity_id: OpportunityId,
    /// Number of the attempt, 1 to 5.
    pub number: u8,
    /// Result of the attempt.
    #[schema(value_type = AttemptStatusName)]
    pub status: AttemptStatus,
    /// Id of the call in the telephone system; null: none was given.
    pub call_id: Option<String>,
    /// When the attempt was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub attempted_at: Timestamp,
    /// What the caller noted; null: nothing.
    pub notes: Option<String>,
}

/// A note about the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct EverythingNote {
    /// Id of the opportunity that has the note; null: the contact has it.
    #[schema(value_type = Option<Uuid>)]
    pub opportunity_id: Option<OpportunityId>,
    /// Text of the note.
    pub text: String,
}

/// Something that happened to an opportunity.
#[derive(Debug, Serialize, ToSchema)]
pub struct EverythingHistory {
    /// Id of the opportunity that it happened to.
    #[schema(value_type = Uuid)]
    pub opportunity_id: OpportunityId,
    /// What happened, as in the history of the opportunity.
    #[serde(flatten)]
    pub entry: HistoryItem,
}

impl EverythingView {
    fn new(everything: Everything, language: Language, read_at: Timestamp) -> Self {
        let fields = everything.contact.fields.clone();
        let (mut attempts, mut history) = (Vec::new(), Vec::new());
        let mut notes: Vec<EverythingNote> =
            fields.notes.into_iter().map(|text| EverythingNote { opportunity_id: None, text }).collect();
        let mut opportunities = Vec::with_capacity(everything.opportunities.len());
        for found in everything.opportunities {
            let id = found.opportunity.id;
            for (number, attempt) in found.opportunity.attempts.clone() {
                attempts.push(EverythingAttempt {
                    opportunity_id: id,
                    number,
                    status: attempt.status,
                    call_id: attempt.call_id,
                    attempted_at: attempt.attempted_at,
                    notes: attempt.notes,
                });
            }
            notes.extend(found.opportunity.notes.clone().map(|text| EverythingNote { opportunity_id: Some(id), text }));
            history.extend(
                found
                    .history
                    .into_iter()
                    .map(|entry| EverythingHistory { opportunity_id: id, entry: HistoryItem::new(entry, language) }),
            );
            opportunities.push(EverythingOpportunityView {
                opportunity: LeadOpportunity::new(found.opportunity, language),
                is_deleted: found.is_deleted,
            });
        }
        Self {
            source: fields.source,
            source_at: fields.source_at,
            consent: fields.consent.map(ConsentItem::from),
            do_not_contact: fields.do_not_contact.map(DoNotContactItem::from),
            contact: ContactItem::new(everything.contact, language),
            opportunities,
            attempts,
            notes,
            history,
            history_total: everything.history_total,
            audit_entries: everything.audit.into_iter().map(AuditEntryJson::from).collect(),
            audit_entries_total: everything.audit_total,
            imports: everything.imports.into_iter().map(EverythingImportView::from).collect(),
            read_at,
        }
    }

    fn sample() -> Self {
        let contact = ContactItem::sample();
        let opportunity = LeadOpportunity::sample();
        let id = opportunity.id;
        Self {
            source: contact.source.clone(),
            source_at: contact.source_at,
            consent: contact.consent.clone(),
            do_not_contact: None,
            contact,
            opportunities: vec![EverythingOpportunityView { opportunity, is_deleted: false }],
            attempts: vec![EverythingAttempt {
                opportunity_id: id,
                number: 1,
                status: AttemptStatus::Orange,
                call_id: None,
                attempted_at: samples::AT,
                notes: Some("No contesta".into()),
            }],
            notes: vec![EverythingNote { opportunity_id: Some(id), text: "Llamar por la tarde".into() }],
            history: vec![EverythingHistory { opportunity_id: id, entry: HistoryItem::sample() }],
            history_total: 1,
            audit_entries: vec![AuditEntryJson::sample()],
            audit_entries_total: 1,
            imports: vec![EverythingImportView {
                import_id: ImportId::from_uuid(samples::id(samples::IMPORT)),
                name: Some("Feria de mayo".into()),
                at: samples::AT,
                line: 2,
                outcome: ImportOutcome::Created,
                cells: Some(vec!["Lucía Pérez".into(), "600111222".into()]),
            }],
            read_at: samples::AT,
        }
    }
}

/// Get everything about a person
///
/// Everything that is kept about the person of a contact, also of a deleted one: what a person may ask for. Reading it
/// is recorded in the audit log. `skip` and `limit` are of `history` and `audit_entries` each, for somebody about whom
/// there is more than an answer may hold (422 `page_too_large`).
#[utoipa::path(
    get, path = "/api/crm/contacts/{id}/everything", tag = "contacts",
    params(("id" = Uuid, Path, description = "Id of the contact"), PartParams),
    responses((
        status = 200, description = "Everything about the person", body = EverythingView,
        example = json!(EverythingView::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "contact_not_found"])))
)]
pub async fn everything(
    State(app): State<App>,
    signed: Signed,
    id: PathId<ContactId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let mut query = incoming.query();
    let part = query.part();
    query.finish()?;
    let id = id.or(Refusal::ContactNotFound)?;
    let (skip, limit) = (part.skip, part.limit);
    let extent = EverythingExtent::Answer { skip, limit };
    let everything = app.store.contact_everything(&signed.caller, id, extent).await?;
    Ok(Json(EverythingView::new(everything, signed.context.language, signed.caller.at)).into_response())
}

/// Everything about a person as the command line writes it.
pub fn object(everything: Everything, language: Language, read_at: Timestamp) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(EverythingView::new(everything, language, read_at))
}
