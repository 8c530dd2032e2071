use reparto_domain::{
    Refusal, Role, UserId,
    page::Slice,
    users::{PasswordHash, PersonFilter, UserChanges, UserFilter, UserQuery, UserSort},
    values::EmailAddress,
};

use super::{
    list, rows,
    write::{create, delete, set_active, set_password, set_role, update},
};
use crate::testing::{caller, database, new_user, one, refused, system, user};

fn password(text: &str) -> PasswordHash {
    PasswordHash(text.to_owned().into())
}

#[test]
fn creating_users_and_superusers_needs_the_right_role() {
    let (_folder, conn) = database();
    let admin = user(&conn, "admin@example.org", Role::Admin);
    let root = user(&conn, "root@example.org", Role::Superuser);
    let agent = user(&conn, "agent@example.org", Role::Agent);
    let new = |role| new_user("new@example.org", role);
    assert_eq!(refused(create(&conn, &caller(agent, 1), &new(Role::User))), Refusal::AdministratorsOnly);
    assert_eq!(refused(create(&conn, &caller(admin, 1), &new(Role::Superuser))), Refusal::SuperuserOnly);
    assert_eq!(refused(set_role(&conn, &caller(admin, 1), agent, Role::Superuser)), Refusal::SuperuserOnly);
    assert_eq!(refused(set_role(&conn, &caller(admin, 1), root, Role::Agent)), Refusal::SuperuserOnly);
    assert_eq!(refused(delete(&conn, &caller(admin, 1), root)), Refusal::SuperuserOnly);
    assert_eq!(refused(set_active(&conn, &caller(admin, 1), root, false)), Refusal::SuperuserOnly);
    assert_eq!(refused(set_password(&conn, &caller(admin, 1), root, &password("x"))), Refusal::SuperuserOnly);
    assert_eq!(refused(update(&conn, &caller(admin, 1), root, &UserChanges::default())), Refusal::SuperuserOnly);
    assert_eq!(create(&conn, &caller(root, 1), &new(Role::Superuser)).unwrap().role, Role::Superuser);
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM audit_logs WHERE actor IS NOT NULL"), 1);
}

#[test]
fn an_address_is_taken_until_its_user_is_deleted() {
    let (_folder, conn) = database();
    user(&conn, "root@example.org", Role::Superuser);
    let first = user(&conn, "Ana@Example.org", Role::Agent);
    let other = user(&conn, "other@example.org", Role::Agent);
    assert_eq!(refused(create(&conn, &system(1), &new_user("ana@example.ORG", Role::User))), Refusal::EmailTaken);
    let changes = UserChanges { email: EmailAddress::new("ANA@example.org"), ..UserChanges::default() };
    assert_eq!(refused(update(&conn, &system(1), other, &changes)), Refusal::EmailTaken);
    // The user's own address in another case is no conflict.
    assert_eq!(update(&conn, &system(1), first, &changes).unwrap().email, "ANA@example.org");
    delete(&conn, &system(2), first).unwrap();
    create(&conn, &system(3), &new_user("ana@example.org", Role::User)).unwrap();
}

#[test]
fn the_last_active_administrator_stays() {
    let (_folder, conn) = database();
    let first = user(&conn, "first@example.org", Role::Admin);
    let second = user(&conn, "second@example.org", Role::Admin);
    set_active(&conn, &caller(first, 1), second, false).unwrap();
    assert_eq!(refused(delete(&conn, &caller(first, 2), first)), Refusal::LastAdministrator);
    assert_eq!(refused(set_role(&conn, &caller(first, 2), first, Role::Agent)), Refusal::LastAdministrator);
    assert_eq!(refused(set_active(&conn, &system(2), first, false)), Refusal::LastAdministrator);
    let changes = UserChanges { is_active: Some(false), ..UserChanges::default() };
    assert_eq!(refused(update(&conn, &system(2), first, &changes)), Refusal::LastAdministrator);
    // Who is no active administrator can always go.
    delete(&conn, &caller(first, 3), second).unwrap();
    assert_eq!(set_role(&conn, &system(3), first, Role::Superuser).unwrap().role, Role::Superuser);
}

#[test]
fn deactivation_password_and_deletion_end_sessions() {
    let (_folder, conn) = database();
    let admin = user(&conn, "admin@example.org", Role::Admin);
    let agent = user(&conn, "agent@example.org", Role::Agent);
    let session = || {
        conn.execute(
            "INSERT INTO sessions (id, user_seq, created_at) SELECT randomblob(16), seq, 0 FROM users WHERE id = ?1",
            [agent.as_bytes()],
        )
        .unwrap();
    };
    let alive = || one::<i64>(&conn, "SELECT count(*) FROM sessions WHERE ended_at IS NULL");
    let generation = || one::<i64>(&conn, "SELECT max(token_generation) FROM users");
    session();
    set_role(&conn, &caller(admin, 1), agent, Role::Lawyer).unwrap();
    assert_eq!((alive(), generation()), (1, 0), "a new role ends no session");
    set_password(&conn, &caller(admin, 1), agent, &password("new")).unwrap();
    assert_eq!((alive(), generation()), (0, 1));
    session();
    let changes = UserChanges { is_active: Some(false), ..UserChanges::default() };
    update(&conn, &caller(admin, 2), agent, &changes).unwrap();
    assert_eq!((alive(), generation()), (0, 2));
    set_active(&conn, &caller(admin, 3), agent, true).unwrap();
    session();
    assert_eq!(delete(&conn, &caller(admin, 4), agent).unwrap().open_opportunities, 0);
    assert_eq!((alive(), generation()), (0, 3));
    assert_eq!(refused(rows::find(&conn, agent)), Refusal::UserNotFound);
    let logged: String = one(&conn, "SELECT group_concat(details, ' ') FROM audit_logs");
    assert!(!logged.contains("hash") && !logged.contains("\"new\""), "{logged}");
}

#[test]
fn a_deactivated_or_demoted_caller_loses_rights_at_once() {
    let (_folder, conn) = database();
    let admin = user(&conn, "admin@example.org", Role::Admin);
    let other = user(&conn, "other@example.org", Role::Admin);
    set_role(&conn, &caller(other, 1), admin, Role::Agent).unwrap();
    assert_eq!(refused(set_active(&conn, &caller(admin, 2), other, false)), Refusal::AdministratorsOnly);
    set_active(&conn, &caller(other, 3), admin, false).unwrap();
    assert_eq!(refused(set_active(&conn, &caller(admin, 4), other, false)), Refusal::AccountInactive);
    set_active(&conn, &caller(other, 5), admin, true).unwrap();
    assert_eq!(refused(set_active(&conn, &caller(admin, 6), other, false)), Refusal::TokenRevoked);
}

#[test]
fn unchanged_values_write_nothing() {
    let (_folder, conn) = database();
    let agent = user(&conn, "agent@example.org", Role::Agent);
    let before = rows::find(&conn, agent).unwrap().1;
    assert_eq!(update(&conn, &system(9), agent, &UserChanges::default()).unwrap(), before);
    assert_eq!(set_role(&conn, &system(9), agent, Role::Agent).unwrap(), before);
    assert_eq!(set_active(&conn, &system(9), agent, true).unwrap(), before);
    assert_eq!(one::<i64>(&conn, "SELECT count(*) FROM audit_logs"), 1);
    let changes = UserChanges { full_name: Some(Some("Ana".into())), ..UserChanges::default() };
    let after = update(&conn, &system(9), agent, &changes).unwrap();
    assert!(after.updated_at > before.updated_at);
    assert_eq!(refused(update(&conn, &system(9), UserId::new(), &changes)), Refusal::UserNotFound);
}

#[test]
fn search_ignores_case_and_ties_sort_by_id() {
    let (_folder, conn) = database();
    for (email, name) in [("a@x.org", "Álvaro Núñez"), ("b@x.org", "beatriz"), ("c@x.org", "Álvaro Núñez")] {
        let mut new = new_user(email, Role::Agent);
        new.profile.full_name = Some(name.to_owned());
        create(&conn, &system(0), &new).unwrap();
    }
    let query = |search: Option<&str>, sort, descending, skip, limit| UserQuery {
        filter: UserFilter { search: search.and_then(reparto_domain::search::Search::new), ..UserFilter::default() },
        sort,
        descending,
        slice: Slice { skip, limit },
    };
    let found = list::list(&conn, &query(Some("nunez"), UserSort::Name, false, 0, 10)).unwrap();
    assert_eq!(found.total, 2);
    assert!(found.items[0].id < found.items[1].id);
    for (_, sort) in UserSort::ALL {
        for descending in [false, true] {
            let whole = list::list(&conn, &query(None, sort, descending, 0, 10)).unwrap();
            let parts: Vec<_> = (0..3)
                .flat_map(|skip| list::list(&conn, &query(None, sort, descending, skip, 1)).unwrap().items)
                .collect();
            assert_eq!(whole.items, parts, "{sort:?}");
        }
    }
    let names: Vec<String> =
        list::people(&conn, &PersonFilter::default()).unwrap().into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["Álvaro Núñez", "Álvaro Núñez", "beatriz"]);
    let none = PersonFilter { roles: Some(vec![Role::Admin]), is_active: Some(true) };
    assert!(list::people(&conn, &none).unwrap().is_empty());
}
