//! Each kind of damage is put in, and found by name.

use reparto_domain::{
    Role, Roles,
    contacts::ContactFields,
    imports::{ImportMode, ImportRow},
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::check;
use crate::testing::{database, one, system, user};

/// Three opportunities, one of them held, by the one import there is.
fn filled() -> (TempDir, Connection) {
    let (folder, conn) = database();
    user(&conn, "agent@example.org", Role::Agent);
    import(&conn, &["Ana", "Luis", "Eva"]);
    conn.execute_batch(JOB_AND_DELIVERY).unwrap();
    conn.execute_batch(TEAM).unwrap();
    (folder, conn)
}

/// Imports people of these names.
fn import(conn: &Connection, names: &[&str]) {
    let contact = |name: &str| ContactFields {
        first_name: Some(name.to_owned()),
        email: Some(format!("{name}@example.org")),
        phone: Some("600 111 222".to_owned()),
        ..ContactFields::default()
    };
    let row = |name: &&str| ImportRow {
        holder_email: (*name == "Ana").then(|| "agent@example.org".to_owned()),
        ..ImportRow::new(1, contact(name))
    };
    let rows: Vec<ImportRow> = names.iter().map(row).collect();
    crate::imports::import(conn, &system(1), &rows, ImportMode::default(), &Roles::default()).unwrap();
}

/// A job that has ended, with its one item failed, and a delivery that is due.
const JOB_AND_DELIVERY: &str = "
    INSERT INTO job_sets (seq, created_at) VALUES (1, 0);
    INSERT INTO jobs (seq, id, kind, status, actor, total, failed, chunks, chunks_done, created_at, finished_at, ended,
                      ended_after) VALUES (1, randomblob(16), 1, 2, 1, 1, 1, 1, 1, 0, 1, 1, 1);
    UPDATE job_ends SET n = 1;
    INSERT INTO job_chunks (job, number, first, count, is_done, failed, errors, items)
    VALUES (1, 0, 0, 1, 1, 1, '[[0,\"not_found\"]]', x'02');
    INSERT INTO webhooks (seq, id, url, events, secret, is_active, since_operation, since_job, created_at, updated_at)
    VALUES (1, randomblob(16), 'https://example.org', '[]', 'whsec_', 1, 0, 0, 0, 0);
    INSERT INTO deliveries (seq, id, webhook, event, next_at, created_at, opportunities, body)
    VALUES (1, randomblob(16), 1, 0, 1, 0, x'02', '{}');
    INSERT INTO delivery_queue (webhook, opportunity, delivery) VALUES (1, 1, 1);";

/// A team with a member.
const TEAM: &str = "
    INSERT INTO teams (seq, id, name, name_key, time_zone, closed_days, self_service, created_at, updated_at)
    VALUES (1, randomblob(16), 'Madrid', 'madrid', 'Europe/Madrid', '[]', 0, 0, 0);
    INSERT INTO rotations (seq, id, team, name, version, events, folded_operation, created_at, updated_at)
    VALUES (1, randomblob(16), 1, 'Madrid', 2, 1, 0, 0, 0);
    INSERT INTO rotation_versions (rotation, version, settings, members, at)
    VALUES (1, 1, '{}', '[]', 0), (1, 2, '{}', '[[1,100]]', 0);
    INSERT INTO rotation_events (rotation, n, kind, version, at, user_seq, points, value) VALUES (1, 1, 8, 2, 1, 1, 0, 0);
    INSERT INTO team_members (team, user_seq, place, weight, skills, joined_at) VALUES (1, 1, 1, 100, '[]', 1);";

/// The invariants that are broken after this damage.
fn found(damage: &str) -> Vec<&'static str> {
    let (_folder, conn) = filled();
    conn.execute_batch("PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1").unwrap();
    conn.execute_batch(damage).unwrap();
    conn.execute_batch("PRAGMA ignore_check_constraints = 0").unwrap();
    let mut names: Vec<_> = check(&conn, 5).unwrap().into_iter().map(|finding| finding.invariant).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn sound_and_empty_databases_have_no_findings() {
    let (_folder, conn) = database();
    assert_eq!(check(&conn, 5).unwrap(), []);
    let (_folder, conn) = filled();
    assert_eq!(check(&conn, 5).unwrap(), []);
    // A reader may ask, too, and is as it was afterwards.
    conn.execute_batch("PRAGMA query_only = 1").unwrap();
    assert_eq!(check(&conn, 5).unwrap(), []);
    assert!(conn.execute("DELETE FROM audit_logs", []).is_err());
}

/// An invariant, and what breaks it.
const CASES: &[(&str, &str)] = &[
    ("holder_exists", "UPDATE assignments SET holder = 99 WHERE seq = 1"),
    ("last_operation_exists", "UPDATE assignments SET last_operation = 99 WHERE seq = 1"),
    ("effective_operation_exists", "UPDATE assignments SET effective_operation = 99 WHERE seq = 1"),
    ("opportunity_has_assignment", "DELETE FROM assignments WHERE seq = 1"),
    ("assignment_has_opportunity", "DELETE FROM opportunities WHERE seq = 1"),
    ("deleted_agrees", "UPDATE opportunities SET deleted_at = 1 WHERE seq = 1"),
    ("assignment_counts_right", "UPDATE assignment_counts SET n = n + 1 WHERE holder = 0"),
    ("assignment_counts_right", "DELETE FROM assignment_counts"),
    ("contact_count_right", "UPDATE contact_count SET n = 2"),
    (
        "one_live_opportunity",
        "DROP INDEX opportunities_contact; UPDATE opportunities SET contact_seq = 1 WHERE seq = 2",
    ),
    ("contact_is_there", "UPDATE contacts SET deleted_at = 1 WHERE seq = 1"),
    ("attempts_agree", "UPDATE opportunities SET attempt_count = 3 WHERE seq = 1"),
    ("actor_exists", "UPDATE operations SET actor = 99"),
    ("new_holder_exists", "UPDATE operations SET new_holder = 99"),
    ("operation_new_holder", "UPDATE operations SET new_holder = 1"),
    ("operation_item_count", "UPDATE operations SET item_count = 4"),
    ("operation_items_readable", "UPDATE operations SET items = x'01'"),
    ("operation_kind_known", "UPDATE operations SET kind = 77"),
    ("undo_links_agree", "UPDATE operations SET undone_by = 1"),
    ("undo_links_agree", "UPDATE operations SET undoes = 99"),
    ("undo_links_agree", "UPDATE operations SET undone_items = x'0000'"),
    ("chain_leads_to_present", "UPDATE assignments SET status = 3 WHERE seq = 2"),
    ("chain_leads_to_present", "UPDATE assignments SET holder = 1 WHERE seq = 2"),
    ("chain_leads_to_present", "DELETE FROM assignments WHERE seq = 3"),
    ("chain_begins", "DELETE FROM operations"),
    (
        "chain_whole",
        "INSERT INTO operations (id, kind, at, item_count, items) SELECT randomblob(16), 8, at, item_count, items
             FROM operations",
    ),
    ("chain_whole", "UPDATE operations SET kind = 2"),
    ("history_in_order", "UPDATE operations SET at = 1"),
    ("history_in_order", "UPDATE assignments SET updated_at = 1 WHERE seq = 1"),
    ("audit_log_in_order", "UPDATE audit_logs SET entity_id = zeroblob(16), created_at = 100 - seq"),
    ("given_while_active", "UPDATE audit_logs SET details = '{\"is_active\":false}' WHERE seq = 1"),
    ("audit_operation_exists", "UPDATE audit_logs SET operation = 99 WHERE seq = 2"),
    ("audit_actor_exists", "UPDATE audit_logs SET actor = 99 WHERE seq = 2"),
    (
        "audit_log_gapless",
        "INSERT INTO audit_logs (seq, id, actor_email, action, entity_type, created_at)
             VALUES (9, randomblob(16), 'system', 'login', 'user', 0)",
    ),
    (
        "sessions_end_with_rights",
        "INSERT INTO sessions (id, user_seq, created_at) VALUES (randomblob(16), 1, 0);
             UPDATE users SET is_active = 0",
    ),
    ("job_counts_right", "UPDATE jobs SET done = 1, failed = 0"),
    ("job_counts_right", "UPDATE job_chunks SET failed = 0"),
    ("job_counts_right", "UPDATE job_chunks SET first = 7"),
    ("job_counts_right", "DELETE FROM job_chunks"),
    ("job_ends_agree", "UPDATE jobs SET ended = NULL"),
    ("job_ends_agree", "UPDATE jobs SET failure = 'administrators_only'"),
    ("job_ends_agree", "UPDATE jobs SET failed = 0"),
    ("job_people_exist", "UPDATE jobs SET actor = 99"),
    ("job_people_exist", "UPDATE jobs SET assignee = 99"),
    ("job_operations_exist", "UPDATE job_chunks SET operation = 1"),
    ("job_operations_exist", "UPDATE operations SET job = (SELECT id FROM jobs)"),
    ("job_kind_agrees", "UPDATE jobs SET kind = 0"),
    ("job_kind_agrees", "UPDATE jobs SET kind = 2"),
    ("job_kind_agrees", "UPDATE jobs SET undoes = 1"),
    ("job_ends_numbered", "UPDATE job_ends SET n = 0"),
    ("job_ends_numbered", "DELETE FROM job_ends"),
    ("job_chunks_agree", "UPDATE job_chunks SET runner = randomblob(16), leased_until = 1"),
    ("job_chunks_agree", "UPDATE job_chunks SET leased_until = 1"),
    ("job_chunks_agree", "UPDATE job_chunks SET is_done = 0"),
    ("job_chunks_agree", "UPDATE job_chunks SET target = 99"),
    ("job_chunks_agree", "UPDATE job_chunks SET errors = NULL"),
    ("job_chunks_agree", "UPDATE job_chunks SET errors = '['"),
    ("foreign_keys", "DELETE FROM jobs; DELETE FROM job_sets"),
    (
        "import_rows_agree",
        "INSERT INTO imports (id, status, actor, file, reading, strict, lets_in_erased, total, created, created_at)
             VALUES (randomblob(16), 1, 1, '{}', '{}', 0, 0, 1, 1, 1)",
    ),
    ("webhook_sound", "UPDATE webhooks SET since_operation = 99"),
    ("webhook_sound", "UPDATE webhooks SET since_job = 99"),
    ("webhook_sound", "UPDATE webhooks SET deleted_at = 1"),
    ("foreign_keys", "DELETE FROM webhooks"),
    ("delivery_queued", "DELETE FROM delivery_queue"),
    ("delivery_queued", "UPDATE delivery_queue SET opportunity = 99"),
    ("delivery_sound", "UPDATE deliveries SET status = 1"),
    ("delivery_sound", "UPDATE deliveries SET event = 9"),
    ("deleted_user_keeps_no_secret", "UPDATE users SET deleted_at = 1 WHERE seq = 1"),
    (
        "deleted_user_keeps_no_secret",
        "UPDATE users SET deleted_at = 1, password = '' WHERE seq = 1;
             INSERT INTO second_factors (user_seq, secret, created_at) VALUES (1, 's', 1)",
    ),
    (
        "deleted_user_keeps_no_secret",
        "UPDATE users SET deleted_at = 1, password = '' WHERE seq = 1;
             INSERT INTO password_resets (user_seq, hash, created_at, expires_at) VALUES (1, zeroblob(32), 1, 2)",
    ),
    ("recovery_codes_belong", "INSERT INTO recovery_codes (user_seq, hash) VALUES (1, zeroblob(32))"),
    (
        "idempotency_keys_sound",
        "INSERT INTO idempotency_keys (user_seq, key, fingerprint, status, body, expires_at)
             VALUES (99, 'k', zeroblob(32), 200, x'', 1)",
    ),
    (
        "idempotency_keys_sound",
        "INSERT INTO idempotency_keys (user_seq, key, fingerprint, status, body, expires_at)
             VALUES (1, 'k', zeroblob(32), 7, x'', 1)",
    ),
    ("delivery_order_right", "UPDATE deliveries SET blocked = 1"),
    ("delivery_order_right", "UPDATE deliveries SET status = 1, next_at = NULL"),
    ("delivery_times_agree", "UPDATE deliveries SET next_at = NULL"),
    ("delivery_place_there", "UPDATE delivery_place SET operation = 99"),
    ("delivery_place_there", "DELETE FROM delivery_place"),
    ("email_keys_right", "UPDATE users SET email = 'x@example.org'"),
    ("email_keys_right", "UPDATE contacts SET email_key = 'x@example.org' WHERE seq = 1"),
    ("contact_keys_right", "UPDATE contacts SET phone_key = '1' WHERE seq = 1"),
    ("contact_readable", "UPDATE contacts SET grading_llamada = 9 WHERE seq = 1"),
    ("object_readable", "UPDATE contacts SET custom_fields = '{' WHERE seq = 1"),
    ("object_readable", "UPDATE opportunities SET detection_reason = '[]' WHERE seq = 1"),
    ("object_readable", "UPDATE opportunities SET attempts = '{' WHERE seq = 1"),
    ("object_readable", "UPDATE audit_logs SET details = '{\"is_active\":' WHERE seq = 1"),
    (
        "object_within_bounds",
        "UPDATE contacts SET custom_fields = printf('{\"a\":\"%.*c\"}', 16400, 'x') WHERE seq = 1",
    ),
    ("job_chunks_agree", "UPDATE job_chunks SET sent = '{'"),
    ("do_not_contact_agrees", "UPDATE opportunities SET do_not_contact = 1 WHERE seq = 1"),
    ("erased_people_are_empty", "UPDATE contacts SET erased_at = 1 WHERE seq = 1"),
    ("erasures_are_listed", "UPDATE contacts SET erased_at = 1 WHERE seq = 1"),
    (
        "erased_people_are_empty",
        "UPDATE users SET email = '', email_key = '', search_text = '', password = '', full_name = NULL, erased_at = 1;
             UPDATE team_members SET paused_until = 1",
    ),
    ("team_has_rotation", "DELETE FROM rotations"),
    ("rotation_sound", "UPDATE rotations SET folded_operation = 99"),
    ("rotation_sound", "UPDATE rotations SET version = 0"),
    ("rotation_balanced", "INSERT INTO rotation_members VALUES (1, 1, 1, 0, 0, 0, 0)"),
    ("rotation_follows_team", "UPDATE team_members SET weight = 7"),
    ("rotation_follows_team", "UPDATE rotations SET settings = '{\"slack\":0}'"),
    (
        "rotation_events_in_order",
        "INSERT INTO rotation_events (rotation, n, kind, version, at, points, value)
         VALUES (1, 2, 6, 2, 0, 0, 0)",
    ),
    ("rotation_is_its_events", "UPDATE rotations SET events = 2"),
    ("rotation_is_its_events", "UPDATE rotations SET in_a_row = 1, last_receiver = 1"),
    ("rotation_is_its_events", "INSERT INTO rotation_members VALUES (1, 1, 0, 0, 1, 0, 0)"),
    ("rotation_is_its_events", "UPDATE rotation_events SET kind = 99"),
    ("rotation_is_its_events", "UPDATE rotation_events SET version = 9"),
    ("rotation_is_its_events", "UPDATE rotation_versions SET members = '[' WHERE version = 1"),
    ("rotation_is_its_events", "DELETE FROM rotation_versions WHERE version = 1"),
    (
        "erased_people_are_empty",
        "UPDATE users SET email = '', email_key = '', search_text = '', password = '', full_name = NULL, erased_at = 1;
             UPDATE rotation_events SET reason = 'x'",
    ),
    ("membership_sound", "UPDATE team_members SET left_at = 0"),
    ("membership_sound", "UPDATE team_members SET left_at = 2, paused_until = 3"),
    ("team_readable", "UPDATE teams SET time_zone = 'Europe/Atlantis'"),
    ("team_readable", "UPDATE teams SET hours = '['"),
    ("team_readable", "UPDATE teams SET closed_days = '[\"x\"]'"),
    ("team_readable", "UPDATE team_members SET skills = '{}'"),
    ("team_readable", "UPDATE team_members SET time_zone = 'x'"),
    ("foreign_keys", "UPDATE team_members SET user_seq = 99"),
    ("search_text_right", "UPDATE contacts SET search_text = 'other' WHERE seq = 1"),
    ("search_index_in_step", "UPDATE contacts SET search_text = 'other' WHERE seq = 1"),
    (
        "search_index_in_step",
        "INSERT INTO contacts_search (contacts_search, rowid, search_text)
             SELECT 'delete', seq, search_text FROM contacts WHERE seq = 2",
    ),
    ("search_index_in_step", "INSERT INTO contacts_search (rowid, search_text) VALUES (77, 'nobody')"),
    ("foreign_keys", "UPDATE opportunities SET contact_seq = 99 WHERE seq = 1"),
    ("file_integrity", "UPDATE opportunities SET priority = 9 WHERE seq = 1"),
];

#[test]
fn each_kind_of_damage_is_found_by_name() {
    for (name, damage) in CASES {
        let found = found(damage);
        assert!(found.contains(name), "{name} is not among {found:?} after: {damage}");
    }
    // Every rule has its damage.
    for (name, _) in super::rules::all() {
        assert!(CASES.iter().any(|(case, _)| case == name), "{name} has no case");
    }
}

#[test]
fn a_reader_that_searched_before_finds_no_damage_in_what_was_written_since() {
    let (folder, conn) = filled();
    let reader = crate::engine::connect::reader(&folder.path().join("reparto.db")).unwrap();
    // Each is a segment of the index.
    import(&conn, &["Zoe"]);
    import(&conn, &["Leo"]);
    let search = "SELECT count(*) FROM contacts_search WHERE contacts_search MATCH '\"exa\"'";
    assert_eq!(one::<i64>(&reader, search), 5);
    // They are merged: those that the reader knows are gone.
    conn.execute_batch("INSERT INTO contacts_search (contacts_search) VALUES ('optimize')").unwrap();
    assert_eq!(check(&reader, 10).unwrap(), []);
}

#[test]
fn no_more_than_the_limit_of_each_kind_is_reported() {
    let (_folder, conn) = filled();
    conn.execute_batch("UPDATE assignments SET holder = 99").unwrap();
    let of =
        |limit| check(&conn, limit).unwrap().into_iter().filter(|finding| finding.invariant == "holder_exists").count();
    assert_eq!((of(2), of(10)), (2, 3));
}
