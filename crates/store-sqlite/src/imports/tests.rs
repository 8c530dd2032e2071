use reparto_domain::{
    AttemptStatus, Refusal, Role, Roles, Status,
    contacts::ContactFields,
    imports::{ImportMode, ImportRow, RowError, RowOutcome, RowResult},
    json::KeptObject,
    opportunities::Attempt,
};
use rusqlite::Connection;

use super::import;
use crate::{
    check::check,
    testing::{START, caller, database, one, refused, system, user},
    users::write::set_active,
};

fn row(line: u64, name: &str, email: &str, phone: &str) -> ImportRow {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let contact =
        ContactFields { first_name: text(name), email: text(email), phone: text(phone), ..ContactFields::default() };
    ImportRow::new(line, contact)
}

fn take(conn: &Connection, rows: &[ImportRow]) -> Vec<RowResult> {
    take_as(conn, rows, ImportMode::default())
}

fn take_as(conn: &Connection, rows: &[ImportRow], mode: ImportMode) -> Vec<RowResult> {
    let outcomes = import(conn, &system(1), rows, mode, &Roles::default()).unwrap();
    assert_eq!(check(conn, 10).unwrap(), []);
    outcomes
}

fn all(conn: &Connection) -> (i64, i64, i64, i64) {
    (
        one(conn, "SELECT count(*) FROM contacts"),
        one(conn, "SELECT count(*) FROM opportunities"),
        one(conn, "SELECT count(*) FROM operations"),
        one(conn, "SELECT count(*) FROM audit_logs"),
    )
}

#[test]
fn the_same_rows_twice_make_no_duplicates() {
    let (_folder, conn) = database();
    let rows = [
        row(2, "Ana", "ana@example.org", "600 111 222"),
        row(3, "Luis", "", "600 333 444"),
        row(4, "Only a name", "", ""),
        row(5, "Placeholder", "", "000000000"),
    ];
    assert_eq!(take(&conn, &rows), vec![RowOutcome::Created; 4]);
    assert_eq!(take(&conn, &rows), vec![RowOutcome::AlreadyThere; 4]);
    assert_eq!(all(&conn), (4, 4, 1, 2));
}

#[test]
fn duplicates_within_one_import_are_seen() {
    let (_folder, conn) = database();
    let rows = [
        row(2, "Ana", "ana@example.org", ""),
        row(3, "Ana", "ANA@example.org", ""),
        row(4, "Luis", "", "+34 600 333 444"),
        row(5, "Luis", "", "0034600333444"),
    ];
    let expected = [RowOutcome::Created, RowOutcome::AlreadyThere, RowOutcome::Created, RowOutcome::AlreadyThere];
    assert_eq!(take(&conn, &rows), expected);
}

#[test]
fn email_takes_precedence_over_a_shared_phone() {
    let (_folder, conn) = database();
    take(&conn, &[row(2, "Ana", "ana@example.org", "910 000 001"), row(3, "Eva", "", "910 000 002")]);
    // Another address at Ana's number is somebody else; Eva has none yet, and gets it.
    let again = [row(2, "Pol", "pol@example.org", "910000001"), row(3, "Eva", "eva@example.org", "910000002")];
    assert_eq!(take(&conn, &again), [RowOutcome::Created, RowOutcome::Completed]);
    let email: String = one(&conn, "SELECT email FROM contacts WHERE first_name = 'Eva'");
    assert_eq!(email, "eva@example.org");
    // A number that stands as the mobile of the one and the phone of the other is the same number.
    let mut mobile = row(4, "Eva", "", "");
    mobile.contact.mobile = Some("910-000-002".into());
    assert_eq!(take(&conn, &[mobile]), [RowOutcome::AlreadyThere]);
}

#[test]
fn a_known_contact_is_completed_never_overwritten() {
    let (_folder, conn) = database();
    take(&conn, &[row(2, "Ana", "ana@example.org", "")]);
    let mut more = row(2, "Another name", "ana@example.org", "600 111 222");
    more.contact.city = Some("Málaga".into());
    more.contact.custom_fields = KeptObject::stored(r#"{"source":"web"}"#.into());
    assert_eq!(take(&conn, &[more]), [RowOutcome::Completed]);
    let stored: String =
        one(&conn, "SELECT first_name || '|' || phone || '|' || city_key || '|' || custom_fields FROM contacts");
    assert_eq!(stored, "Ana|600 111 222|malaga|{\"source\":\"web\"}");
}

#[test]
fn a_contact_without_an_opportunity_gets_one() {
    let (_folder, conn) = database();
    let rows = [row(2, "Ana", "ana@example.org", "")];
    crate::contacts::create(&conn, &system(0), &rows[0].contact, reparto_domain::erasures::IfErased::Refuse, None)
        .unwrap();
    assert_eq!(take(&conn, &rows), [RowOutcome::OpportunityAdded]);
    assert_eq!((all(&conn).0, all(&conn).1), (1, 1));
}

#[test]
fn rows_with_errors_are_skipped_others_imported() {
    let (_folder, conn) = database();
    user(&conn, "agent@example.org", Role::Agent);
    user(&conn, "plain@example.org", Role::User);
    let gone = user(&conn, "gone@example.org", Role::Agent);
    set_active(&conn, &system(0), gone, false).unwrap();
    let held = |line, holder: &str| ImportRow {
        holder_email: Some(holder.to_owned()),
        ..row(line, "Ana", &format!("a{line}@example.org"), "")
    };
    let rows = [
        row(2, "", "", ""),
        held(3, "AGENT@example.org"),
        held(4, "nobody@example.org"),
        held(5, "gone@example.org"),
        held(6, "plain@example.org"),
    ];
    let expected = [
        RowOutcome::Skipped(RowError::NoIdentity),
        RowOutcome::Created,
        RowOutcome::Skipped(RowError::HolderNotFound("nobody@example.org".into())),
        RowOutcome::Skipped(RowError::HolderInactive("gone@example.org".into())),
        RowOutcome::Skipped(RowError::HolderNotAssignable("plain@example.org".into())),
    ];
    assert_eq!(take(&conn, &rows), expected);
    let status: i64 = one(&conn, "SELECT status FROM assignments WHERE holder IS NOT NULL");
    assert_eq!(status, i64::from(Status::Assigned.number()));
    let skipped: i64 = one(&conn, "SELECT failed_count FROM operations");
    assert_eq!(skipped, 4);
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let (_folder, conn) = database();
    let rows = [row(2, "Ana", "ana@example.org", ""), row(3, "Ana", "ana@example.org", ""), row(4, "", "", "")];
    let outcomes = take_as(&conn, &rows, ImportMode { dry_run: true, ..ImportMode::default() });
    let expected = [RowOutcome::Created, RowOutcome::AlreadyThere, RowOutcome::Skipped(RowError::NoIdentity)];
    assert_eq!(outcomes, expected);
    assert_eq!(all(&conn), (0, 0, 0, 0));
}

#[test]
fn a_strict_import_stops_at_the_first_error() {
    let (_folder, conn) = database();
    let rows = [row(2, "Ana", "ana@example.org", ""), row(3, "", "", ""), row(4, "Luis", "luis@example.org", "")];
    let outcomes = take_as(&conn, &rows, ImportMode { strict: true, ..ImportMode::default() });
    assert_eq!(outcomes, [RowOutcome::Created, RowOutcome::Skipped(RowError::NoIdentity)]);
    assert_eq!(all(&conn), (0, 0, 0, 0));
}

#[test]
fn attempts_and_dates_are_imported() {
    let (_folder, conn) = database();
    let attempt = |status| Attempt { status, call_id: None, attempted_at: START, notes: None };
    let mut called = row(2, "Ana", "ana@example.org", "");
    called.attempts = [(1, attempt(AttemptStatus::Orange)), (2, attempt(AttemptStatus::Green))].into();
    called.detected_at = Some(START.plus_seconds(-9));
    called.status = Some(Status::Contacted);
    take(&conn, &[called]);
    let stored: (i64, bool, i64, i64) = conn
        .query_row("SELECT attempt_count, call_completed, call_successful, detected_at FROM opportunities", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!(stored, (2, true, 2, START.plus_seconds(-9).micros()));
}

#[test]
fn an_import_is_for_administrators() {
    let (_folder, conn) = database();
    let agent = user(&conn, "agent@example.org", Role::Agent);
    let rows = [row(2, "Ana", "ana@example.org", "")];
    let result = import(&conn, &caller(agent, 1), &rows, ImportMode::default(), &Roles::default());
    assert_eq!(refused(result), Refusal::AdministratorsOnly);
    assert!(take(&conn, &[]).is_empty());
}
