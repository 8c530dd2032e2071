//! Inserts each kind of damage to background data and checks that it is found by name.

use reparto_domain::{
    Caller, Role, Timestamp, UserId,
    users::{NewUser, PasswordHash, Profile},
    values::EmailAddress,
};
use reparto_store::{Finding, Maintenance as _, Users as _};
use reparto_store_postgres::{Options, PostgresStore};
use reparto_test_postgres::Database;

use crate::common::{client, fresh};

/// An ended job whose only item failed, and a due delivery.
const FILLED: &str = "
    INSERT INTO contacts (seq, id, search_text, name_key, created_at, updated_at, first_name)
    VALUES (1, gen_random_uuid(), 'ana', 'ana', now(), now(), 'Ana');
    INSERT INTO operations (seq, id, kind, at, new_status, item_count, item_seqs, previous_holders, previous_statuses,
                            previous_operations, previous_effectives)
    VALUES (1, gen_random_uuid(), 0, now(), 0, 1, '{1}', '{NULL}', '{NULL}', '{NULL}', '{NULL}');
    SELECT setval('operations_seq_seq', 1);
    INSERT INTO opportunities (seq, id, contact_seq, detected_at, score, priority, created_at, updated_at)
    VALUES (1, gen_random_uuid(), 1, now(), 50, 1, now(), now());
    INSERT INTO assignments (seq, last_operation, effective_operation, updated_at, status) VALUES (1, 1, 1, now(), 0);
    INSERT INTO assignment_counts (status, holder, n) VALUES (0, 0, 1);
    INSERT INTO jobs (seq, id, kind, status, actor, total, failed, chunks, chunks_done, created_at, finished_at, ended,
                      ended_after) VALUES (1, gen_random_uuid(), 1, 2, 1, 1, 1, 1, 1, now(), now(), 1, 1);
    UPDATE job_ends SET n = 1;
    INSERT INTO job_chunks (job, number, first, count, is_done, failed, errors, ids)
    VALUES (1, 0, 0, 1, true, 1, '[[0,\"not_found\"]]', ARRAY[gen_random_uuid()]);
    INSERT INTO webhooks (seq, id, url, events, secret, is_active, since_operation, since_job, created_at, updated_at)
    VALUES (1, gen_random_uuid(), 'https://example.org', '{}', 'whsec_', true, 0, 0, now(), now());
    INSERT INTO deliveries (seq, id, webhook, event, next_at, created_at, opportunities, body)
    VALUES (1, gen_random_uuid(), 1, 0, now(), now(), '{1}', '{}');
    INSERT INTO delivery_queue (webhook, opportunity, delivery) VALUES (1, 1, 1);
    INSERT INTO teams (seq, id, name, name_key, time_zone, closed_days, self_service, created_at, updated_at)
    VALUES (1, gen_random_uuid(), 'Madrid', 'madrid', 'Europe/Madrid', '[]', false, now(), now());
    INSERT INTO rotations (seq, id, team, name, version, events, folded_operation, created_at, updated_at)
    VALUES (1, gen_random_uuid(), 1, 'Madrid', 2, 1, 0, now(), now());
    INSERT INTO rotation_versions (rotation, version, settings, members, at)
    VALUES (1, 1, '{}', '[]', now()), (1, 2, '{}', '[[1,100]]', now());
    INSERT INTO rotation_events (rotation, n, kind, version, at, user_seq, points, value) VALUES (1, 1, 8, 2, now(), 1, 0, 0);
    INSERT INTO team_members (team, user_seq, place, weight, skills, joined_at) VALUES (1, 1, 1, 100, '[]', now());";

const CASES: &[(&str, &str)] = &[
    ("job_counts_right", "UPDATE jobs SET done = 1, failed = 0"),
    ("job_counts_right", "UPDATE job_chunks SET failed = 0"),
    ("job_counts_right", "UPDATE job_chunks SET first = 7"),
    ("job_counts_right", "UPDATE job_chunks SET ids = '{}'"),
    ("job_counts_right", "UPDATE job_chunks SET job = 9"),
    ("job_counts_right", "DELETE FROM job_chunks"),
    ("job_ends_agree", "UPDATE jobs SET ended = NULL"),
    ("job_ends_agree", "UPDATE jobs SET failure = 'administrators_only'"),
    ("job_ends_agree", "UPDATE jobs SET failed = 0"),
    ("job_ends_numbered", "UPDATE job_ends SET n = 0"),
    ("job_ends_numbered", "DELETE FROM job_ends"),
    ("job_kind_agrees", "UPDATE jobs SET kind = 0"),
    ("job_kind_agrees", "UPDATE jobs SET kind = 2"),
    ("job_kind_agrees", "UPDATE jobs SET undoes = 1"),
    ("job_people_exist", "UPDATE jobs SET actor = 99"),
    ("job_people_exist", "UPDATE jobs SET assignee = 99"),
    ("job_operations_exist", "UPDATE job_chunks SET operation = gen_random_uuid()"),
    ("job_operations_exist", "UPDATE operations SET job = (SELECT id FROM jobs)"),
    ("job_chunks_agree", "UPDATE job_chunks SET runner = gen_random_uuid(), leased_until = now()"),
    ("job_chunks_agree", "UPDATE job_chunks SET leased_until = now()"),
    ("job_chunks_agree", "UPDATE job_chunks SET is_done = false"),
    ("job_chunks_agree", "UPDATE job_chunks SET target = gen_random_uuid()"),
    ("job_chunks_agree", "UPDATE job_chunks SET errors = NULL"),
    ("job_chunks_agree", "UPDATE job_chunks SET errors = '['"),
    ("job_chunks_agree", "UPDATE job_chunks SET sent = '{'"),
    (
        "import_rows_agree",
        "INSERT INTO imports (id, status, actor, file, reading, strict, lets_in_erased, total, created, created_at)
             VALUES (gen_random_uuid(), 1, 1, '{}', '{}', false, false, 1, 1, now())",
    ),
    ("object_readable", "UPDATE contacts SET custom_fields = '{'"),
    ("object_readable", "UPDATE opportunities SET detection_reason = '[]'"),
    ("object_readable", "UPDATE opportunities SET attempts = '{'"),
    ("attempts_agree", "UPDATE opportunities SET attempt_count = 3"),
    ("object_within_bounds", "UPDATE contacts SET custom_fields = '{\"a\":\"' || repeat('x', 16400) || '\"}'"),
    ("webhook_sound", "UPDATE webhooks SET since_operation = 99"),
    ("webhook_sound", "UPDATE webhooks SET since_job = 99"),
    ("webhook_sound", "UPDATE webhooks SET deleted_at = now()"),
    ("delivery_order_right", "UPDATE deliveries SET blocked = 1"),
    ("delivery_order_right", "UPDATE deliveries SET status = 1, next_at = NULL"),
    ("delivery_queued", "DELETE FROM delivery_queue"),
    ("delivery_queued", "UPDATE delivery_queue SET opportunity = 99"),
    ("delivery_times_agree", "UPDATE deliveries SET next_at = NULL"),
    ("delivery_sound", "UPDATE deliveries SET status = 1"),
    ("delivery_sound", "UPDATE deliveries SET event = 9"),
    ("delivery_place_there", "UPDATE delivery_place SET operation = 99"),
    ("delivery_place_there", "DELETE FROM delivery_place"),
    ("team_has_rotation", "TRUNCATE rotations CASCADE"),
    ("rotation_sound", "UPDATE rotations SET folded_operation = 99"),
    ("rotation_sound", "UPDATE rotations SET version = 0"),
    ("rotation_balanced", "INSERT INTO rotation_members VALUES (1, 1, 1, 0, 0, 0, 0)"),
    ("rotation_follows_team", "UPDATE team_members SET weight = 7"),
    ("rotation_follows_team", "UPDATE rotations SET settings = '{\"slack\":0}'"),
    (
        "rotation_events_in_order",
        "INSERT INTO rotation_events (rotation, n, kind, version, at, points, value)
         VALUES (1, 2, 6, 2, now() - interval '1 hour', 0, 0)",
    ),
    ("rotation_is_its_events", "UPDATE rotations SET events = 2"),
    ("rotation_is_its_events", "UPDATE rotations SET in_a_row = 1, last_receiver = 1"),
    ("rotation_is_its_events", "INSERT INTO rotation_members VALUES (1, 1, 0, 0, 1, 0, 0)"),
    ("rotation_is_its_events", "UPDATE rotation_events SET kind = 99"),
    ("rotation_is_its_events", "UPDATE rotation_events SET version = 9"),
    ("rotation_is_its_events", "UPDATE rotation_versions SET members = '[' WHERE version = 1"),
    ("rotation_is_its_events", "DELETE FROM rotation_versions WHERE version = 1"),
    ("membership_sound", "UPDATE team_members SET left_at = joined_at - interval '1 second'"),
    ("membership_sound", "UPDATE team_members SET left_at = joined_at, paused_until = now()"),
    ("team_readable", "UPDATE teams SET time_zone = 'Europe/Atlantis'"),
    ("team_readable", "UPDATE teams SET hours = '['"),
    ("team_readable", "UPDATE teams SET closed_days = '[\"x\"]'"),
    ("team_readable", "UPDATE team_members SET skills = '{}'"),
    ("team_readable", "UPDATE team_members SET time_zone = 'x'"),
    ("deleted_user_keeps_no_secret", "UPDATE users SET deleted_at = now() WHERE seq = 1"),
    (
        "recovery_codes_belong",
        "INSERT INTO recovery_codes (user_seq, hash) VALUES (1, decode(repeat('00', 32), 'hex'))",
    ),
    (
        "idempotency_keys_sound",
        "INSERT INTO idempotency_keys (user_seq, key, fingerprint, status, body, expires_at)
         VALUES (99, 'k', decode(repeat('00', 32), 'hex'), 200, '', now())",
    ),
    (
        "idempotency_keys_sound",
        "INSERT INTO idempotency_keys (user_seq, key, fingerprint, status, body, expires_at)
         VALUES (1, 'k', '\\x00', 200, '', now())",
    ),
];

/// A store on a database with one user, who is an administrator.
async fn with_user(database: &Database) -> PostgresStore {
    let store = PostgresStore::connect(Options::new(database.url())).await.unwrap();
    let user = NewUser {
        id: UserId::new(),
        email: EmailAddress::new("a@example.org").unwrap(),
        password: PasswordHash("hash".to_owned().into()),
        profile: Profile::default(),
        role: Role::Admin,
        is_active: true,
        is_verified: true,
    };
    store.user_create(&Caller::system(Timestamp::from_seconds(1_760_000_000)), user).await.unwrap();
    store
}

/// An invariant of times, and what breaks it; on top of the one before.
const TIMES: &[(&str, &str)] = &[
    ("history_in_order", "UPDATE operations SET at = now() - interval '1 day'"),
    ("history_in_order", "UPDATE operations SET at = now() + interval '1 hour'"),
    (
        "given_while_active",
        "UPDATE operations SET at = now(), new_holder = 1; UPDATE assignments SET holder = 1, updated_at = now();
         UPDATE assignment_counts SET holder = 1; UPDATE audit_logs SET details = '{\"is_active\": false}'",
    ),
    (
        "audit_log_in_order",
        "INSERT INTO audit_logs (id, actor_email, action, entity_type, entity_id, created_at)
         SELECT gen_random_uuid(), 'system', 'user_updated', 'user', entity_id, created_at - interval '1 second'
         FROM audit_logs",
    ),
];

#[tokio::test]
async fn times_out_of_order_are_noted() {
    let database = fresh().await;
    let store = with_user(&database).await;
    let harm = client(&database).await;
    harm.batch_execute(FILLED).await.unwrap();
    for (name, damage) in TIMES {
        harm.batch_execute(damage).await.unwrap();
        let found = store.check(5).await.unwrap();
        assert!(
            found.iter().any(|finding| finding.invariant == *name),
            "{name} is not among {found:?} after: {damage}"
        );
        assert!(found.iter().all(Finding::is_note), "{found:?}");
    }
}

#[tokio::test]
async fn each_kind_of_damage_is_found_by_name() {
    let database = fresh().await;
    let store = with_user(&database).await;
    let harm = client(&database).await;
    harm.batch_execute(FILLED).await.unwrap();
    assert_eq!(store.check(5).await.unwrap(), []);
    let tables = "imports, import_rows, import_pieces, jobs, job_chunks, job_ends, webhooks, deliveries, delivery_queue, delivery_place, operations, \
        idempotency_keys, recovery_codes, teams, team_members, rotations, rotation_versions, rotation_members, rotation_events, absences";
    for (name, damage) in CASES {
        harm.batch_execute(damage).await.unwrap();
        let found: Vec<_> = store.check(5).await.unwrap().into_iter().map(|finding| finding.invariant).collect();
        assert!(found.contains(name), "{name} is not among {found:?} after: {damage}");
        // Restored.
        let again = format!(
            "TRUNCATE {tables}, contacts, opportunities, assignments, assignment_counts CASCADE; \
             UPDATE users SET deleted_at = NULL; \
             INSERT INTO job_ends (n) VALUES (0); INSERT INTO delivery_place (operation, job) VALUES (0, 0)"
        );
        harm.batch_execute(&again).await.unwrap();
        harm.batch_execute(FILLED).await.unwrap();
    }
    assert_eq!(store.check(5).await.unwrap(), []);
}
