//! The columns of each entity, defined once: statements select them, and readers read them, in this order.
//!
//! The lists are macros, so that engines can concatenate statements at compile time. A test compares them with the
//! tables of the copy, which every engine has.

/// The columns of `users u` that make a [`Person`](reparto_domain::users::Person); a deleted one is not active.
#[macro_export]
macro_rules! person_columns {
    () => {
        "u.id, u.email, u.full_name, u.first_name, u.last_name, u.phone_number, u.role, \
         u.is_active AND u.deleted_at IS NULL, u.avatar_url, u.daily_lead_quota, u.created_at, u.updated_at"
    };
}

/// The number of columns in [`person_columns`](crate::person_columns).
pub const PERSON_WIDTH: usize = 12;

/// The columns of `users u` that make a seq and a [`User`](reparto_domain::users::User).
#[macro_export]
macro_rules! user_columns {
    () => {
        "u.seq, u.id, u.email, u.full_name, u.first_name, u.last_name, u.phone_number, u.avatar_url, u.is_active, \
         u.is_verified, u.role, u.preferred_language, u.daily_lead_quota, u.last_login, u.created_at, u.updated_at"
    };
}

/// The columns of `contacts c` that make a [`Contact`](reparto_domain::contacts::Contact).
#[macro_export]
macro_rules! contact_columns {
    () => {
        "c.id, c.first_name, c.last_name, c.email, c.phone, c.mobile, c.address, c.city, c.state, c.postal_code, \
         c.country, c.company_name, c.company_id, c.position, c.nacionalidad, c.grading_llamada, \
         c.grading_situacion, (SELECT r.id FROM users r WHERE r.seq = c.responsible_seq), c.tiempo_espana, \
         c.empadronado, c.lugar_residencia, c.tiene_ingresos, c.trabaja_b, c.edad, c.tiene_familiares_espana, \
         c.landing_product, c.avatar_url, c.notes, c.source, c.source_at, c.consent_text_version, c.consent_at, \
         c.consent_channel, c.do_not_contact_since, c.do_not_contact_reason, c.custom_fields, \
         (SELECT r.id FROM users r WHERE r.seq = c.created_by_seq), \
         (SELECT r.id FROM users r WHERE r.seq = c.updated_by_seq), c.created_at, c.updated_at, \
         c.deleted_at IS NOT NULL, c.erased_at"
    };
}

/// The columns of `jobs j`, with the creator `users m`, the assignee `users a` and the undone `jobs t`, that make a
/// stored job.
#[macro_export]
macro_rules! job_columns {
    () => {
        "j.seq, j.id, j.kind, j.status, m.id, a.id, t.id, j.failure, j.total, j.done, j.failed, j.created_at, \
         j.started_at, j.finished_at, j.new_status, j.note, j.actor, j.trimmed_at IS NOT NULL, \
         j.include_do_not_contact"
    };
}

/// The columns of `imports i`, with their sender `users m`, that make a stored import.
#[macro_export]
macro_rules! import_columns {
    () => {
        "i.seq, i.id, i.status, m.id, i.name, i.file, i.strict, i.total, i.created, i.completed, i.unchanged, \
         i.skipped, i.failure, i.created_at, i.finished_at, i.undo_at, i.undone_at, i.undo_deleted, i.undo_kept, \
         i.reading, i.actor, i.lets_in_erased, i.runner, i.undo_next, i.undo_actor"
    };
}

/// The columns of `webhooks w` that make a [`StoredWebhook`](crate::webhooks::StoredWebhook).
#[macro_export]
macro_rules! webhook_columns {
    () => {
        "w.seq, w.id, w.url, w.events, w.is_active, w.created_at, w.updated_at, w.secret, w.since_operation, w.since_job"
    };
}

/// The columns of `deliveries d` to `webhooks w` that make a seq and a
/// [`Delivery`](reparto_domain::webhooks::Delivery).
#[macro_export]
macro_rules! delivery_columns {
    () => {
        "d.seq, d.id, w.id, d.event, d.status, d.attempts, d.next_at, d.last_status, d.last_error, d.created_at, \
         d.body, d.resent"
    };
}

/// The columns of `teams t` that make a seq and a [`Team`](reparto_domain::teams::Team).
#[macro_export]
macro_rules! team_columns {
    () => {
        "t.seq, t.id, t.name, t.time_zone, t.hours, t.closed_days, t.self_service, \
         (SELECT r.id FROM rotations r WHERE r.team = t.seq ORDER BY r.seq LIMIT 1), \
         (SELECT count(*) FROM team_members m WHERE m.team = t.seq AND m.left_at IS NULL), \
         t.revision, t.created_at, t.updated_at"
    };
}

/// The columns of `team_members m` and their `users u` that make a seq (the user's) and a
/// [`TeamMember`](reparto_domain::teams::TeamMember).
#[macro_export]
macro_rules! member_columns {
    () => {
        "u.seq, u.id, u.email, u.full_name, u.first_name, u.last_name, u.is_active AND u.deleted_at IS NULL, \
         m.place, m.weight, m.skills, m.time_zone, m.hours, m.daily_quota, m.open_cap, m.paused_until, m.joined_at"
    };
}

/// The columns of `absences a` and their `users u` that make a seq and an
/// [`Absence`](reparto_domain::absences::Absence).
#[macro_export]
macro_rules! absence_columns {
    () => {
        "a.seq, a.id, u.id, u.email, u.full_name, u.first_name, u.last_name, a.starts_at, a.ends_at, a.note, \
         a.created_at, a.updated_at"
    };
}

/// The columns of `rotations r` and their `teams t` that make a seq, the team's seq, a
/// [`Rotation`](reparto_domain::rotations::Rotation), and what is kept of its ledger.
#[macro_export]
macro_rules! rotation_columns {
    () => {
        "r.seq, t.seq, r.id, t.id, r.name, r.settings, r.version, r.created_at, r.updated_at, r.events, r.mean_value, \
         r.value_count, r.last_receiver, r.in_a_row"
    };
}

/// The columns of `rotation_events e`, with the actor `users a`, the user `users u`, the operation `operations p` and the
/// opportunity `opportunities o`, that make a [`RotationEvent`](reparto_domain::rotations::RotationEvent).
#[macro_export]
macro_rules! rotation_event_columns {
    () => {
        "e.n, e.kind, e.version, e.at, p.id, o.id, e.points, e.value, e.cancels, e.reason, \
         a.id, a.email, a.full_name, a.first_name, a.last_name, u.id, u.email, u.full_name, u.first_name, u.last_name"
    };
}

/// The columns written when a user is created or changed.
pub const USER_WRITTEN: [&str; 16] = [
    "email",
    "email_key",
    "name_key",
    "search_text",
    "folded",
    "full_name",
    "first_name",
    "last_name",
    "phone_number",
    "avatar_url",
    "preferred_language",
    "daily_lead_quota",
    "role",
    "is_active",
    "is_verified",
    "updated_at",
];

/// The columns written only when a user is created, after [`USER_WRITTEN`].
pub const USER_MADE: [&str; 3] = ["id", "password", "created_at"];

/// The columns written when an opportunity is created; `updated_at` and `created_at` are `detected_at`.
pub const OPPORTUNITY_MADE: [&str; 7] =
    ["id", "contact_seq", "detected_at", "score", "priority", "detection_reason", "notes"];

/// The columns written when an opportunity is imported.
pub const OPPORTUNITY_IMPORTED: [&str; 13] = [
    "id",
    "contact_seq",
    "detected_at",
    "score",
    "priority",
    "detection_reason",
    "attempts",
    "attempt_count",
    "call_completed",
    "call_successful",
    "notes",
    "created_at",
    "updated_at",
];

/// The columns of an audit entry.
pub const AUDIT_WRITTEN: [&str; 12] = [
    "id",
    "actor",
    "actor_email",
    "action",
    "entity_type",
    "entity_id",
    "operation",
    "details",
    "ip_address",
    "user_agent",
    "created_at",
    "request_id",
];

/// The columns of a stored answer; the first two are its key.
pub const ANSWER_WRITTEN: [&str; 10] =
    ["user_seq", "key", "fingerprint", "status", "location", "etag", "body", "expires_at", "contact", "names_users"];

/// The columns written when a webhook is created; it is active, and `updated_at` is `created_at`.
pub const WEBHOOK_MADE: [&str; 7] = ["id", "url", "events", "secret", "since_operation", "since_job", "created_at"];

/// The columns written when a webhook is changed.
pub const WEBHOOK_CHANGED: [&str; 5] = ["url", "events", "secret", "is_active", "updated_at"];

/// The columns written when a delivery is created; it is due at once: `next_at` is `created_at`.
pub const DELIVERY_MADE: [&str; 6] = ["id", "webhook", "event", "created_at", "opportunities", "body"];

/// The columns written when a job is created.
pub const JOB_MADE: [&str; 13] = [
    "seq",
    "id",
    "kind",
    "status",
    "actor",
    "assignee",
    "new_status",
    "note",
    "undoes",
    "total",
    "chunks",
    "created_at",
    "include_do_not_contact",
];

/// The columns written when an import is created.
pub const IMPORT_MADE: [&str; 10] =
    ["id", "status", "actor", "name", "file", "reading", "strict", "lets_in_erased", "total", "created_at"];

/// The columns of a row of an import when it is written.
pub const IMPORT_ROW_WRITTEN: [&str; 11] = [
    "import",
    "number",
    "line",
    "outcome",
    "made_contact",
    "codes",
    "details",
    "cells",
    "contact",
    "opportunity",
    "operation",
];

/// The columns written when a team is created or changed.
pub const TEAM_WRITTEN: [&str; 8] =
    ["name", "name_key", "time_zone", "hours", "closed_days", "self_service", "revision", "updated_at"];

/// The columns written only when a team is created, after [`TEAM_WRITTEN`].
pub const TEAM_MADE: [&str; 2] = ["id", "created_at"];

/// The columns of a member; the first two are its key.
pub const MEMBER_WRITTEN: [&str; 12] = [
    "team",
    "user_seq",
    "place",
    "weight",
    "skills",
    "time_zone",
    "hours",
    "daily_quota",
    "open_cap",
    "paused_until",
    "joined_at",
    "left_at",
];

/// The columns written when an absence is entered or changed.
pub const ABSENCE_WRITTEN: [&str; 4] = ["starts_at", "ends_at", "note", "updated_at"];

/// The columns written only when an absence is entered, after [`ABSENCE_WRITTEN`].
pub const ABSENCE_MADE: [&str; 3] = ["id", "user_seq", "created_at"];

/// The columns written when a rotation is made.
pub const ROTATION_MADE: [&str; 4] = ["id", "team", "name", "created_at"];

/// The columns written when a rotation is changed.
pub const ROTATION_CHANGED: [&str; 4] = ["name", "settings", "version", "updated_at"];

/// The columns written when a rotation's ledger is: the sum of its events but for the accounts.
pub const ROTATION_BOOKED: [&str; 7] =
    ["version", "events", "mean_value", "value_count", "last_receiver", "in_a_row", "updated_at"];

/// The columns of a version of a rotation.
pub const ROTATION_VERSION_WRITTEN: [&str; 5] = ["rotation", "version", "settings", "members", "at"];

/// The columns of what a rotation keeps of a user; the first two are its key.
pub const ROTATION_ACCOUNT_WRITTEN: [&str; 7] =
    ["rotation", "user_seq", "balance", "value_balance", "dealt", "dealt_value", "last_event"];

/// The columns of an event of a rotation that concerns no lead.
pub const ROTATION_EVENT_WRITTEN: [&str; 10] =
    ["rotation", "n", "kind", "version", "at", "actor", "user_seq", "points", "value", "reason"];

/// Numbered placeholders: `?1, ?2` or `$1, $2`.
pub fn marks(mark: char, values: std::ops::RangeInclusive<usize>) -> String {
    values.map(|place| format!("{mark}{place}")).collect::<Vec<_>>().join(", ")
}

/// A statement that inserts a row, with the values in the order of these columns.
pub fn insert(mark: char, table: &str, columns: &[&str]) -> String {
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), marks(mark, 1..=columns.len()))
}

/// Like [`insert`], but these columns (others, or some of the same) have an expression, in which `{column}` is the value
/// of a column.
pub fn insert_with(mark: char, table: &str, columns: &[&str], expressions: &[(&str, &str)]) -> String {
    let values = |expression: &str| {
        columns.iter().zip(1..).fold(expression.to_owned(), |text, (column, place): (_, usize)| {
            text.replace(&format!("{{{column}}}"), &format!("{mark}{place}"))
        })
    };
    let own = |column: &str| expressions.iter().find(|(name, _)| *name == column).map(|(_, expression)| *expression);
    let others = expressions.iter().filter(|(column, _)| !columns.contains(column));
    let (names, values): (Vec<&str>, Vec<String>) = columns
        .iter()
        .map(|column| (*column, own(column).map_or_else(|| values(&format!("{{{column}}}")), values)))
        .chain(others.map(|(column, expression)| (*column, values(expression))))
        .unzip();
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))
}

/// Like [`insert`]; a row with the same key, which are the first columns, is replaced.
pub fn upsert(mark: char, table: &str, columns: &[&str], keys: usize) -> String {
    let (key, rest) = columns.split_at(keys);
    let sets: Vec<String> = rest.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    let insert = insert(mark, table, columns);
    format!("{insert} ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), sets.join(", "))
}

/// A statement that updates these columns of the row with a seq, which is the last value.
pub fn update(mark: char, table: &str, columns: &[&str]) -> String {
    let sets: Vec<String> =
        columns.iter().zip(1..).map(|(column, place): (_, usize)| format!("{column} = {mark}{place}")).collect();
    format!("UPDATE {table} SET {} WHERE seq = {mark}{}", sets.join(", "), columns.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::TABLES;

    /// The table alias and column of a plain expression.
    fn named(expression: &str) -> Option<(&str, &str)> {
        let (letter, column) = expression.split_whitespace().next()?.split_once('.')?;
        (letter.len() == 1).then_some((letter, column))
    }

    fn check(list: &str, tables: &[(&str, &str)]) -> usize {
        let mut count = 0;
        for expression in list.split(", ") {
            count += 1;
            if expression.starts_with('(') {
                continue;
            }
            let (letter, column) = named(expression).unwrap_or_else(|| panic!("{expression}"));
            let (_, table) = tables.iter().find(|(known, _)| *known == letter).unwrap();
            let table = TABLES.iter().find(|known| known.name == *table).unwrap();
            assert!(table.column(column).is_some(), "{} has no column {column}", table.name);
        }
        count
    }

    #[test]
    fn every_named_column_is_one_of_its_table() {
        let users = [("u", "users"), ("m", "users"), ("a", "users")];
        assert_eq!(check(person_columns!(), &users), PERSON_WIDTH);
        assert_eq!(check(user_columns!(), &users), 16);
        assert_eq!(check(contact_columns!(), &[("c", "contacts")]), 42);
        assert_eq!(check(job_columns!(), &[("j", "jobs"), ("t", "jobs"), users[1], users[2]]), 19);
        assert_eq!(check(import_columns!(), &[("i", "imports"), users[1]]), 25);
        assert_eq!(check(webhook_columns!(), &[("w", "webhooks")]), 10);
        assert_eq!(check(delivery_columns!(), &[("d", "deliveries"), ("w", "webhooks")]), 12);
        assert_eq!(check(team_columns!(), &[("t", "teams")]), 12);
        assert_eq!(check(member_columns!(), &[("m", "team_members"), users[0]]), 16);
        assert_eq!(check(absence_columns!(), &[("a", "absences"), users[0]]), 12);
        assert_eq!(check(rotation_columns!(), &[("r", "rotations"), ("t", "teams")]), 14);
        let of_event = [("e", "rotation_events"), ("p", "operations"), ("o", "opportunities"), users[0], users[2]];
        assert_eq!(check(rotation_event_columns!(), &of_event), 20);
    }

    #[test]
    fn every_written_column_is_one_of_its_table() {
        let written: [(&str, &[&str]); 23] = [
            ("users", &USER_WRITTEN),
            ("users", &USER_MADE),
            ("opportunities", &OPPORTUNITY_MADE),
            ("opportunities", &OPPORTUNITY_IMPORTED),
            ("audit_logs", &AUDIT_WRITTEN),
            ("idempotency_keys", &ANSWER_WRITTEN),
            ("webhooks", &WEBHOOK_MADE),
            ("webhooks", &WEBHOOK_CHANGED),
            ("deliveries", &DELIVERY_MADE),
            ("jobs", &JOB_MADE),
            ("imports", &IMPORT_MADE),
            ("import_rows", &IMPORT_ROW_WRITTEN),
            ("teams", &TEAM_WRITTEN),
            ("teams", &TEAM_MADE),
            ("team_members", &MEMBER_WRITTEN),
            ("absences", &ABSENCE_WRITTEN),
            ("absences", &ABSENCE_MADE),
            ("rotations", &ROTATION_MADE),
            ("rotations", &ROTATION_CHANGED),
            ("rotations", &ROTATION_BOOKED),
            ("rotation_versions", &ROTATION_VERSION_WRITTEN),
            ("rotation_members", &ROTATION_ACCOUNT_WRITTEN),
            ("rotation_events", &ROTATION_EVENT_WRITTEN),
        ];
        for (name, columns) in written {
            let table = TABLES.iter().find(|table| table.name == name).unwrap();
            for column in columns {
                assert!(table.column(column).is_some(), "{name} has no column {column}");
            }
        }
    }

    #[test]
    fn statements_name_each_column_beside_its_value() {
        assert_eq!(insert('?', "t", &["a", "b"]), "INSERT INTO t (a, b) VALUES (?1, ?2)");
        assert_eq!(update('$', "t", &["a", "b"]), "UPDATE t SET a = $1, b = $2 WHERE seq = $3");
        assert_eq!(
            insert_with('$', "t", &["a", "b"], &[("b", "max({b}, {a})"), ("c", "true"), ("d", "{a}")]),
            "INSERT INTO t (a, b, c, d) VALUES ($1, max($2, $1), true, $1)"
        );
        assert_eq!(
            upsert('?', "t", &["a", "b"], 1),
            "INSERT INTO t (a, b) VALUES (?1, ?2) ON CONFLICT (a) DO UPDATE SET b = excluded.b"
        );
    }
}
