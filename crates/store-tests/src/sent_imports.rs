//! Imports that are sent to the service: kept, written batch by batch, told row by row, undone.

use reparto_domain::{
    Caller, ImportId, OpportunityId, Refusal, Role, Timestamp,
    audit::action,
    caller::Visibility,
    contacts::{AgentsSee, ContactFields, ContactFilter, ContactVisibility},
    erasures::{EverythingExtent, IfErased},
    imports::{
        IMPORTS_PER_USER, Import, ImportBatch, ImportClaim, ImportColumn, ImportFile, ImportOutcome, ImportPart,
        ImportRow, ImportRowQuery, ImportStatus, ImportTally, ImportedRow, NewImport, ROWS_AT_ONCE, ReadRow, RowUndo,
        Told, ToldCode,
    },
    operations::{Operation, OperationKind, OperationQuery},
    opportunities::{HeldBy, OfContact, OfImport, OpportunityFilter, OpportunityQuery, Position},
    search::Search,
};
use uuid::Uuid;

use crate::{
    Fixture, Member,
    fixture::{ALL_OPERATIONS, all_opportunities, contact_named, keyed, refused},
};

rules! { $ sent_imports_rules in sent_imports {
    a_batch_writes_its_rows_and_tells_of_each,
    a_batch_is_written_once,
    whoever_lost_the_claim_writes_nothing,
    another_runner_goes_on_behind_the_last_batch,
    a_claim_that_is_renewed_is_not_taken_over,
    small_imports_do_not_wait_behind_large_ones,
    all_operations_of_an_import_name_it,
    an_import_and_its_undo_are_each_one_audit_entry,
    a_strict_import_with_an_error_leaves_nothing,
    an_import_fails_when_its_sender_loses_the_right,
    what_changes_while_an_import_runs_loses_and_doubles_no_row,
    imports_are_for_administrators_alone,
    a_sender_has_a_bounded_number_of_open_imports,
    a_repeated_key_creates_no_second_import,
    rows_are_listed_in_parts,
    what_an_import_created_is_a_filter_of_the_list,
    of_an_erased_person_no_cell_is_kept,
    an_erasure_empties_the_rows_of_imports,
    everything_names_the_imports_of_a_person,
    an_undo_deletes_what_nobody_has_touched,
    an_undo_keeps_what_was_touched_or_added,
    an_undo_takes_back_what_the_import_itself_completed,
    an_import_is_undone_once_and_only_when_it_has_ended,
    a_large_undo_goes_on_in_the_background,
    files_go_when_their_import_has_ended,
    rows_of_old_imports_lose_their_cells,
}}

fn file() -> ImportFile {
    let column = |name: &str, field: &str| ImportColumn { name: name.to_owned(), field: Some(field.to_owned()) };
    ImportFile {
        encoding: Some("utf-8".into()),
        separator: Some(",".into()),
        sheet: None,
        origin: None,
        date_order: "dmy".into(),
        time_zone: Some("Europe/Madrid".into()),
        columns: vec![column("Nombre", "name"), column("Correo", "email")],
        told: vec![Told::new(ToldCode::LinesAbove, [("lines", "1".to_owned())])],
    }
}

fn new(rows: u64) -> NewImport {
    NewImport {
        id: ImportId::new(),
        name: Some("Feria ñ".into()),
        file: file(),
        reading: "{\"x\":1}".into(),
        rows,
        strict: false,
        if_erased: IfErased::Refuse,
    }
}

impl Fixture {
    async fn send(&self, by: &Caller, new: NewImport) -> Import {
        self.store().import_keep(by, new.id, 0, vec![1, 2, 3]).await.expect("import_keep");
        let answer = self.store().import_create(by, new, None).await.expect("import_create");
        answer.fresh().expect("fresh without a key")
    }

    async fn claim_import(&self, lease_seconds: i64, rows_max: u64) -> Option<ImportClaim> {
        let now = self.tick();
        let lease = now.plus_seconds(lease_seconds);
        self.store().import_claim(Uuid::now_v7(), now, lease, rows_max).await.expect("import_claim")
    }

    async fn take(&self, claim: &ImportClaim, batch: ImportBatch) -> Import {
        let at = self.tick();
        let (id, lease) = (claim.import.id, at.plus_seconds(60));
        self.store().import_take(id, claim.runner, batch, at, lease, &self.assignable).await.expect("import_take")
    }

    /// Sends an import of these rows and writes them at once.
    async fn imported(&self, rows: Vec<ReadRow>) -> Import {
        self.send(&self.as_admin(), new(rows.len() as u64)).await;
        let claim = self.claim_import(60, u64::MAX).await.expect("an import to claim");
        self.take(&claim, whole(rows)).await
    }

    async fn import_rows_of(&self, id: ImportId, only: Option<ImportPart>) -> Vec<ImportedRow> {
        let query = ImportRowQuery { only, limit: 1_000, after: None };
        self.store().import_told(&self.as_admin(), id, query).await.expect("import_told").items
    }

    async fn undo_import(&self, id: ImportId) -> Import {
        let answer = self.store().import_undo(&self.as_admin(), id, None).await.expect("import_undo");
        answer.fresh().expect("fresh without a key")
    }

    async fn import_operations(&self, kind: OperationKind) -> Vec<Operation> {
        let query = OperationQuery { kind: Some(kind), ..ALL_OPERATIONS };
        self.store().operation_list(query).await.expect("operation_list").items
    }

    /// A row with this line, name and address.
    fn read_row(&self, line: u64, name: &str, email: &str) -> ReadRow {
        let contact = ContactFields { email: Some(email.to_owned()), ..contact_named(name, "Núñez") };
        let row = ImportRow { line, ..self.import_row(contact) };
        ReadRow { line, cells: vec![name.to_owned(), email.to_owned()], told: Vec::new(), row: Some(row) }
    }
}

/// Imports of every kind: one that has ended, one that was undone, and one that goes on.
pub(crate) async fn fill(f: &Fixture) {
    let mut odd = f.read_row(2, "Copia ñ", "copia@example.org");
    odd.told.push(Told::new(ToldCode::CellKept, [("column", "Fecha".to_owned()), ("value", "ayer \u{0}".to_owned())]));
    f.imported(vec![odd, left_out(3)]).await;
    let import = f.imported(vec![f.read_row(2, "Otra", "otra@example.org")]).await;
    f.undo_import(import.id).await;
    f.send(&f.as_admin(), new(7)).await;
    f.claim_import(60, u64::MAX).await.expect("an import to claim");
}

fn whole(rows: Vec<ReadRow>) -> ImportBatch {
    ImportBatch { first: 0, rows, is_last: true, has_failed: false }
}

fn left_out(line: u64) -> ReadRow {
    ReadRow { line, cells: vec!["x".into()], told: vec![ToldCode::TestLead.into()], row: None }
}

fn codes(row: &ImportedRow) -> Vec<&str> {
    row.told.iter().map(|told| told.code.as_str()).collect()
}

async fn contacts(f: &Fixture) -> u64 {
    f.store().contact_count(ContactVisibility::All, ContactFilter::default()).await.unwrap()
}

async fn opportunities(f: &Fixture) -> Vec<OpportunityId> {
    f.matching(OpportunityFilter::default()).await
}

async fn a_batch_writes_its_rows_and_tells_of_each(f: Fixture) {
    use ImportOutcome::{Created, Skipped, Unchanged};
    let sent = f.send(&f.as_admin(), new(4)).await;
    assert_eq!((sent.status, sent.rows, sent.tally), (ImportStatus::Reading, 4, ImportTally::default()));
    assert_eq!((sent.file, sent.name.as_deref()), (file(), Some("Feria ñ")));
    let claim = f.claim_import(60, u64::MAX).await.unwrap();
    assert_eq!(claim.reading, "{\"x\":1}");
    let mut odd = f.read_row(4, "Bea", "bea@example.org");
    odd.told.push(Told::new(ToldCode::CellKept, [("column", "Fecha".to_owned()), ("value", "ayer ñ".to_owned())]));
    let rows = vec![
        f.read_row(2, "Ana", "ana@example.org"),
        left_out(3),
        odd.clone(),
        f.read_row(5, "Ana", "ana@example.org"),
    ];
    let ended = f.take(&claim, whole(rows)).await;
    assert_eq!(ended.status, ImportStatus::Finished);
    assert_eq!(ended.tally, ImportTally { created: 2, completed: 0, unchanged: 1, skipped: 1 });
    assert!(ended.finished_at.is_some());
    let told = f.import_rows_of(ended.id, None).await;
    let outcomes: Vec<_> = told.iter().map(|row| (row.line, row.outcome)).collect();
    assert_eq!(outcomes, [(2, Created), (3, Skipped), (4, Created), (5, Unchanged)]);
    assert_eq!(
        told.iter().map(codes).collect::<Vec<_>>(),
        [vec![], vec!["test_lead"], vec!["cell_kept"], vec!["known_unchanged"]]
    );
    assert_eq!((told[2].told.clone(), told[2].cells.clone()), (odd.told, Some(odd.cells)));
    assert_eq!(told[0].contact_id, told[3].contact_id);
    let opportunity = f.get(told[0].opportunity_id.unwrap()).await;
    assert_eq!(Some(opportunity.contact.id), told[0].contact_id);
    assert_eq!(opportunity.contact.created_by, Some(f.admin().id));
    assert_eq!((told[1].contact_id, told[3].opportunity_id), (None, None));
    let listed = f.store().import_list(&f.as_admin(), None, 10).await.unwrap().items;
    assert_eq!(listed, [f.store().import_get(&f.as_admin(), ended.id).await.unwrap()]);
}

/// An import of more rows than are written at once, of which one batch was written.
async fn begun(f: &Fixture) -> (ImportClaim, ImportBatch, ImportBatch) {
    f.send(&f.as_admin(), new(ROWS_AT_ONCE as u64 + 1)).await;
    let claim = f.claim_import(60, u64::MAX).await.unwrap();
    let first = vec![f.read_row(2, "Ana", "ana@example.org"), f.read_row(3, "Bea", "bea@example.org")];
    let first = ImportBatch { is_last: false, ..whole(first) };
    let second = ImportBatch { first: 2, ..whole(vec![f.read_row(4, "Carla", "carla@example.org")]) };
    let running = f.take(&claim, first.clone()).await;
    assert_eq!((running.status, running.tally.created), (ImportStatus::Running, 2));
    (claim, first, second)
}

async fn a_batch_is_written_once(f: Fixture) {
    let (claim, first, second) = begun(&f).await;
    assert_eq!(f.take(&claim, first).await.tally.done(), 2);
    let ended = f.take(&claim, second.clone()).await;
    assert_eq!((ended.status, ended.tally.created), (ImportStatus::Finished, 3));
    assert_eq!(f.take(&claim, second).await.tally.created, 3);
    assert_eq!(f.import_rows_of(ended.id, None).await.len(), 3);
    assert_eq!(opportunities(&f).await.len(), 3);
}

async fn whoever_lost_the_claim_writes_nothing(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    assert_eq!(f.claim_import(60, u64::MAX).await, None, "it is leased");
    f.advance(120);
    let other = f.claim_import(60, u64::MAX).await.unwrap();
    assert_ne!(other.runner, claim.runner);
    assert_eq!(f.take(&claim, second.clone()).await.status, ImportStatus::Running);
    let failed = f.store().import_fail(claim.import.id, claim.runner, "file_unreadable", f.tick()).await.unwrap();
    assert_eq!(failed.status, ImportStatus::Running);
    assert_eq!(f.take(&other, second).await.status, ImportStatus::Finished);
}

async fn another_runner_goes_on_behind_the_last_batch(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    f.store().import_release(claim.import.id, claim.runner).await.unwrap();
    let other = f.claim_import(60, u64::MAX).await.unwrap();
    assert_eq!((other.import.tally.done(), other.import.id), (2, claim.import.id));
    assert_eq!(f.store().import_piece(other.import.id, 0).await.unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(f.store().import_piece(other.import.id, 1).await.unwrap(), None);
    assert_eq!(f.take(&other, second).await.tally.created, 3);
}

async fn a_claim_that_is_renewed_is_not_taken_over(f: Fixture) {
    f.send(&f.as_admin(), new(1)).await;
    let claim = f.claim_import(5, u64::MAX).await.unwrap();
    let renew = async |runner, seconds| {
        let lease = f.tick().plus_seconds(seconds);
        f.store().import_renew(claim.import.id, runner, lease).await.unwrap();
    };
    renew(claim.runner, 3_600).await;
    // By somebody else, or to an earlier time, it changes nothing.
    renew(claim.runner, 1).await;
    f.advance(60);
    assert_eq!(f.claim_import(60, u64::MAX).await, None);
    renew(Uuid::now_v7(), 36_000).await;
    f.advance(3_600);
    let other = f.claim_import(60, u64::MAX).await.unwrap();
    renew(claim.runner, 36_000).await;
    f.advance(61);
    assert_ne!(f.claim_import(60, u64::MAX).await.unwrap().runner, other.runner);
}

async fn small_imports_do_not_wait_behind_large_ones(f: Fixture) {
    let large = f.send(&f.as_admin(), new(1_000_000)).await;
    let small = f.send(&f.as_admin(), new(1)).await;
    assert_eq!(f.claim_import(60, 5_000).await.unwrap().import.id, small.id);
    assert_eq!(f.claim_import(60, 5_000).await, None);
    assert_eq!(f.claim_import(60, u64::MAX).await.unwrap().import.id, large.id);
    assert_eq!(f.claim_import(60, u64::MAX).await, None);
}

async fn all_operations_of_an_import_name_it(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    let import = f.take(&claim, second).await;
    let operations = f.import_operations(OperationKind::Import).await;
    let named: Vec<_> = operations.iter().map(|operation| (operation.import_id, operation.assigned_count)).collect();
    assert_eq!(named, [(Some(import.id), 1), (Some(import.id), 2)]);
    assert!(operations.iter().all(|operation| operation.actor_id == Some(f.admin().id)));
    let small =
        f.imported((2..30).map(|line| f.read_row(line, "Eva", &format!("eva{line}@example.org"))).collect()).await;
    let operations = f.import_operations(OperationKind::Import).await;
    let of_small = operations.iter().filter(|operation| operation.import_id == Some(small.id)).count();
    assert_eq!(of_small, 1, "a small import is one operation");
}

async fn an_import_and_its_undo_are_each_one_audit_entry(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    assert_eq!(f.log_of(action::IMPORT).await, [], "it goes on");
    let import = f.take(&claim, second).await;
    let one = async |action, of: ImportId, details: [(&str, u64); 2]| {
        let entries = f.log_of(action).await;
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!((entry.entity_id.as_deref(), entry.actor_id), (Some(&*of.to_string()), Some(f.admin().id)));
        let value = entry.details.to_value();
        assert_eq!(details.map(|(name, _)| value[name].as_u64()), details.map(|(_, count)| Some(count)), "{value}");
        value
    };
    let told = one(action::IMPORT, import.id, [("created", 3), ("skipped", 0)]).await;
    assert!(told["operation_id"].is_null(), "there are two");
    f.undo_import(import.id).await;
    one(action::IMPORT_UNDONE, import.id, [("deleted", 3), ("kept", 0)]).await;
}

async fn a_strict_import_with_an_error_leaves_nothing(f: Fixture) {
    f.erase(f.contact_with(ContactFields { email: Some("zoe@example.org".into()), ..contact_named("Zoe", "") }).await)
        .await;
    let before = contacts(&f).await;
    for (rows, has_failed, line, code) in [
        (
            vec![f.read_row(2, "Ana", "ana@example.org"), f.read_row(3, "Zoe", "zoe@example.org"), left_out(4)],
            false,
            3,
            "person_erased",
        ),
        (vec![f.read_row(2, "Ana", "ana@example.org"), left_out(3)], true, 3, "test_lead"),
    ] {
        f.send(&f.as_admin(), NewImport { strict: true, ..new(3) }).await;
        let claim = f.claim_import(60, u64::MAX).await.unwrap();
        let failed = f.take(&claim, ImportBatch { has_failed, ..whole(rows) }).await;
        assert_eq!((failed.status, failed.failure.as_deref()), (ImportStatus::Failed, Some("row_with_error")));
        assert_eq!(failed.tally, ImportTally { skipped: 1, ..ImportTally::default() });
        let told = f.import_rows_of(failed.id, Some(ImportPart::Skipped)).await;
        assert_eq!((told.len(), told[0].line, codes(&told[0])), (1, line, vec![code]));
        assert_eq!((contacts(&f).await, opportunities(&f).await.len()), (before, 0));
    }
}

async fn an_import_fails_when_its_sender_loses_the_right(f: Fixture) {
    let boss = f.user(Role::Admin).await;
    f.send(&f.by(&boss), new(1)).await;
    let claim = f.claim_import(60, u64::MAX).await.unwrap();
    f.set_role(&boss, Role::Agent).await;
    let failed = f.take(&claim, whole(vec![f.read_row(2, "Ana", "ana@example.org")])).await;
    assert_eq!((failed.status, failed.failure.as_deref()), (ImportStatus::Failed, Some("administrators_only")));
    assert_eq!(opportunities(&f).await.len(), 0);
}

async fn what_changes_while_an_import_runs_loses_and_doubles_no_row(f: Fixture) {
    let (gone, there) = (f.agent().await, f.agent().await);
    let (claim, first, _) = begun(&f).await;
    let before = f.import_rows_of(claim.import.id, None).await;
    // Between two batches one is erased, the other assigned, a holder of the next rows deactivated, and the first batch
    // comes again.
    f.erase(before[0].contact_id.unwrap()).await;
    f.assign(before[1].opportunity_id.unwrap(), &there).await;
    f.set_active(&gone, false).await;
    assert_eq!(f.take(&claim, first).await.tally.done(), 2);
    let held_by = |mut row: ReadRow, who: &Member| {
        row.row.as_mut().expect("a row").holder_email = Some(who.email.clone());
        row
    };
    let rows = vec![
        f.read_row(4, "Ana", "ana@example.org"),
        f.read_row(5, "Bea", "bea@example.org"),
        held_by(f.read_row(6, "Carla", "carla@example.org"), &gone),
        held_by(f.read_row(7, "Dora", "dora@example.org"), &there),
    ];
    let ended = f.take(&claim, ImportBatch { first: 2, ..whole(rows) }).await;
    assert_eq!(ended.tally, ImportTally { created: 3, completed: 0, unchanged: 1, skipped: 2 });
    let told = f.import_rows_of(ended.id, None).await;
    assert_eq!(
        told[2..].iter().map(codes).collect::<Vec<_>>(),
        [vec!["person_erased"], vec!["known_unchanged"], vec!["holder_inactive"], vec![]]
    );
    assert_eq!(f.get(told[5].opportunity_id.unwrap()).await.holder.map(|p| p.id), Some(there.id));
    assert_eq!(f.get(before[1].opportunity_id.unwrap()).await.holder.map(|p| p.id), Some(there.id));
    assert_eq!(opportunities(&f).await.len(), 3);
    assert_eq!(f.store().check(10).await.unwrap(), []);
}

async fn imports_are_for_administrators_alone(f: Fixture) {
    let import = f.imported(vec![f.read_row(2, "Ana", "ana@example.org")]).await;
    let (agent, store) = (f.agent().await, f.store());
    let by = |member: &Member| f.by(member);
    let query = ImportRowQuery { only: None, limit: 10, after: None };
    let only = Refusal::AdministratorsOnly;
    assert_eq!(refused(store.import_keep(&by(&agent), ImportId::new(), 0, vec![1]).await), only);
    assert_eq!(refused(store.import_create(&by(&agent), new(1), None).await), only);
    assert_eq!(refused(store.import_list(&by(&agent), None, 10).await), only);
    assert_eq!(refused(store.import_get(&by(&agent), import.id).await), only);
    assert_eq!(refused(store.import_told(&by(&agent), import.id, query).await), only);
    assert_eq!(refused(store.import_undo(&by(&agent), import.id, None).await), only);
    let unknown = ImportId::new();
    assert_eq!(refused(store.import_get(&f.as_admin(), unknown).await), Refusal::ImportNotFound);
    assert_eq!(refused(store.import_told(&f.as_admin(), unknown, query).await), Refusal::ImportNotFound);
    assert_eq!(refused(store.import_undo(&f.as_admin(), unknown, None).await), Refusal::ImportNotFound);
}

async fn a_sender_has_a_bounded_number_of_open_imports(f: Fixture) {
    for _ in 0..IMPORTS_PER_USER {
        f.send(&f.as_admin(), new(1)).await;
    }
    let refusal = refused(f.store().import_create(&f.as_admin(), new(1), None).await);
    assert_eq!(refusal, Refusal::TooManyImports);
    let claim = f.claim_import(60, u64::MAX).await.unwrap();
    f.take(&claim, whole(vec![f.read_row(2, "Ana", "ana@example.org")])).await;
    f.send(&f.as_admin(), new(1)).await;
}

async fn a_repeated_key_creates_no_second_import(f: Fixture) {
    let until = f.tick().plus_seconds(1_000_000);
    for _ in 0..2 {
        let key = keyed("clave", 1, until);
        f.store().import_create(&f.as_admin(), new(1), Some(key)).await.unwrap();
    }
    assert_eq!(f.store().import_list(&f.as_admin(), None, 10).await.unwrap().items.len(), 1);
}

async fn rows_are_listed_in_parts(f: Fixture) {
    f.contact_with(ContactFields { email: Some("ana@example.org".into()), ..contact_named("Ana", "Núñez") }).await;
    let mut rows: Vec<ReadRow> =
        (2..12).map(|line| f.read_row(line, "Eva", &format!("eva{line}@example.org"))).collect();
    rows.push(left_out(12));
    rows.push(f.read_row(13, "Ana", "ana@example.org"));
    let mut more = f.read_row(14, "Ana", "ana@example.org");
    more.row.as_mut().unwrap().notes = Some("Otra vez".into());
    rows.push(more);
    let import = f.imported(rows).await;
    let lines = |rows: Vec<ImportedRow>| rows.iter().map(|row| row.line).collect::<Vec<_>>();
    let of = async |part| lines(f.import_rows_of(import.id, Some(part)).await);
    assert_eq!(of(ImportPart::Skipped).await, [12]);
    assert_eq!(of(ImportPart::Created).await, (2..12).chain([13]).collect::<Vec<_>>());
    assert_eq!(of(ImportPart::Completed).await, [14]);
    assert_eq!(of(ImportPart::Told).await, [12, 13, 14], "that the contact was known is told");
    assert_eq!(of(ImportPart::Notable).await, [12], "what the outcome says already is not notable");
    assert_eq!(of(ImportPart::Kept).await, Vec::<u64>::new());
    let mut query = ImportRowQuery { only: None, limit: 5, after: None };
    let mut walked = Vec::new();
    loop {
        let page = f.store().import_told(&f.as_admin(), import.id, query).await.unwrap();
        walked.extend(lines(page.items));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(walked, (2..15).collect::<Vec<_>>());
}

async fn what_an_import_created_is_a_filter_of_the_list(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    f.contact_with(ContactFields { email: Some("eva@example.org".into()), ..contact_named("Eva", "") }).await;
    f.opportunities(2).await;
    let mut rows = ["ana", "bea", "eva"].map(|name| f.read_row(2, name, &format!("{name}@example.org")));
    rows[0].row.as_mut().unwrap().holder_email = Some(agent.email.clone());
    rows[1].row.as_mut().unwrap().holder_email = Some(other.email.clone());
    let first = f.imported(rows.into()).await.id;
    // Who is known only gets something added.
    let mut again = f.read_row(2, "ana", "ana@example.org");
    again.row.as_mut().unwrap().notes = Some("Otra vez".into());
    let second = f.imported(vec![again, f.read_row(3, "zoe", "zoe@example.org")]).await;
    assert_eq!((second.tally.created, second.tally.completed), (1, 1));
    let created: Vec<_> = f.import_rows_of(first, None).await.iter().map(|row| row.opportunity_id.unwrap()).collect();
    let of = |id| OpportunityFilter { import: Some(OfImport::Import(id)), ..OpportunityFilter::default() };
    let sorted = |mut ids: Vec<OpportunityId>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(f.matching(of(first)).await), sorted(created.clone()));
    assert_eq!(f.matching(of(second.id)).await.len(), 1);
    assert_eq!(f.matching(of(ImportId::new())).await, []);
    let unknown = OpportunityFilter { import: Some(OfImport::Unknown), ..OpportunityFilter::default() };
    assert_eq!(f.matching(unknown).await, []);
    // Together with other filters, in parts, and in any order.
    let held = OpportunityFilter { held_by: Some(HeldBy::User(agent.id)), ..of(first) };
    assert_eq!(f.matching(held).await, [created[0]]);
    let found = OpportunityFilter { search: Search::new("bea"), ..of(first) };
    assert_eq!(f.matching(found).await, [created[1]]);
    let contact = f.import_rows_of(first, None).await[2].contact_id.unwrap();
    let own = |id| OpportunityFilter { contact: Some(OfContact::Contact(contact)), ..of(id) };
    assert_eq!((f.matching(own(first)).await, f.matching(own(second.id)).await), (vec![created[2]], vec![]));
    let page = |position| OpportunityQuery { filter: of(first), limit: 2, position, ..all_opportunities() };
    let begin = f.list(page(Position::Page(1))).await;
    let rest = f.list(page(Position::After(begin.next.unwrap()))).await;
    assert_eq!((begin.total, begin.items.len(), rest.items.len(), rest.next), (3, 2, 1, None));
    assert_eq!(f.list(page(Position::Page(2))).await.items, rest.items);
    // Whoever may not see one does not find it by its import.
    let seen = OpportunityQuery { visibility: Visibility::OwnOrUnassigned(agent.id), ..page(Position::Page(1)) };
    let seen = f.list(seen).await.items.iter().map(|opportunity| opportunity.id).collect();
    assert_eq!(sorted(seen), sorted(vec![created[0], created[2]]));
    // What its undo deleted is gone; who was completed by the second one stays.
    f.undo_import(first).await;
    assert_eq!(f.matching(of(first)).await, [created[0]]);
}

async fn of_an_erased_person_no_cell_is_kept(f: Fixture) {
    let contact = ContactFields { email: Some("zulema@example.org".into()), ..contact_named("Zulema", "") };
    f.erase(f.contact_with(contact).await).await;
    let mut row = f.read_row(2, "Zulema", "zulema@example.org");
    row.told.push(Told::new(ToldCode::CellKept, [("value", "Zulema".to_owned())]));
    let import = f.imported(vec![row.clone()]).await;
    let told = f.import_rows_of(import.id, None).await;
    assert_eq!((told[0].outcome, codes(&told[0])), (ImportOutcome::Skipped, vec!["person_erased"]));
    assert_eq!((told[0].cells.clone(), told[0].contact_id), (None, None));
    crate::erasures::traces::assert_no_trace(f.store(), &["zulema"]).await;
    f.send(&f.as_admin(), NewImport { if_erased: IfErased::LetIn, ..new(1) }).await;
    let claim = f.claim_import(60, u64::MAX).await.unwrap();
    assert_eq!(f.take(&claim, whole(vec![row])).await.tally.created, 1);
}

async fn an_erasure_empties_the_rows_of_imports(f: Fixture) {
    let mut odd = f.read_row(2, "Zulema", "zulema@example.org");
    odd.told.push(Told::new(ToldCode::CellKept, [("column", "Fecha".to_owned()), ("value", "zulema ayer".to_owned())]));
    // A record that could not be read names her, too.
    let mut loose = left_out(3);
    loose.cells = vec!["Zulema Núñez;\"zulema@example.org".into()];
    let import = f.imported(vec![odd, loose, f.read_row(4, "Bea", "bea@example.org")]).await;
    let rows = f.import_rows_of(import.id, None).await;
    f.erase(rows[0].contact_id.unwrap()).await;
    crate::erasures::traces::assert_no_trace(f.store(), &["zulema"]).await;
    let rows = f.import_rows_of(import.id, None).await;
    assert_eq!(rows.iter().map(|row| row.cells.is_some()).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!((rows[0].outcome, codes(&rows[0])), (ImportOutcome::Created, vec!["cell_kept"]));
    assert!(rows[0].told[0].values.is_empty());
}

async fn everything_names_the_imports_of_a_person(f: Fixture) {
    let import = f.imported(vec![f.read_row(2, "Ana", "ana@example.org")]).await;
    let contact = f.import_rows_of(import.id, None).await[0].contact_id.unwrap();
    let everything = f.store().contact_everything(&f.as_admin(), contact, EverythingExtent::Whole).await.unwrap();
    let [row] = &everything.imports[..] else { panic!("{:?}", everything.imports) };
    assert_eq!((row.import_id, row.line, row.at), (import.id, 2, import.created_at));
    assert_eq!(row.cells.as_deref(), Some(&["Ana".to_owned(), "ana@example.org".to_owned()][..]));
}

async fn an_undo_deletes_what_nobody_has_touched(f: Fixture) {
    let known =
        f.contact_with(ContactFields { email: Some("eva@example.org".into()), ..contact_named("Eva", "") }).await;
    let agent = f.agent().await;
    let mut held = f.read_row(3, "Bea", "bea@example.org");
    held.row.as_mut().unwrap().holder_email = Some(agent.email.clone());
    let import =
        f.imported(vec![f.read_row(2, "Ana", "ana@example.org"), held, f.read_row(4, "Eva", "eva@example.org")]).await;
    assert_eq!((contacts(&f).await, opportunities(&f).await.len()), (3, 3));
    let undone = f.undo_import(import.id).await;
    let undo = undone.undo.unwrap();
    assert_eq!((undo.deleted, undo.kept, undo.finished_at.is_some()), (3, 0, true));
    assert_eq!((contacts(&f).await, opportunities(&f).await.len()), (1, 0));
    f.store().contact_get(ContactVisibility::All, known).await.expect("who was there before stays");
    let rows = f.import_rows_of(import.id, None).await;
    assert!(rows.iter().all(|row| row.undo == Some(RowUndo::Deleted)));
    let deletions = f.import_operations(OperationKind::Delete).await;
    assert_eq!((deletions.len(), deletions[0].assigned_count, deletions[0].import_id), (1, 3, Some(import.id)));
    // Done right this time.
    let again = f.imported(vec![f.read_row(2, "Ana", "ana@example.org")]).await;
    assert_eq!(again.tally.created, 1);
}

async fn an_undo_keeps_what_was_touched_or_added(f: Fixture) {
    let known =
        f.opportunity_of(ContactFields { email: Some("eva@example.org".into()), ..contact_named("Eva", "") }).await;
    let mut rows: Vec<ReadRow> =
        (2..9).map(|line| f.read_row(line, "Lea", &format!("lea{line}@example.org"))).collect();
    let mut adds = f.read_row(9, "Eva", "eva@example.org");
    adds.row.as_mut().unwrap().notes = Some("Quiere saber más".into());
    rows.push(adds);
    let import = f.imported(rows).await;
    let rows = f.import_rows_of(import.id, None).await;
    let id = |place: usize| rows[place].opportunity_id.unwrap();
    let contact = |place: usize| rows[place].contact_id.unwrap();
    let agent = f.agent().await;
    // Line 2: assigned and taken back; 3: noted; 4: its contact corrected; 5: deleted; 6: completed by another import.
    f.assign(id(0), &agent).await;
    f.unassign(id(0)).await;
    f.set_notes(id(1), Some("Llamar")).await;
    let edit = |fields: ContactFields| ContactFields { city: Some("Lugo".into()), ..fields };
    f.store().contact_update(&f.as_admin(), contact(2), Box::new(edit), AgentsSee::Own).await.unwrap();
    f.delete(id(3)).await;
    let mut other = f.read_row(2, "Lea", "lea6@example.org");
    other.row.as_mut().unwrap().contact.city = Some("Soria".into());
    assert_eq!(f.imported(vec![other]).await.tally.completed, 1);
    // Line 7: deleted with its contact.
    f.store().contact_delete(&f.as_admin(), contact(5), true).await.unwrap();
    let undo = f.undo_import(import.id).await.undo.unwrap();
    let undos: Vec<_> = f.import_rows_of(import.id, None).await.iter().map(|row| row.undo).collect();
    let touched = Some(RowUndo::Touched);
    let expected = [
        touched,
        touched,
        touched,
        touched,
        touched,
        Some(RowUndo::Gone),
        Some(RowUndo::Deleted),
        Some(RowUndo::AdditionStays),
    ];
    assert_eq!(undos, expected);
    assert_eq!((undo.deleted, undo.kept), (1, 6));
    let kept = f.import_rows_of(import.id, Some(ImportPart::Kept)).await;
    assert_eq!(kept.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 9]);
    assert_eq!(f.get(known).await.contact.fields.notes.as_deref(), Some("Quiere saber más"));
}

async fn an_undo_takes_back_what_the_import_itself_completed(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    // Ana comes again, in another batch, with a note.
    let mut again = f.read_row(4, "Ana", "ana@example.org");
    again.row.as_mut().unwrap().notes = Some("Otra vez".into());
    let ended = f.take(&claim, ImportBatch { rows: vec![again], ..second }).await;
    assert_eq!((ended.tally.created, ended.tally.completed), (2, 1));
    let undo = f.undo_import(ended.id).await.undo.unwrap();
    assert_eq!((undo.deleted, undo.kept), (2, 0));
    let undos: Vec<_> = f.import_rows_of(ended.id, None).await.iter().map(|row| row.undo).collect();
    assert_eq!(undos, [Some(RowUndo::Deleted), Some(RowUndo::Deleted), Some(RowUndo::Gone)]);
    assert_eq!(contacts(&f).await, 0);
}

async fn an_import_is_undone_once_and_only_when_it_has_ended(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    let id = claim.import.id;
    let undo = async || refused(f.store().import_undo(&f.as_admin(), id, None).await);
    assert_eq!(undo().await, Refusal::ImportRunning);
    f.take(&claim, second).await;
    f.undo_import(id).await;
    assert_eq!(undo().await, Refusal::ImportUndone);
}

async fn a_large_undo_goes_on_in_the_background(f: Fixture) {
    let many = ROWS_AT_ONCE as u64 + 500;
    let rows = (0..many).map(|row| f.read_row(row + 2, "Lea", &format!("lea{row}@example.org"))).collect();
    let import = f.imported(rows).await;
    assert_eq!(f.store().import_undo_step(f.tick()).await.unwrap(), None);
    let begun = f.undo_import(import.id).await.undo.unwrap();
    assert_eq!((begun.deleted, begun.finished_at), (ROWS_AT_ONCE as u64, None));
    assert_eq!(contacts(&f).await, 500);
    let undo = f.store().import_undo_step(f.tick()).await.unwrap().unwrap().undo.unwrap();
    assert_eq!((undo.deleted, undo.finished_at.is_some()), (many, true));
    assert_eq!((contacts(&f).await, f.store().import_undo_step(f.tick()).await.unwrap()), (0, None));
}

async fn files_go_when_their_import_has_ended(f: Fixture) {
    let (claim, _, second) = begun(&f).await;
    let abandoned = ImportId::new();
    f.store().import_keep(&f.as_admin(), abandoned, 0, vec![7]).await.unwrap();
    let expire = async |at: Timestamp| while f.store().expire(at).await.unwrap() > 0 {};
    let is_kept = async |id| f.store().import_piece(id, 0).await.unwrap().is_some();
    expire(f.tick()).await;
    assert!(is_kept(claim.import.id).await && is_kept(abandoned).await);
    f.take(&claim, second).await;
    expire(f.tick()).await;
    assert!(!is_kept(claim.import.id).await && is_kept(abandoned).await);
    expire(f.tick().plus_seconds(86_400)).await;
    assert!(!is_kept(abandoned).await);
}

async fn rows_of_old_imports_lose_their_cells(f: Fixture) {
    let mut odd = f.read_row(2, "Ana", "ana@example.org");
    odd.told.push(Told::new(ToldCode::CellKept, [("value", "x".to_owned())]));
    let import = f.imported(vec![odd]).await;
    let trim =
        async |before: Timestamp| while f.store().trim(f.tick(), before, Timestamp::default()).await.unwrap() > 0 {};
    trim(import.created_at).await;
    assert!(f.import_rows_of(import.id, None).await[0].cells.is_some());
    trim(f.tick()).await;
    let row = f.import_rows_of(import.id, None).await.remove(0);
    assert_eq!((row.cells.clone(), codes(&row)), (None, vec!["cell_kept"]));
    assert!(row.told[0].values.is_empty());
    assert_eq!(f.undo_import(import.id).await.undo.unwrap().deleted, 1, "it can be undone all the same");
}
