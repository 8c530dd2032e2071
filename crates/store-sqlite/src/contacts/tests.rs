use reparto_domain::{
    Caller, ContactId, OpportunityId, Refusal, Role, UserId,
    contacts::{
        AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactSort, ContactVisibility, Grading,
    },
    erasures::IfErased,
    page::Slice,
    search::Search,
};
use reparto_store::contacts::ContactEdit;
use rusqlite::{Connection, params};

use super::{create, delete, find, list, update};
use crate::{
    testing::{caller, database, one, refused, system, user},
    users::write::set_active,
};

fn named(first: &str, last: &str) -> ContactFields {
    ContactFields { first_name: Some(first.to_owned()), last_name: Some(last.to_owned()), ..ContactFields::default() }
}

fn make(conn: &Connection, fields: &ContactFields) -> Contact {
    create(conn, &system(0), fields, IfErased::Refuse, None).unwrap().fresh().unwrap()
}

fn edit(conn: &Connection, caller: &Caller, id: ContactId, edit: fn(ContactFields) -> ContactFields) -> Contact {
    let edit: ContactEdit = Box::new(edit);
    update(conn, caller, id, &edit, AgentsSee::Own).unwrap()
}

fn search(conn: &Connection, part: &str) -> Vec<String> {
    let query = ContactQuery {
        visibility: ContactVisibility::All,
        filter: ContactFilter { search: Search::new(part), ..ContactFilter::default() },
        sort: ContactSort::Name,
        descending: false,
        slice: Slice { skip: 0, limit: 100 },
    };
    let page = list::list(conn, &query, None).unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    assert_eq!(page.total, list::count(conn, ContactVisibility::All, &query.filter).unwrap());
    page.items.iter().map(|contact| contact.fields.name()).collect()
}

#[test]
fn the_search_index_follows_every_change() {
    let (_folder, conn) = database();
    let ana = make(&conn, &named("Ana", "Núñez"));
    make(&conn, &named("Juana", "Pérez"));
    assert_eq!(search(&conn, "ana"), ["Ana Núñez", "Juana Pérez"]);
    assert_eq!(search(&conn, "nunez"), ["Ana Núñez"]);
    assert_eq!(search(&conn, "an"), ["Ana Núñez", "Juana Pérez"], "parts too short for the index are found, too");
    edit(&conn, &system(1), ana.id, |fields| ContactFields { last_name: Some("Soler".into()), ..fields });
    assert!(search(&conn, "nunez").is_empty());
    assert_eq!(search(&conn, "soler"), ["Ana Soler"]);
    delete(&conn, &system(2), ana.id, false).unwrap();
    assert!(search(&conn, "soler").is_empty() && search(&conn, "so").is_empty());
    assert!(crate::check::check(&conn, 10).unwrap().is_empty());
}

#[test]
fn a_search_is_taken_literally() {
    let (_folder, conn) = database();
    make(&conn, &named("Ana", "\"quoted\" AND x*"));
    for part in ["\"quoted\"", "and x*", "x*", "quoted AND"] {
        assert_eq!(search(&conn, part).len(), 1, "{part}");
    }
    for part in ["\"* OR x", "ana or x", "search_text:ana", "ana*", "%%%", "a%a", "NEAR(ana)"] {
        assert!(search(&conn, part).is_empty(), "{part}");
    }
}

#[test]
fn administrators_choose_an_active_responsible_user() {
    let (_folder, conn) = database();
    let admin = user(&conn, "admin@example.org", Role::Admin);
    let agent = user(&conn, "agent@example.org", Role::Agent);
    let none = UserId::new();
    let with = |user| ContactFields { responsible_user_id: Some(user), ..named("Ana", "Soler") };
    assert_eq!(
        refused(create(&conn, &caller(agent, 1), &with(agent), IfErased::Refuse, None)),
        Refusal::ResponsibleAdministratorsOnly
    );
    assert_eq!(
        refused(create(&conn, &caller(admin, 1), &with(none), IfErased::Refuse, None)),
        Refusal::ResponsibleNotFound { user: none }
    );
    let ana = create(&conn, &caller(admin, 1), &with(agent), IfErased::Refuse, None).unwrap().fresh().unwrap();
    assert_eq!((ana.fields.responsible_user_id, ana.created_by), (Some(agent), Some(admin)));
    // What stays as it is needs no right, also where that user is inactive by now.
    let other = user(&conn, "other@example.org", Role::Agent);
    set_active(&conn, &system(2), agent, false).unwrap();
    let changed = edit(&conn, &caller(other, 3), ana.id, |fields| ContactFields { notes: Some("x".into()), ..fields });
    assert_eq!((changed.fields.responsible_user_id, changed.updated_by), (Some(agent), Some(other)));
    let empties: ContactEdit = Box::new(|fields| ContactFields { responsible_user_id: None, ..fields });
    let refusal = refused(update(&conn, &caller(other, 4), ana.id, &empties, AgentsSee::Own));
    assert_eq!(refusal, Refusal::ResponsibleAdministratorsOnly);
    assert_eq!(
        update(&conn, &caller(admin, 4), ana.id, &empties, AgentsSee::Own).unwrap().fields.responsible_user_id,
        None
    );
}

#[test]
fn staff_edit_contacts_administrators_delete_them() {
    let (_folder, conn) = database();
    let plain = user(&conn, "user@example.org", Role::User);
    let agent = user(&conn, "agent@example.org", Role::Agent);
    assert_eq!(refused(create(&conn, &caller(plain, 1), &named("A", "B"), IfErased::Refuse, None)), Refusal::StaffOnly);
    let ana = create(&conn, &caller(agent, 1), &named("A", "B"), IfErased::Refuse, None).unwrap().fresh().unwrap();
    assert_eq!(refused(delete(&conn, &caller(agent, 1), ana.id, false)), Refusal::AdministratorsOnly);
    assert_eq!(refused(delete(&conn, &system(1), ContactId::new(), false)), Refusal::ContactNotFound);
    delete(&conn, &system(1), ana.id, false).unwrap();
    assert_eq!(refused(delete(&conn, &system(1), ana.id, false)), Refusal::ContactNotFound);
    assert!(find(&conn, ana.id).is_err());
}

#[test]
fn a_contact_with_a_live_opportunity_stays() {
    let (_folder, conn) = database();
    let ana = make(&conn, &named("Ana", "Soler"));
    let opportunity = OpportunityId::new();
    conn.execute(
        "INSERT INTO opportunities (id, contact_seq, detected_at, score, priority, created_at, updated_at)
         VALUES (?1, 1, 0, 50, 1, 0, 0)",
        params![opportunity.as_bytes()],
    )
    .unwrap();
    assert_eq!(refused(delete(&conn, &system(1), ana.id, false)), Refusal::ContactInUse { opportunity });
}

#[test]
fn a_contact_is_never_left_without_a_name() {
    let (_folder, conn) = database();
    assert_eq!(
        refused(create(&conn, &system(0), &ContactFields::default(), IfErased::Refuse, None)),
        Refusal::ContactWithoutName
    );
    let ana = make(&conn, &named("Ana", "Soler"));
    let empties: ContactEdit = Box::new(|_| ContactFields::default());
    assert_eq!(refused(update(&conn, &system(1), ana.id, &empties, AgentsSee::Own)), Refusal::ContactWithoutName);
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    let (_folder, conn) = database();
    let ana = make(&conn, &named("Ana", "Soler"));
    assert_eq!(edit(&conn, &system(9), ana.id, |fields| fields), ana);
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM audit_logs"), 1);
}

#[test]
fn filters_count_exactly_and_orders_list_each_once() {
    let (_folder, conn) = database();
    let agent = user(&conn, "agent@example.org", Role::Agent);
    for number in 0..23_u8 {
        make(
            &conn,
            &ContactFields {
                city: (number % 3 > 0).then(|| format!("City {}", number % 3)),
                email: (number % 2 == 0).then(|| format!("a{number}@example.org")),
                nacionalidad: Some(if number % 4 == 0 { "España" } else { "perú" }.to_owned()),
                grading_llamada: (number % 5 == 0).then_some(Grading::BPlus),
                responsible_user_id: (number % 7 == 0).then_some(agent),
                ..named(&format!("Name {}", number % 6), "García")
            },
        );
    }
    let filter = |filter: ContactFilter| list::count(&conn, ContactVisibility::All, &filter).unwrap();
    let nobody = ContactFilter::default;
    assert_eq!(filter(nobody()), 23);
    assert_eq!(filter(ContactFilter { nacionalidad: Some("ESPANA".into()), ..nobody() }), 6);
    assert_eq!(filter(ContactFilter { grading_llamada: Some(Grading::BPlus), ..nobody() }), 5);
    assert_eq!(filter(ContactFilter { responsible: Some(Some(agent)), ..nobody() }), 4);
    assert_eq!(filter(ContactFilter { responsible: Some(None), ..nobody() }), 0);
    for search in [None, Search::new("garcia"), Search::new("a1"), Search::new("garcia a1 n")] {
        for (name, sort) in ContactSort::ALL {
            for descending in [false, true] {
                let page = |skip, limit| {
                    let filter = ContactFilter { search: search.clone(), ..nobody() };
                    list::list(
                        &conn,
                        &ContactQuery {
                            visibility: ContactVisibility::All,
                            filter,
                            sort,
                            descending,
                            slice: Slice { skip, limit },
                        },
                        None,
                    )
                    .unwrap()
                };
                let whole = page(0, 100);
                let parts: Vec<Contact> = (0..8).flat_map(|part| page(part * 3, 3).items).collect();
                assert_eq!(whole.items, parts, "{name} {descending} {search:?}");
                assert_eq!(whole.total, whole.items.len() as u64);
            }
        }
    }
}

#[test]
fn common_lists_use_an_index_without_sorting() {
    let (_folder, conn) = database();
    let plan = |condition: &str, order: &str| {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT c.seq FROM contacts c WHERE c.deleted_at IS NULL{condition} ORDER BY {order} \
             LIMIT 50 OFFSET 0"
        );
        let mut statement = conn.prepare(&sql).unwrap();
        let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    };
    for (condition, order, index) in [
        ("", "c.created_at DESC, c.id ASC", "contacts_created_at"),
        ("", "c.created_at ASC, c.id DESC", "contacts_created_at"),
        ("", "c.updated_at DESC, c.id ASC", "contacts_updated_at"),
        ("", "c.name_key ASC, c.id ASC", "contacts_name_key"),
        ("", "c.email_key ASC, c.id ASC", "contacts_email_key"),
        ("", "c.city_key ASC, c.id ASC", "contacts_city_key"),
        (" AND c.grading_llamada = 1", "c.created_at DESC, c.id ASC", "contacts_grading_llamada"),
        (" AND c.grading_situacion = 1", "c.created_at DESC, c.id ASC", "contacts_grading_situacion"),
        (" AND c.nacionalidad_key = 'x'", "c.created_at DESC, c.id ASC", "contacts_nacionalidad"),
        (" AND c.responsible_seq = 1", "c.created_at DESC, c.id ASC", "contacts_responsible"),
    ] {
        let plan = plan(condition, order);
        assert!(plan.contains(&format!("USING COVERING INDEX {index}")) && !plan.contains("B-TREE"), "{order}: {plan}");
    }
}
