//! Lists of users and of people.

use reparto_domain::{
    Role, UserId,
    fold::fold,
    page::Slice,
    search::Search,
    users::{NewUser, PersonFilter, Profile, User, UserFilter, UserQuery, UserSort},
    values::EmailAddress,
};

use crate::Fixture;

rules! { $ user_lists_rules in users::lists {
    each_user_filter_holds,
    users_are_searched_by_name_address_and_phone,
    deleted_users_are_not_listed_and_not_counted,
    user_orders_run_both_ways,
    user_slices_have_no_gap_or_overlap,
    people_are_sorted_by_name,
    each_people_filter_holds,
    a_person_matches_its_user,
}}

fn all() -> UserQuery {
    UserQuery {
        filter: UserFilter::default(),
        sort: UserSort::CreatedAt,
        descending: false,
        slice: Slice { skip: 0, limit: 1_000 },
    }
}

/// The matching users, oldest first; list and count must agree.
async fn matching(f: &Fixture, filter: UserFilter) -> Vec<UserId> {
    let page = f.store().user_list(UserQuery { filter: filter.clone(), ..all() }).await.unwrap();
    let ids: Vec<UserId> = page.items.iter().map(|user| user.id).collect();
    assert_eq!(page.total, ids.len() as u64);
    assert_eq!(f.store().user_count(filter).await.unwrap(), page.total);
    ids
}

async fn each_user_filter_holds(f: Fixture) {
    let (agent, inactive) = (f.agent().await, f.inactive_agent().await);
    let unverified = NewUser { is_verified: false, ..f.new_user(Role::Lawyer) };
    let unverified = f.store().user_create(&f.as_admin(), unverified).await.unwrap();
    let none = UserFilter::default;
    let admin = f.admin().id;
    assert_eq!(matching(&f, none()).await, [admin, agent.id, inactive.id, unverified.id]);
    let role = |role| UserFilter { role: Some(role), ..none() };
    assert_eq!(matching(&f, role(Role::Agent)).await, [agent.id, inactive.id]);
    assert_eq!(matching(&f, role(Role::Superuser)).await, []);
    let active = |active| UserFilter { is_active: Some(active), ..none() };
    assert_eq!(matching(&f, active(false)).await, [inactive.id]);
    assert_eq!(matching(&f, active(true)).await, [admin, agent.id, unverified.id]);
    let verified = |verified| UserFilter { is_verified: Some(verified), ..none() };
    assert_eq!(matching(&f, verified(false)).await, [unverified.id]);
    let both = UserFilter { role: Some(Role::Agent), ..active(true) };
    assert_eq!(matching(&f, both).await, [agent.id]);
    let made = f.store().user_get(inactive.id).await.unwrap().created_at;
    let created = UserFilter { created_from: Some(made), created_to: Some(made), ..none() };
    assert_eq!(matching(&f, created).await, [inactive.id]);
    let signed_in = crate::sessions::sign_in(&f, &agent).await;
    let at = f.store().user_get(signed_in.user).await.unwrap().last_login;
    assert_eq!(matching(&f, UserFilter { last_login_from: at, last_login_to: at, ..none() }).await, [agent.id]);
    let before = at.map(|at| at.plus_seconds(-1));
    assert_eq!(matching(&f, UserFilter { last_login_to: before, ..none() }).await, []);
}

async fn named(f: &Fixture, name: &str, email: &str, phone: &str) -> UserId {
    let profile =
        Profile { full_name: Some(name.to_owned()), phone_number: Some(phone.to_owned()), ..Profile::default() };
    let new = NewUser { email: EmailAddress::new(email).unwrap(), profile, ..f.new_user(Role::Agent) };
    f.store().user_create(&f.as_admin(), new).await.unwrap().id
}

async fn users_are_searched_by_name_address_and_phone(f: Fixture) {
    let ana = named(&f, "Ana Núñez 100%", "ana_x@correo.example", "+34 600-1").await;
    named(&f, "Berta", "berta@otro.example", "700").await;
    for text in ["NUÑEZ", "n ana", "ana_x@", "correo", "600-1", "0%", "_x", "%", "núñez 100%, ana", "ana +34 600 1"]
    {
        let filter = UserFilter { search: Search::new(text), ..UserFilter::default() };
        assert_eq!(matching(&f, filter).await, [ana], "{text}");
    }
    for text in ["nadie", "ana berta", "__"] {
        let filter = UserFilter { search: Search::new(text), ..UserFilter::default() };
        assert_eq!(matching(&f, filter).await, [], "{text}");
    }
}

async fn deleted_users_are_not_listed_and_not_counted(f: Fixture) {
    let deleted = f.deleted_agent().await;
    assert_eq!(matching(&f, UserFilter::default()).await, [f.admin().id]);
    assert_eq!(matching(&f, UserFilter { is_active: Some(false), ..UserFilter::default() }).await, []);
    let people = f.store().person_list(PersonFilter::default()).await.unwrap();
    assert!(people.iter().all(|person| person.id != deleted.id));
}

fn key(sort: UserSort, user: &User) -> String {
    match sort {
        UserSort::Name => fold(&user.name()),
        UserSort::Email => user.email.to_lowercase(),
        UserSort::PhoneNumber => user.phone_number.clone().unwrap_or_default(),
        UserSort::Role => user.role.as_str().to_owned(),
        UserSort::IsActive => user.is_active.to_string(),
        UserSort::LastLogin => user.last_login.map(|at| format!("{:020}", at.micros())).unwrap_or_default(),
        UserSort::CreatedAt => format!("{:020}", user.created_at.micros()),
    }
}

async fn user_orders_run_both_ways(f: Fixture) {
    let ids = [
        named(&f, "Ángel", "z@example.org", "2").await,
        named(&f, "ana", "B@example.org", "1").await,
        named(&f, "Zoe", "a@example.org", "3").await,
    ];
    f.inactive_agent().await;
    f.user(Role::Lawyer).await;
    for id in ids {
        crate::sessions::sign_in_as(&f, id).await;
    }
    for (name, sort) in UserSort::ALL {
        let list = async |descending| f.store().user_list(UserQuery { sort, descending, ..all() }).await.unwrap().items;
        let (up, down) = (list(false).await, list(true).await);
        assert_eq!((up.len(), down.len()), (6, 6));
        // Users without a phone may come at either end.
        let with_key = |users: Vec<User>| -> Vec<String> {
            users
                .iter()
                .map(|user| key(sort, user))
                .filter(|key| sort != UserSort::PhoneNumber || !key.is_empty())
                .collect()
        };
        let (up, mut down) = (with_key(up), with_key(down));
        assert!(up.is_sorted(), "{name} ascending: {up:?}");
        down.reverse();
        assert_eq!(down, up, "{name} descending");
    }
}

async fn user_slices_have_no_gap_or_overlap(f: Fixture) {
    for _ in 0..6 {
        f.agent().await;
    }
    for (name, sort) in UserSort::ALL {
        let list = async |skip, limit| {
            let page = f.store().user_list(UserQuery { sort, slice: Slice { skip, limit }, ..all() }).await.unwrap();
            assert_eq!(page.total, 7);
            page.items
        };
        let mut parts = Vec::new();
        for skip in [0, 3, 6] {
            parts.extend(list(skip, 3).await);
        }
        assert_eq!(parts, list(0, 1_000).await, "{name}");
        assert!(list(7, 3).await.is_empty() && list(u64::MAX, 3).await.is_empty());
    }
}

async fn people_are_sorted_by_name(f: Fixture) {
    let zoe = named(&f, "Zoe", "a@example.org", "1").await;
    let ana = named(&f, "Ána", "z@example.org", "2").await;
    let berta = named(&f, "berta", "m@example.org", "3").await;
    let filter = PersonFilter { roles: Some(vec![Role::Agent]), ..PersonFilter::default() };
    let people = f.store().person_list(filter).await.unwrap();
    assert_eq!(people.iter().map(|person| person.id).collect::<Vec<_>>(), [ana, berta, zoe]);
}

async fn each_people_filter_holds(f: Fixture) {
    let (agent, inactive, lawyer) = (f.agent().await, f.inactive_agent().await, f.user(Role::Lawyer).await);
    f.user(Role::User).await;
    let ids = async |is_active, roles: Option<&[Role]>| {
        let filter = PersonFilter { is_active, roles: roles.map(<[Role]>::to_vec) };
        let mut ids: Vec<UserId> =
            f.store().person_list(filter).await.unwrap().into_iter().map(|person| person.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(None, None).await.len(), 5);
    assert_eq!(ids(Some(false), None).await, [inactive.id]);
    let mut expected = [agent.id, inactive.id, lawyer.id];
    expected.sort_unstable();
    assert_eq!(ids(None, Some(&[Role::Agent, Role::Lawyer])).await, expected);
    assert_eq!(ids(Some(true), Some(&[Role::Agent])).await, [agent.id]);
    assert_eq!(ids(None, Some(&[])).await, []);
}

async fn a_person_matches_its_user(f: Fixture) {
    let id = named(&f, "Ana Núñez", "Ana@example.org", "600").await;
    let (user, person) = (f.store().user_get(id).await.unwrap(), f.store().person_get(id).await.unwrap());
    assert_eq!((person.id, &person.name, &person.email), (user.id, &user.name(), &user.email));
    assert_eq!(
        (person.role_name, person.is_active, person.phone.as_ref()),
        (user.role, true, user.phone_number.as_ref())
    );
    assert_eq!((person.daily_lead_quota, person.created_at, person.updated_at), (10, user.created_at, user.updated_at));
    assert!(f.store().person_list(PersonFilter::default()).await.unwrap().contains(&person));
}
