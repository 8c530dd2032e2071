//! Erasing people: what goes, what stays, and who comes in again.

mod everything;
pub(crate) mod traces;
pub mod users;

use std::sync::Arc;

use reparto_domain::{
    AttemptStatus, ContactId, OpportunityId, Refusal, Role,
    audit::action,
    consent::Consent,
    contacts::{AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactSort, ContactVisibility},
    erasures::{Erase, Erased, EverythingExtent, IfErased},
    idempotency::{Answer, Keyed, StoredAnswer},
    imports::{ImportMode, RowError, RowOutcome},
    jobs::{ExportRows, JobSet, JobWork, NewJob},
    opportunities::{Assignee, BulkAssign, FirstCall, Opportunity, OpportunityChanges},
    page::Slice,
};
use reparto_store::StoreResult;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Fixture,
    fixture::{bulk_ids, contact_named, keyed, refused},
};
use everything::{
    everything_about_a_person_is_returned_and_audited, everything_is_read_no_further_than_an_answer_holds,
};
pub(crate) use traces::assert_no_trace;

rules! { $ erasures_rules in erasures {
    an_erased_person_is_nowhere_in_the_database,
    an_erased_contact_stays_in_lists_and_counts,
    history_and_counts_survive_an_erasure,
    undo_across_an_erased_person_brings_no_notes_back,
    a_note_about_several_goes_only_if_it_names_them,
    notes_of_jobs_about_the_person_go,
    rows_of_the_person_in_exports_are_emptied,
    a_kept_answer_that_shows_the_person_is_dropped,
    an_erased_person_is_refused_in_any_spelling,
    administrators_let_an_erased_person_in_again,
    imports_tell_of_erased_people_and_skip_them,
    an_erased_contact_takes_no_new_data,
    an_edit_makes_no_erased_person_of_another,
    a_deleted_contact_is_erased_as_well,
    erasing_twice_keeps_the_first_time,
    notes_of_jobs_that_wrote_nothing_go_too,
    only_administrators_erase_and_read_everything,
    everything_about_a_person_is_returned_and_audited,
    everything_is_read_no_further_than_an_answer_holds,
}}

/// What says who Zulema is, in the spellings in which it is stored.
pub(crate) const TRACES: [&str; 9] =
    ["zulema", "quintanilla", "612345678", "612 345", "698765432", "cuscuta", "kirguis", "zorzal", "wuxia"];

/// A command to erase.
pub(crate) fn erase_command(reason: &str) -> Erase {
    Erase { reason: Some(reason.to_owned()), key: "c2VjcmV0IG9mIHRoZSB0ZXN0cw==".to_owned().into() }
}

impl Fixture {
    /// Erases a contact as the administrator.
    pub(crate) async fn erase(&self, id: ContactId) -> Erased {
        let erased = self.store().contact_erase(&self.as_admin(), id, erase_command("a petición"), None).await;
        erased.expect("contact_erase").fresh().expect("fresh without a key")
    }

    async fn try_create(&self, fields: ContactFields) -> StoreResult<ContactId> {
        let answer = self.store().contact_create(&self.as_admin(), fields, IfErased::Refuse, None).await?;
        Ok(answer.fresh().expect("fresh without a key").id)
    }
}

/// Somebody with every field.
fn zulema() -> ContactFields {
    let text = |text: &str| Some(text.to_owned());
    ContactFields {
        email: text("Zulema.Q@Example.org"),
        phone: text("+34 612 345 678"),
        mobile: text("698 765 432"),
        address: text("Calle del Zorzal 3"),
        city: text("Cuscuta"),
        nacionalidad: text("Kirguisistán"),
        company_name: text("Zulema e hijos"),
        notes: text("Zulema llamó dos veces"),
        source: text("wuxia"),
        consent: Some(Consent { text_version: "wuxia".into(), at: crate::fixture::START, channel: text("wuxia") }),
        do_not_contact: None,
        custom_fields: reparto_domain::json::KeptObject::stored(r#"{"apodo":"Zorzal"}"#.into()),
        ..contact_named("Zulema", "Quintanilla")
    }
}

/// An export with what it shows of the contact.
struct Csv;

impl ExportRows for Csv {
    fn render(&self, opportunities: &[Opportunity]) -> Vec<u8> {
        let line = |o: &Opportunity| {
            let notes = o.notes.clone().unwrap_or_default().replace('\n', " ");
            format!("{},{},{},\"{notes}\"\r\n", o.id, o.contact.id, o.contact.fields.name())
        };
        opportunities.iter().map(line).collect::<String>().into_bytes()
    }
}

async fn export(f: &Fixture, ids: &[OpportunityId]) -> reparto_domain::JobId {
    let job =
        f.job(NewJob { set: JobSet::Ids(ids.to_vec()), work: JobWork::Export, include_do_not_contact: false }).await;
    while let Some(claim) = f.claim(Uuid::from_u128(1)).await {
        f.store().job_run(claim, f.tick(), &f.assignable, Arc::new(Csv)).await.expect("job_run");
    }
    job.id
}

async fn note(f: &Fixture, ids: &[OpportunityId], to: &crate::Member, note: &str) -> reparto_domain::OperationId {
    let command = Fixture::bulk_assign_command(bulk_ids(ids), to.id);
    let command = BulkAssign { note: Some(note.to_owned()), ..command };
    f.try_bulk_assign(&f.as_admin(), command).await.unwrap().operation.unwrap()
}

/// Zulema with an opportunity in which everything was written down; beside it the opportunity of somebody else.
async fn written_down(f: &Fixture) -> (ContactId, OpportunityId, OpportunityId) {
    let contact = f.contact_with(zulema()).await;
    let edit = |fields: ContactFields| ContactFields { city: Some("Wuxia".into()), ..fields };
    f.store().contact_update(&f.as_admin(), contact, Box::new(edit), AgentsSee::Own).await.unwrap();
    let reason = json!({"formulario": "Zulema pregunta"}).as_object().cloned().unwrap();
    let id = f
        .opportunity_with(|command| {
            command.contact = Some(contact);
            command.detection_reason =
                reparto_domain::json::KeptObject::stored(serde_json::Value::Object(reason).to_string());
            command.notes = Some("Zulema de Cuscuta".into());
        })
        .await;
    let other = f.opportunity().await;
    let agent = f.agent().await;
    note(f, &[id], &agent, "llamar a Quintanilla").await;
    note(f, &[other, id], &agent, "Zulema Quintanilla y otra").await;
    note(f, &[other, id], &agent, "las dos de Wuxia no, de aquí").await;
    let call = FirstCall {
        number: 1,
        status: AttemptStatus::Orange,
        call_id: Some("wuxia-7".into()),
        notes: Some("Zulema no contesta".into()),
    };
    f.store().opportunity_first_call(&f.as_admin(), id, call, None).await.unwrap();
    let key = |name: &str| keyed(name, 1, f.tick().plus_seconds(1_000_000));
    let again = FirstCall { number: 2, status: AttemptStatus::Green, call_id: None, notes: Some("wuxia".into()) };
    f.store().opportunity_first_call(&f.as_admin(), id, again, Some(key("a"))).await.unwrap();
    export(f, &[other, id]).await;
    (contact, id, other)
}

async fn an_erased_person_is_nowhere_in_the_database(f: Fixture) {
    let (contact, id, other) = written_down(&f).await;
    let gone = f.opportunity_of(contact_named("Otra", "Persona")).await;
    f.delete(gone).await;
    assert!(traces::found(f.store(), &TRACES).await.len() > 8, "the search finds what is there");
    let erased = f.erase(contact).await;
    assert_eq!(erased.opportunities, 1);
    assert!(erased.audit_entries >= 2, "{erased:?}");
    // What was said of several without a name stays; the place is no trace here.
    let left = traces::found(f.store(), &TRACES).await;
    assert!(left.iter().all(|(table, _)| ["operations", "opportunities", "job_chunks"].contains(table)), "{left:?}");
    assert!(left.iter().all(|(_, text)| text.contains("las dos de Wuxia no")), "{left:?}");
    assert_eq!(f.notes(other).await.as_deref(), Some("las dos de Wuxia no, de aquí"));
    let shown = f.get(id).await;
    assert_eq!(shown.contact.fields, ContactFields::default());
    assert_eq!((shown.notes, shown.detection_reason.as_str()), (None, "{}"));
    assert_eq!(shown.attempts.len(), 2);
    assert!(shown.attempts.values().all(|attempt| attempt.notes.is_none() && attempt.call_id.is_none()));
    assert!(shown.first_call_completed, "the results of the calls stay");
}

async fn an_erased_contact_stays_in_lists_and_counts(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    let count = || async { f.store().contact_count(ContactVisibility::All, ContactFilter::default()).await.unwrap() };
    let before = count().await;
    let erased = f.erase(contact).await;
    assert_eq!(count().await, before);
    let query = |search: Option<&str>| ContactQuery {
        visibility: ContactVisibility::All,
        filter: ContactFilter {
            search: search.and_then(reparto_domain::search::Search::new),
            ..ContactFilter::default()
        },
        sort: ContactSort::Name,
        descending: false,
        slice: Slice { skip: 0, limit: 10 },
    };
    let all = f.store().contact_list(query(None)).await.unwrap();
    let shown = all.items.iter().find(|shown| shown.id == contact).expect("it stays");
    assert_eq!((shown.erased_at, shown.is_deleted), (Some(erased.erased_at), false));
    assert_eq!(shown.fields, ContactFields::default());
    for part in ["zulema", "quin", "zu", "612345"] {
        assert_eq!(f.store().contact_list(query(Some(part))).await.unwrap().total, 0, "{part}");
    }
}

async fn history_and_counts_survive_an_erasure(f: Fixture) {
    let (contact, id, other) = written_down(&f).await;
    let bare = |entries: Vec<reparto_domain::operations::HistoryEntry>| -> Vec<_> {
        entries.into_iter().map(|e| (e.operation_id, e.from_id, e.to_id, e.new_status, e.at)).collect()
    };
    let before = (bare(f.history(id).await), bare(f.history(other).await), f.state(id).await);
    let audit = f.store().audit_list(crate::fixture::WHOLE_LOG).await.unwrap().total;
    f.erase(contact).await;
    assert_eq!((bare(f.history(id).await), bare(f.history(other).await), f.state(id).await), before);
    let log = f.store().audit_list(crate::fixture::WHOLE_LOG).await.unwrap();
    assert_eq!((log.total, log.items[0].action.as_str()), (audit + 1, action::CONTACT_ERASED));
}

async fn undo_across_an_erased_person_brings_no_notes_back(f: Fixture) {
    let (first, second) = (f.agent().await, f.agent().await);
    let contact = f.contact_with(zulema()).await;
    let id = f.opportunity_with(|command| command.contact = Some(contact)).await;
    let other = f.opportunity().await;
    f.bulk_assign(&[id, other], &first).await;
    let noted = note(&f, &[id, other], &second, "nota común").await;
    f.erase(contact).await;
    let undone = f.undo(noted).await;
    assert_eq!((undone.done.len(), undone.failed.len()), (2, 0));
    assert_eq!((f.holder(id).await, f.notes(id).await), (Some(first.id), None));
    let again = f.undo(undone.operation.unwrap()).await;
    assert_eq!(again.done.len(), 2);
    assert_eq!((f.holder(id).await, f.notes(id).await), (Some(second.id), None));
    assert_eq!(f.notes(other).await.as_deref(), Some("nota común"));
}

async fn a_note_about_several_goes_only_if_it_names_them(f: Fixture) {
    let agent = f.agent().await;
    let contact = f.contact_with(zulema()).await;
    let id = f.opportunity_with(|command| command.contact = Some(contact)).await;
    let other = f.opportunity().await;
    f.set_notes(other, Some("de antes")).await;
    note(&f, &[id, other], &agent, "feria de marzo").await;
    note(&f, &[id, other], &agent, "QUINTANILLA y más").await;
    let alone = note(&f, &[id], &agent, "solo ella").await;
    f.erase(contact).await;
    assert_eq!(f.notes(other).await.as_deref(), Some("de antes\nferia de marzo"));
    let notes: Vec<Option<String>> = f.history(other).await.into_iter().map(|entry| entry.note).collect();
    assert_eq!(notes[..2], [None, Some("feria de marzo".to_owned())]);
    assert_eq!(f.store().operation_get(alone).await.unwrap().operation.note, None);
}

async fn notes_of_jobs_about_the_person_go(f: Fixture) {
    let agent = f.agent().await;
    let contact = f.contact_with(zulema()).await;
    let id = f.opportunity_with(|command| command.contact = Some(contact)).await;
    let other = f.opportunity().await;
    let assign = |ids: &[OpportunityId], note: &str| NewJob {
        set: JobSet::Ids(ids.to_vec()),
        work: JobWork::BulkAssign { assignee: Assignee::User(agent.id), status: None, note: Some(note.to_owned()) },
        include_do_not_contact: false,
    };
    f.ran(assign(&[id], "solo ella, de wuxia")).await;
    f.ran(assign(&[other, id], "con la señora Quintanilla")).await;
    f.erase(contact).await;
    assert_no_trace(f.store(), &TRACES).await;
}

async fn rows_of_the_person_in_exports_are_emptied(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    let id = f.opportunity_with(|command| command.contact = Some(contact)).await;
    let other = f.opportunity().await;
    let job = export(&f, &[other, id]).await;
    let file = || async { String::from_utf8(f.store().job_output(job, 0).await.unwrap().unwrap()).unwrap() };
    assert!(file().await.contains("Zulema Quintanilla"));
    f.erase(contact).await;
    assert_no_trace(f.store(), &TRACES).await;
    let left = file().await;
    assert!(left.contains(&id.to_string()) && left.contains(&other.to_string()), "{left}");
}

async fn a_kept_answer_that_shows_the_person_is_dropped(f: Fixture) {
    let expires_at = f.tick().plus_seconds(1_000_000);
    let key = || {
        let render = |made: &Contact| StoredAnswer {
            status: 201,
            location: None,
            etag: None,
            body: made.fields.name().into_bytes(),
            contact: Some(made.id),
            names_users: false,
        };
        Keyed { render: Arc::new(render), ..keyed("c", 1, expires_at) }
    };
    let (by, store) = (f.as_admin(), f.store());
    let create = || store.contact_create(&by, zulema(), IfErased::Refuse, Some(key()));
    let contact = create().await.unwrap().fresh().unwrap().id;
    assert!(matches!(create().await.unwrap(), Answer::Stored(_)));
    f.erase(contact).await;
    assert_eq!(refused(create().await), Refusal::PersonErased);
}

async fn an_erased_person_is_refused_in_any_spelling(f: Fixture) {
    f.try_create(zulema()).await.map(drop).unwrap();
    let query = ContactQuery {
        visibility: ContactVisibility::All,
        filter: ContactFilter::default(),
        sort: ContactSort::CreatedAt,
        descending: true,
        slice: Slice { skip: 0, limit: 1 },
    };
    let contact = f.store().contact_list(query).await.unwrap().items[0].id;
    f.erase(contact).await;
    let text = |text: &str| Some(text.to_owned());
    let same = [
        ContactFields { email: text("ZULEMA.q@example.ORG"), ..ContactFields::default() },
        ContactFields { phone: text("0034 612-345-678"), ..contact_named("X", "Y") },
        ContactFields { mobile: text("612345678"), ..ContactFields::default() },
        ContactFields { phone: text("698 76 54 32"), ..ContactFields::default() },
    ];
    for fields in same {
        assert_eq!(refused(f.try_create(fields.clone()).await), Refusal::PersonErased, "{fields:?}");
    }
    // Somebody else with the same name, or at the same number with an address of their own.
    f.try_create(contact_named("Zulema", "Quintanilla")).await.unwrap();
    f.try_create(ContactFields {
        email: text("otra@example.org"),
        phone: text("612345678"),
        ..ContactFields::default()
    })
    .await
    .unwrap();
}

async fn administrators_let_an_erased_person_in_again(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    f.erase(contact).await;
    let agent = f.agent().await;
    let f = &f;
    let create = |by: reparto_domain::Caller, if_erased| async move {
        f.store().contact_create(&by, zulema(), if_erased, None).await
    };
    assert_eq!(refused(create(f.by(&agent), IfErased::Refuse).await), Refusal::PersonErased);
    assert_eq!(refused(create(f.by(&agent), IfErased::LetIn).await), Refusal::AdministratorsOnly);
    let made = create(f.as_admin(), IfErased::LetIn).await.unwrap().fresh().unwrap();
    assert_eq!((made.fields, made.erased_at), (zulema(), None));
}

async fn imports_tell_of_erased_people_and_skip_them(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    f.erase(contact).await;
    let rows = || {
        vec![
            f.import_row(zulema()),
            f.import_row(contact_named("Otra", "Persona")),
            f.import_row(contact_named("Persona", "borrada")),
        ]
    };
    let import = async |mode| f.store().import_rows(&f.system(), rows(), mode, &f.assignable).await;
    let outcomes = import(ImportMode::default()).await.unwrap();
    let erased = RowOutcome::Skipped(RowError::PersonErased);
    assert_eq!(outcomes, [erased.clone(), RowOutcome::Created, erased.clone()]);
    assert_no_trace(f.store(), &TRACES).await;
    let outcomes = import(ImportMode { if_erased: IfErased::LetIn, ..ImportMode::default() }).await.unwrap();
    assert_eq!(outcomes, [RowOutcome::Created, RowOutcome::AlreadyThere, erased]);
    let outcomes = import(ImportMode::default()).await.unwrap();
    assert_eq!(outcomes[0], RowOutcome::AlreadyThere, "who was let in is known again");
}

async fn an_erased_contact_takes_no_new_data(f: Fixture) {
    let (contact, id, _) = written_down(&f).await;
    f.erase(contact).await;
    let edit = |fields: ContactFields| ContactFields { city: Some("Cuscuta".into()), ..fields };
    let edited = f.store().contact_update(&f.as_admin(), contact, Box::new(edit), AgentsSee::Own).await;
    assert_eq!(refused(edited), Refusal::PersonErased);
    let (by, command) = (f.as_admin(), Fixture::new_opportunity(contact));
    let created = f.store().opportunity_create(&by, command, &f.policy(), None).await;
    assert_eq!(refused(created), Refusal::PersonErased);
    let notes = OpportunityChanges { notes: Some(Some("Zulema".into())), ..OpportunityChanges::default() };
    assert_eq!(refused(f.try_update(&f.as_admin(), id, notes).await), Refusal::PersonErased);
    let call = f.try_call(&f.as_admin(), id, 3, AttemptStatus::Orange).await;
    assert_eq!(refused(call), Refusal::PersonErased);
    f.set_status(id, reparto_domain::Status::Lost).await;
}

async fn an_edit_makes_no_erased_person_of_another(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    f.erase(contact).await;
    let other = f.contact().await;
    let edit = |fields: ContactFields| ContactFields { email: zulema().email, ..fields };
    let edited = f.store().contact_update(&f.as_admin(), other, Box::new(edit), AgentsSee::Own).await;
    assert_eq!(refused(edited), Refusal::PersonErased);
}

async fn a_deleted_contact_is_erased_as_well(f: Fixture) {
    let (contact, id, _) = written_down(&f).await;
    f.delete(id).await;
    f.store().contact_delete(&f.as_admin(), contact, false).await.unwrap();
    let erased = f.erase(contact).await;
    assert_eq!(erased.opportunities, 1);
    let left = traces::found(f.store(), &TRACES).await;
    assert!(left.iter().all(|(_, text)| text.contains("las dos de Wuxia no")), "{left:?}");
    assert_eq!(
        refused(f.store().contact_get(ContactVisibility::All, contact).await),
        Refusal::ContactNotFound,
        "it stays deleted"
    );
}

async fn erasing_twice_keeps_the_first_time(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    let first = f.erase(contact).await;
    // By then nobody could say whether a reason names the person: it is not kept.
    let again = f.store().contact_erase(&f.as_admin(), contact, erase_command("otra vez Zulema"), None).await;
    let second = again.unwrap().fresh().unwrap();
    assert_eq!((second.erased_at, second.audit_entries), (first.erased_at, 0));
    let named = f.contact_with(contact_named("Begoña", "Urrutikoetxea")).await;
    let reason = erase_command("lo pidió la señora Urrutikoetxea");
    f.store().contact_erase(&f.as_admin(), named, reason, None).await.unwrap();
    let erasures = f.store().erasure_list(0, 10).await.unwrap();
    let listed: Vec<_> = erasures.iter().map(|e| (e.contact, e.reason.as_deref())).collect();
    assert_eq!(listed, [(Some(contact), Some("a petición")), (Some(named), None)]);
    assert!(f.store().erasure_list(erasures[1].seq, 10).await.unwrap().is_empty());
    assert_no_trace(f.store(), &["urrutikoetxea", "zulema"]).await;
}

/// A job has no operation before it is run, and none at all where its items fail.
async fn notes_of_jobs_that_wrote_nothing_go_too(f: Fixture) {
    let agent = f.agent().await;
    let contact = f.contact_with(zulema()).await;
    let id = f.opportunity_with(|command| command.contact = Some(contact)).await;
    let other = f.opportunity().await;
    let job = |ids: &[OpportunityId], note: &str| {
        let (assignee, note) = (Assignee::User(agent.id), Some(note.to_owned()));
        let work = JobWork::BulkAssign { assignee, status: None, note };
        NewJob { set: JobSet::Ids(ids.to_vec()), work, include_do_not_contact: false }
    };
    f.job(job(&[id], "la del zorzal")).await;
    f.job(job(&[other, id], "Quintanilla y otra")).await;
    f.job(job(&[other, id], "las dos")).await;
    f.erase(contact).await;
    assert_no_trace(f.store(), &["zorzal", "quintanilla"]).await;
    f.run_jobs().await;
    assert_no_trace(f.store(), &["zorzal", "quintanilla"]).await;
    assert_eq!(f.notes(other).await.as_deref(), Some("las dos"));
}

async fn only_administrators_erase_and_read_everything(f: Fixture) {
    let contact = f.contact_with(zulema()).await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        let erased = f.store().contact_erase(&f.by(&member), contact, erase_command("x"), None).await;
        assert_eq!(refused(erased), Refusal::AdministratorsOnly);
        let read = f.store().contact_everything(&f.by(&member), contact, EverythingExtent::Whole).await;
        assert_eq!(refused(read), Refusal::AdministratorsOnly);
    }
    let nobody = ContactId::new();
    let erased = f.store().contact_erase(&f.as_admin(), nobody, erase_command("x"), None).await;
    assert_eq!(refused(erased), Refusal::ContactNotFound);
    assert_eq!(
        refused(f.store().contact_everything(&f.as_admin(), nobody, EverythingExtent::Whole).await),
        Refusal::ContactNotFound
    );
}
