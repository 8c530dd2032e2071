use reparto_domain::{
    Role, UserId,
    audit::{AuditEntry, AuditQuery, EntityType, action},
    page::{Page, Slice},
};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Entry, changes, list::list, record};
use crate::{
    actor::authorize,
    items::{Item, pack},
    testing::{START, caller, database, system, user},
    users::write::set_role,
};

fn query() -> AuditQuery {
    AuditQuery { user: None, action: None, from: None, to: None, text: None, slice: Slice { skip: 0, limit: 100 } }
}

fn ask(conn: &Connection, query: &AuditQuery) -> Page<AuditEntry> {
    let page = list(conn, query).unwrap();
    assert!(page.total >= page.items.len() as u64);
    page
}

#[test]
fn entries_come_newest_first_with_exact_totals() {
    let (_folder, conn) = database();
    for number in 0..5 {
        user(&conn, &format!("u{number}@example.org"), Role::Agent);
    }
    let page = ask(&conn, &AuditQuery { slice: Slice { skip: 1, limit: 2 }, ..query() });
    assert_eq!(page.total, 5);
    let emails: Vec<Value> = page.items.iter().map(|entry| entry.details.to_value()["email"].clone()).collect();
    assert_eq!(emails, ["u3@example.org", "u2@example.org"]);
}

#[test]
fn long_values_of_an_earlier_version_are_shortened_as_they_are_read() {
    let (_folder, conn) = database();
    user(&conn, "agent@example.org", Role::Agent);
    let stored = json!({ "changes": { "notes": { "from": null, "to": "x".repeat(50_000) } } }).to_string();
    conn.execute("UPDATE audit_logs SET details = ?1", [stored]).unwrap();
    assert!(ask(&conn, &query()).items[0].details.as_str().len() < 1_000);
}

#[test]
fn filters_by_user_look_at_actor_and_entity() {
    let (_folder, conn) = database();
    let admin = user(&conn, "admin@example.org", Role::Admin);
    let agent = user(&conn, "agent@example.org", Role::Agent);
    set_role(&conn, &caller(admin, 60), agent, Role::Lawyer).unwrap();
    let total = |user| ask(&conn, &AuditQuery { user: Some(user), ..query() }).total;
    assert_eq!(total(Some(admin)), 2, "made, and changed the other");
    assert_eq!(total(Some(agent)), 2, "made, and was changed");
    assert_eq!((total(Some(UserId::new())), total(None)), (0, 0));
    let changed = ask(&conn, &AuditQuery { action: Some(action::USER_ROLE_CHANGED.into()), ..query() });
    assert_eq!(changed.items[0].details.to_value()["changes"], json!({ "role": { "from": "agent", "to": "lawyer" } }));
    assert_eq!((changed.total, changed.items[0].actor_id), (1, Some(admin)));
    let from = START.plus_seconds(60);
    assert_eq!(ask(&conn, &AuditQuery { from: Some(from), to: Some(from), ..query() }).total, 1);
    assert_eq!(ask(&conn, &AuditQuery { to: Some(from.plus_seconds(-1)), ..query() }).total, 2);
    // A user who is both actor and entity is counted once.
    set_role(&conn, &caller(admin, 61), admin, Role::Lawyer).unwrap_err();
}

#[test]
fn a_text_is_found_in_any_case_in_every_part() {
    let (_folder, conn) = database();
    let ana = user(&conn, "Ana.Muñoz@example.org", Role::Agent);
    user(&conn, "other@example.org", Role::Agent);
    let total = |text: &str| ask(&conn, &AuditQuery { text: Some(text.to_owned()), ..query() }).total;
    assert_eq!(total("ANA.MUÑOZ"), 1);
    assert_eq!(total("USER_CREATED"), 2);
    assert_eq!(total("System"), 2);
    assert_eq!(total(&ana.to_string().to_uppercase()), 1);
    assert_eq!(total("nothing of the kind"), 0);
    let page = ask(&conn, &AuditQuery { text: Some("example".into()), slice: Slice { skip: 1, limit: 1 }, ..query() });
    assert_eq!((page.total, page.items.len()), (2, 1));
}

#[test]
fn a_bulk_action_is_expanded_from_its_operation() {
    let (_folder, conn) = database();
    let agent = user(&conn, "agent@example.org", Role::Agent);
    let ids = [[7_u8; 16], [9; 16]];
    conn.execute(
        "INSERT INTO contacts (id, search_text, name_key, created_at, updated_at) VALUES (zeroblob(16), '', '', 0, 0)",
        [],
    )
    .unwrap();
    let mut items: Vec<Item> = ids
        .iter()
        .map(|id| {
            conn.execute(
                "INSERT INTO opportunities (id, contact_seq, detected_at, score, priority, created_at, updated_at, deleted_at)
                 VALUES (?1, 1, 0, 50, 1, 0, 0, 1)",
                [id],
            )
            .unwrap();
            let opportunity = conn.last_insert_rowid();
            Item { opportunity, before: None, holder: Some(1), status: reparto_domain::Status::Assigned }
        })
        .collect();
    items.reverse();
    conn.execute(
        "INSERT INTO operations (id, kind, at, new_holder, item_count, failed_count, items)
         VALUES (?1, 2, 0, 1, 2, 3, ?2)",
        rusqlite::params![[5_u8; 16], pack(&items)],
    )
    .unwrap();
    let actor = authorize(&conn, &system(0)).unwrap();
    let entry = Entry {
        action: action::BULK_ASSIGN,
        entity: EntityType::Opportunity,
        entity_id: None,
        operation: Some(1),
        details: json!({ "note": "x" }).into(),
    };
    record(&conn, &system(0), &actor, &entry).unwrap();
    let found = ask(&conn, &query()).items.remove(0);
    let uuid = |bytes| uuid::Uuid::from_bytes(bytes).to_string();
    let expected = json!({
        "note": "x",
        "operation_id": uuid([5; 16]),
        "assigned_count": 2,
        "failed_count": 3,
        "assigned_to_id": agent,
        "opportunity_ids": items.iter().map(|item| uuid(ids[usize::try_from(item.opportunity).unwrap() - 1])).collect::<Vec<_>>(),
    });
    assert_eq!(found.details, expected.into());
    let by_operation = AuditQuery { text: Some(uuid([5; 16])), ..query() };
    assert_eq!(ask(&conn, &by_operation).total, 1);
}

#[test]
fn changes_name_the_fields_that_differ() {
    let before = json!({ "a": 1, "b": null, "c": "x" });
    let after = json!({ "a": 1, "b": true, "c": "y" });
    let expected = json!({ "b": { "from": null, "to": true }, "c": { "from": "x", "to": "y" } });
    assert_eq!(changes(&before, &after).unwrap(), expected.into());
}
