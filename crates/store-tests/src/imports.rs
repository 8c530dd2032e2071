//! Imports of leads.

use reparto_domain::{
    AttemptStatus, OpportunityId, Priority, Role, Score, Status,
    audit::action,
    contacts::{ContactFields, ContactFilter, ContactVisibility},
    imports::{FixedIds, ImportMode, ImportRow, RowError, RowOutcome, RowResult, Stays, ToldCode},
    json::KeptObject,
    operations::{OperationKind, OperationQuery},
    opportunities::{Attempt, OpportunityFilter},
    search::Search,
};

use crate::{
    Fixture,
    fixture::{ALL_OPERATIONS, contact_named},
};

rules! { $ imports_rules in imports {
    a_row_creates_a_contact_and_an_opportunity,
    rows_with_a_holder_are_assigned_and_others_pending,
    every_field_of_a_row_is_stored,
    the_same_rows_twice_make_no_duplicates,
    contacts_match_by_email_in_any_case_else_by_phone,
    a_number_in_any_spelling_is_one_person,
    a_known_contact_is_completed_never_overwritten,
    what_a_further_enquiry_brings_is_kept_once,
    what_a_row_says_of_a_known_opportunity_is_told_and_left_out,
    a_row_of_our_own_export_knows_its_contact_by_id,
    a_known_contact_without_an_opportunity_gets_one,
    two_rows_of_one_contact_are_one_opportunity,
    a_row_without_name_email_and_phone_is_skipped,
    rows_with_an_unassignable_holder_are_skipped,
    an_import_is_one_operation_and_one_audit_entry,
    an_import_of_nothing_new_has_no_operation,
    a_dry_run_reports_and_writes_nothing,
    a_strict_import_stops_at_the_first_error,
    a_strict_import_without_errors_succeeds,
    given_ids_and_times_are_kept,
    an_imported_contact_can_be_found,
    a_thousand_rows_are_imported,
}}

/// The number of contacts.
async fn contacts(f: &Fixture) -> u64 {
    f.store().contact_count(ContactVisibility::All, ContactFilter::default()).await.unwrap()
}

async fn import(f: &Fixture, rows: Vec<ImportRow>) -> Vec<RowResult> {
    import_with(f, rows, ImportMode::default()).await
}

async fn import_with(f: &Fixture, rows: Vec<ImportRow>, mode: ImportMode) -> Vec<RowResult> {
    f.store().import_rows(&f.system(), rows, mode, &f.assignable).await.expect("import_rows")
}

fn lead(email: &str, phone: &str) -> ContactFields {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ContactFields { email: text(email), phone: text(phone), ..contact_named("Ana", "Núñez") }
}

async fn all(f: &Fixture) -> Vec<OpportunityId> {
    f.matching(OpportunityFilter::default()).await
}

async fn a_row_creates_a_contact_and_an_opportunity(f: Fixture) {
    let row = f.import_row(lead("ana@example.org", ""));
    assert_eq!(import(&f, vec![row.clone()]).await, [RowOutcome::Created]);
    let opportunity = f.get(all(&f).await[0]).await;
    assert_eq!((opportunity.contact.fields, opportunity.status), (row.contact, Status::Pending));
    let history = f.history(opportunity.id).await;
    assert_eq!((history.len(), history[0].kind), (1, OperationKind::Import));
}

async fn rows_with_a_holder_are_assigned_and_others_pending(f: Fixture) {
    let agent = f.agent().await;
    let rows = [Some(agent.email.to_uppercase()), None].map(|holder_email| ImportRow {
        holder_email,
        ..f.import_row(contact_named("Ana", &format!("{}", f.number())))
    });
    import(&f, rows.to_vec()).await;
    let mut states = f.states(&all(&f).await).await;
    states.sort_unstable();
    assert_eq!(states, [(None, Status::Pending), (Some(agent.id), Status::Assigned)]);
}

async fn every_field_of_a_row_is_stored(f: Fixture) {
    let agent = f.agent().await;
    let at = f.tick();
    let attempt = |status| Attempt { status, call_id: Some("c".into()), attempted_at: at, notes: Some("n".into()) };
    let row = ImportRow {
        detected_at: Some(at),
        score: Score::new(77),
        priority: Some(Priority::Urgent),
        status: Some(Status::Contacted),
        detection_reason: KeptObject::stored(r#"{"reason":"web","ñ":[1]}"#.into()),
        holder_email: Some(agent.email.clone()),
        notes: Some("nota\nlarga".into()),
        attempts: [(1, attempt(AttemptStatus::Orange)), (2, attempt(AttemptStatus::Green))].into(),
        ..f.import_row(lead("ana@example.org", "600 123 456"))
    };
    import(&f, vec![row.clone()]).await;
    let o = f.get(all(&f).await[0]).await;
    assert_eq!(
        (o.detected_at, o.score, o.priority, o.status),
        (at, row.initial_score(), Priority::Urgent, Status::Contacted)
    );
    assert_eq!((o.detection_reason, o.notes, o.attempts), (row.detection_reason, row.notes, row.attempts));
    assert_eq!((o.holder.map(|p| p.id), o.first_call_completed), (Some(agent.id), true));
    assert_eq!(o.first_call_successful_attempt, Some(2));
}

async fn the_same_rows_twice_make_no_duplicates(f: Fixture) {
    let rows: Vec<ImportRow> =
        [lead("ana@example.org", ""), lead("", "600 123 456"), lead("b@example.org", "600 123 457")]
            .map(|contact| f.import_row(contact))
            .to_vec();
    assert_eq!(import(&f, rows.clone()).await, vec![RowOutcome::Created; 3]);
    let before = all(&f).await;
    assert_eq!(import(&f, rows).await, vec![RowOutcome::AlreadyThere; 3]);
    assert_eq!(all(&f).await, before);
    assert_eq!(contacts(&f).await, 3);
}

async fn contacts_match_by_email_in_any_case_else_by_phone(f: Fixture) {
    import(&f, vec![f.import_row(lead("Ana@Example.org", "+34 600 123 456"))]).await;
    for (email, phone, expected) in [
        ("ANA@example.ORG", "", RowOutcome::AlreadyThere),
        ("ana@example.org", "911000111", RowOutcome::Completed),
        ("", "600-123-456", RowOutcome::AlreadyThere),
        ("", "0034600123456", RowOutcome::AlreadyThere),
    ] {
        let outcome = import(&f, vec![f.import_row(lead(email, phone))]).await;
        assert_eq!(outcome, [expected], "{email} {phone}");
    }
    let mobile = ContactFields { mobile: Some("600123456".into()), ..contact_named("Otra", "Persona") };
    assert_eq!(import(&f, vec![f.import_row(mobile)]).await, [RowOutcome::AlreadyThere]);
    let stranger = f.import_row(lead("other@example.org", "600123499"));
    assert_eq!(import(&f, vec![stranger]).await, [RowOutcome::Created]);
}

async fn a_number_in_any_spelling_is_one_person(f: Fixture) {
    for spellings in [
        ["+34 600 123 456", "0034600123456", "(600) 12.34-56", "٦٠٠١٢٣٤٥٦", "tel:600123456"],
        ["+49 (0)30 123456", "0049 30 123456", "4930123456", "+49-30-123456", "＋４９ 30 123456"],
    ] {
        for (place, phone) in spellings.into_iter().enumerate() {
            let outcome = import(&f, vec![f.import_row(lead("", phone))]).await;
            let expected = if place == 0 { RowOutcome::Created } else { RowOutcome::AlreadyThere };
            assert_eq!(outcome, [expected], "{phone}");
        }
    }
    // People with addresses of their own may share a number, and one name is no person.
    let others = [lead("one@example.org", "912345678"), lead("two@example.org", "+34912345678"), lead("", "911111112")];
    let outcome = import(&f, others.map(|contact| f.import_row(contact)).to_vec()).await;
    assert_eq!(outcome, [RowOutcome::Created, RowOutcome::Created, RowOutcome::Created]);
    assert_eq!(f.store().check(10).await.unwrap(), []);
}

async fn a_known_contact_is_completed_never_overwritten(f: Fixture) {
    import(&f, vec![f.import_row(lead("ana@example.org", ""))]).await;
    let more = ContactFields {
        first_name: Some("Anita".into()),
        city: Some("Lugo".into()),
        phone: Some("600123456".into()),
        ..lead("ana@example.org", "")
    };
    assert_eq!(import(&f, vec![f.import_row(more)]).await, [RowOutcome::Completed]);
    let contact = f.get(all(&f).await[0]).await.contact;
    assert_eq!((contact.fields.first_name.as_deref(), contact.fields.city.as_deref()), (Some("Ana"), Some("Lugo")));
    assert_eq!(contact.fields.phone.as_deref(), Some("600123456"));
    let found = OpportunityFilter { search: Search::new("lugo"), ..OpportunityFilter::default() };
    assert_eq!(f.matching(found).await.len(), 1);
}

async fn what_a_further_enquiry_brings_is_kept_once(f: Fixture) {
    let enquiry = |phone: &str, notes: &str, source: &str| {
        let mut row = f.import_row(lead("ana@example.org", phone));
        row.notes = Some(notes.to_owned());
        row.detection_reason = KeptObject::stored(serde_json::json!({"source": source}).to_string());
        row
    };
    let rows =
        vec![enquiry("600123456", "Primera \"vez\"\nñ", "Web \"ñ\""), enquiry("911000111", "Por la tarde", "Radio")];
    // In one import and in two, and again.
    assert_eq!(import(&f, rows[..1].to_vec()).await, [RowOutcome::Created]);
    assert_eq!(import(&f, rows.clone()).await, [RowOutcome::AlreadyThere, RowOutcome::Completed]);
    assert_eq!(import(&f, rows).await, vec![RowOutcome::AlreadyThere; 2]);
    let contact = f.get(all(&f).await[0]).await.contact.fields;
    assert_eq!((contact.phone.as_deref(), contact.mobile.as_deref()), (Some("600123456"), Some("911000111")));
    assert_eq!(
        (contact.notes.as_deref(), contact.custom_fields.get("source")),
        (Some("Por la tarde"), Some("Radio".into()))
    );
    let other = vec![
        ImportRow { notes: Some("uno".into()), ..f.import_row(lead("eva@example.org", "")) },
        ImportRow { notes: Some("dos".into()), ..f.import_row(lead("eva@example.org", "")) },
    ];
    assert_eq!(import(&f, other).await, [RowOutcome::Created, RowOutcome::Completed]);
}

async fn what_a_row_says_of_a_known_opportunity_is_told_and_left_out(f: Fixture) {
    let (ana, eva) = (f.agent().await, f.agent().await);
    let first = ImportRow {
        holder_email: Some(ana.email.clone()),
        detected_at: Some(f.tick()),
        ..f.import_row(lead("ana@example.org", ""))
    };
    let again = ImportRow {
        score: Score::new(90),
        priority: Some(Priority::High),
        status: Some(Status::Lost),
        holder_email: Some(eva.email.clone()),
        detected_at: Some(f.tick()),
        day: Some("2026-05-14".into()),
        ..f.import_row(lead("ana@example.org", ""))
    };
    let told = |result: &RowResult| {
        let told = |stays: &Stays| (stays.code, stays.kept.clone(), stays.said.clone());
        result.added.stays.iter().map(told).collect::<Vec<_>>()
    };
    let kept = |text: &str| Some(text.to_owned());
    let expected = vec![
        (ToldCode::DetectedStays, None, "2026-05-14".to_owned()),
        (ToldCode::ScoreStays, kept("50"), "90".to_owned()),
        (ToldCode::PriorityStays, kept("medium"), "high".to_owned()),
        (ToldCode::StatusStays, kept("assigned"), "lost".to_owned()),
        (ToldCode::HolderStays, kept(&ana.email.to_lowercase()), eva.email.to_lowercase()),
    ];
    // Below the row that creates it, and in a later import.
    let results = import(&f, vec![first.clone(), again.clone()]).await;
    assert_eq!(results, [RowOutcome::Created, RowOutcome::AlreadyThere]);
    assert_eq!((told(&results[0]), told(&results[1])), (vec![], expected.clone()));
    let results = import(&f, vec![first, again.clone()]).await;
    assert_eq!((told(&results[0]), told(&results[1])), (vec![], expected));
    let o = f.get(all(&f).await[0]).await;
    assert_eq!((o.priority, o.status, o.holder.map(|p| p.id)), (Priority::Medium, Status::Assigned, Some(ana.id)));
    f.store().opportunity_delete(&f.as_admin(), o.id, None).await.unwrap();
    assert_eq!(told(&import(&f, vec![again]).await[0]), vec![]);
}

async fn a_row_of_our_own_export_knows_its_contact_by_id(f: Fixture) {
    let made = f.contact_with(contact_named("Lola", "Sanz")).await;
    let other = f.contact_with(contact_named("Lola", "Sanz")).await;
    let named = |contact, id| ImportRow { contact_id: Some(id), ..f.import_row(contact) };
    let of = |o: &reparto_domain::opportunities::Opportunity| o.contact.id;
    // Without address and number, by the id alone: also the second of one name, and whoever has another name by now.
    import(&f, vec![named(contact_named("Lola", "Sanz"), other), named(contact_named("Dolores", "Sanz"), made)]).await;
    let mut holders = Vec::new();
    for id in all(&f).await {
        holders.push(of(&f.get(id).await));
    }
    holders.sort_unstable();
    let mut expected = vec![made, other];
    expected.sort_unstable();
    assert_eq!((contacts(&f).await, holders), (2, expected));
    // With one, only if the name is the same: a row that was copied to make another is somebody else.
    let rows = vec![
        named(lead("lola@example.org", ""), made),
        named(ContactFields { email: Some("l@example.org".into()), ..contact_named("Lola", "Sanz") }, made),
    ];
    assert_eq!(import(&f, rows).await, [RowOutcome::Created, RowOutcome::Completed]);
    assert_eq!(contacts(&f).await, 3);
}

async fn a_known_contact_without_an_opportunity_gets_one(f: Fixture) {
    let contact = f.contact_with(lead("ana@example.org", "")).await;
    let outcome = import(&f, vec![f.import_row(lead("ana@example.org", ""))]).await;
    assert_eq!(outcome, [RowOutcome::OpportunityAdded]);
    assert_eq!(f.get(all(&f).await[0]).await.contact.id, contact);
}

async fn two_rows_of_one_contact_are_one_opportunity(f: Fixture) {
    let rows = [lead("ana@example.org", ""), lead("ANA@example.org", "600123456"), lead("", "600 123 456")];
    let outcome = import(&f, rows.map(|contact| f.import_row(contact)).to_vec()).await;
    assert_eq!(outcome, [RowOutcome::Created, RowOutcome::Completed, RowOutcome::AlreadyThere]);
    assert_eq!(all(&f).await.len(), 1);
}

async fn a_row_without_name_email_and_phone_is_skipped(f: Fixture) {
    let nobody = ContactFields { city: Some("Lugo".into()), ..ContactFields::default() };
    let outcome = import(&f, vec![f.import_row(nobody), f.import_row(lead("ana@example.org", ""))]).await;
    assert_eq!(outcome, [RowOutcome::Skipped(RowError::NoIdentity), RowOutcome::Created]);
}

async fn rows_with_an_unassignable_holder_are_skipped(f: Fixture) {
    let (inactive, user, agent) = (f.inactive_agent().await, f.user(Role::User).await, f.agent().await);
    let deleted = f.deleted_agent().await;
    let holders = ["nobody@example.org", &inactive.email, &user.email, &agent.email, &deleted.email];
    let rows = holders.map(|holder| ImportRow {
        holder_email: Some(holder.to_owned()),
        ..f.import_row(contact_named("Ana", &format!("{}", f.number())))
    });
    let outcome = import(&f, rows.to_vec()).await;
    assert_eq!(
        outcome,
        [
            RowOutcome::Skipped(RowError::HolderNotFound(holders[0].to_owned())),
            RowOutcome::Skipped(RowError::HolderInactive(inactive.email.clone())),
            RowOutcome::Skipped(RowError::HolderNotAssignable(user.email.clone())),
            RowOutcome::Created,
            RowOutcome::Skipped(RowError::HolderNotFound(deleted.email.clone())),
        ]
    );
    assert_eq!(all(&f).await.len(), 1);
    assert_eq!(contacts(&f).await, 1);
}

async fn imports(f: &Fixture) -> usize {
    f.operations(OperationQuery { kind: Some(OperationKind::Import), ..ALL_OPERATIONS }).await.len()
}

async fn an_import_is_one_operation_and_one_audit_entry(f: Fixture) {
    let ids = f.many(3).await;
    let operation = f.history(ids[0]).await[0].operation_id;
    let items = f.operation(operation).await.items;
    assert_eq!(items.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), ids);
    assert_eq!((imports(&f).await, f.log_of(action::IMPORT).await.len()), (1, 1));
}

async fn an_import_of_nothing_new_has_no_operation(f: Fixture) {
    let rows = vec![f.import_row(lead("ana@example.org", ""))];
    import(&f, rows.clone()).await;
    import(&f, rows).await;
    import(&f, vec![]).await;
    assert_eq!(imports(&f).await, 1);
}

async fn a_dry_run_reports_and_writes_nothing(f: Fixture) {
    let log = f.log().await.len();
    let nobody = ContactFields::default();
    let rows = [lead("ana@example.org", ""), nobody, lead("ANA@example.org", "")].map(|c| f.import_row(c)).to_vec();
    let outcome = import_with(&f, rows, ImportMode { dry_run: true, ..ImportMode::default() }).await;
    assert_eq!(outcome, [RowOutcome::Created, RowOutcome::Skipped(RowError::NoIdentity), RowOutcome::AlreadyThere]);
    assert!(all(&f).await.is_empty());
    assert_eq!(contacts(&f).await, 0);
    assert_eq!(f.log().await.len(), log);
}

async fn a_strict_import_stops_at_the_first_error(f: Fixture) {
    let rows = [lead("a@example.org", ""), ContactFields::default(), lead("b@example.org", "")];
    let rows = rows.map(|contact| f.import_row(contact)).to_vec();
    let outcome = import_with(&f, rows, ImportMode { strict: true, ..ImportMode::default() }).await;
    assert_eq!(outcome, [RowOutcome::Created, RowOutcome::Skipped(RowError::NoIdentity)]);
    assert!(all(&f).await.is_empty());
    assert_eq!((f.operation_count().await, f.log_of(action::IMPORT).await.len()), (0, 0));
}

async fn a_strict_import_without_errors_succeeds(f: Fixture) {
    let rows = [lead("a@example.org", ""), lead("b@example.org", "")].map(|contact| f.import_row(contact)).to_vec();
    let outcome = import_with(&f, rows, ImportMode { strict: true, ..ImportMode::default() }).await;
    assert_eq!(outcome, vec![RowOutcome::Created; 2]);
    assert_eq!(all(&f).await.len(), 2);
}

async fn given_ids_and_times_are_kept(f: Fixture) {
    let created_at = f.tick();
    f.advance(3_600);
    let fixed = FixedIds { contact: reparto_domain::ContactId::new(), opportunity: OpportunityId::new(), created_at };
    let row = ImportRow { fixed: Some(fixed), ..f.import_row(lead("ana@example.org", "")) };
    import(&f, vec![row]).await;
    let opportunity = f.get(fixed.opportunity).await;
    assert_eq!((opportunity.contact.id, opportunity.created_at), (fixed.contact, created_at));
    assert_eq!(opportunity.contact.created_at, created_at);
}

async fn an_imported_contact_can_be_found(f: Fixture) {
    import(&f, vec![f.import_row(lead("ana@example.org", "600 123 456"))]).await;
    for text in ["nunez", "a", "ana@", "600123"] {
        let filter = OpportunityFilter { search: Search::new(text), ..OpportunityFilter::default() };
        assert_eq!(f.matching(filter).await.len(), 1, "{text}");
    }
}

async fn a_thousand_rows_are_imported(f: Fixture) {
    let ids = f.many(1_000).await;
    assert_eq!((all(&f).await.len(), imports(&f).await), (ids.len(), 1));
}
