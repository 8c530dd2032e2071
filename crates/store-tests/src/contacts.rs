//! Contacts.

pub mod access;

use reparto_domain::{
    ContactId, Refusal, Role, Timestamp, UserId,
    audit::action,
    consent::{Consent, DoNotContact},
    contacts::{
        AgentsSee, Contact, ContactFields, ContactFilter, ContactQuery, ContactSort, ContactVisibility, Grading,
    },
    erasures::IfErased,
    json::KeptObject,
    page::Slice,
    search::Search,
};
use reparto_store::StoreResult;

use crate::{
    Fixture, Member,
    fixture::{contact_named, refused},
};

rules! { $ contacts_rules in contacts {
    every_contact_field_is_stored,
    only_staff_create_and_change_contacts,
    an_unknown_or_deleted_contact_is_not_found,
    an_edit_changes_its_fields_and_updated_at,
    an_edit_that_changes_nothing_writes_nothing,
    an_edit_may_clear_fields,
    only_administrators_set_the_responsible_user,
    the_responsible_user_must_exist_and_be_active,
    an_inactive_responsible_user_blocks_no_other_edit,
    only_administrators_delete_contacts_whatever_the_id,
    a_contact_with_a_live_opportunity_cannot_be_deleted,
    a_deleted_contact_is_not_listed_and_not_counted,
    each_contact_filter_holds,
    contact_filters_combine,
    contact_orders_run_both_ways_with_ties_by_id,
    contact_slices_have_no_gap_or_overlap,
    changes_of_contacts_are_in_the_audit_log,
}}

async fn create(f: &Fixture, by: &Member, fields: ContactFields) -> StoreResult<Contact> {
    Ok(f.store().contact_create(&f.by(by), fields, IfErased::Refuse, None).await?.fresh().expect("fresh without a key"))
}

async fn edit(
    f: &Fixture,
    by: &Member,
    id: ContactId,
    change: impl Fn(&mut ContactFields) + Send + Sync + 'static,
) -> StoreResult<Contact> {
    let edit = move |mut fields: ContactFields| {
        change(&mut fields);
        fields
    };
    f.store().contact_update(&f.by(by), id, Box::new(edit), AgentsSee::Own).await
}

fn everything(responsible: &Member) -> ContactFields {
    let text = |text: &str| Some(text.to_owned());
    ContactFields {
        first_name: text("Ana"),
        last_name: text("Nuñez"),
        email: text("Ana@Example.org"),
        phone: text("+34 911 000 001"),
        mobile: text("600 000 002"),
        address: text("C/ Mayor 1"),
        city: text("Ávila"),
        state: text("Castilla"),
        postal_code: text("05001"),
        country: text("España"),
        company_name: text("Ñandú S.L."),
        company_id: text("c-1"),
        position: text("Jefa"),
        nacionalidad: text("Perú"),
        grading_llamada: Some(Grading::BPlus),
        grading_situacion: Some(Grading::D),
        responsible_user_id: Some(responsible.id),
        tiempo_espana: text("2 años"),
        empadronado: Some(true),
        lugar_residencia: text("Madrid"),
        tiene_ingresos: Some(false),
        trabaja_b: Some(true),
        edad: Some(41),
        tiene_familiares_espana: Some(false),
        landing_product: text("arraigo"),
        avatar_url: text("https://example.org/a.png"),
        notes: text("línea 1\nlínea 2"),
        source: text("Feria de Ávila"),
        source_at: Some(Timestamp::from_seconds(1_700_000_000)),
        consent: Some(Consent {
            text_version: "2025-03".to_owned(),
            at: Timestamp::from_micros(1_700_000_000_000_001),
            channel: text("web"),
        }),
        do_not_contact: Some(DoNotContact { since: Timestamp::from_seconds(1_700_000_500), reason: text("lo pidió") }),
        custom_fields: KeptObject::stored(r#"{"z":[1,{"ñ":null}],"a":2.5}"#.into()),
    }
}

async fn every_contact_field_is_stored(f: Fixture) {
    let (agent, caller) = (f.agent().await, f.as_admin());
    let fields = everything(&agent);
    let made =
        f.store().contact_create(&caller, fields.clone(), IfErased::Refuse, None).await.unwrap().fresh().unwrap();
    assert_eq!(made.fields, fields);
    assert_eq!((made.created_by, made.updated_by.unwrap_or(f.admin().id)), (Some(f.admin().id), f.admin().id));
    assert_eq!((made.created_at, made.updated_at, made.is_deleted), (caller.at, caller.at, false));
    assert_eq!(f.store().contact_get(ContactVisibility::All, made.id).await.unwrap(), made);
    assert_eq!(f.store().contact_list(all()).await.unwrap().items, [made]);
}

async fn only_staff_create_and_change_contacts(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer, Role::Admin, Role::Superuser] {
        let member = f.user(role).await;
        let made = create(&f, &member, contact_named("Ana", "Uno")).await.unwrap();
        assert_eq!(made.created_by, Some(member.id));
        let changed = edit(&f, &member, made.id, |c| c.city = Some("Lugo".into())).await.unwrap();
        assert_eq!(changed.updated_by, Some(member.id));
    }
    let (user, id) = (f.user(Role::User).await, f.contact().await);
    assert_eq!(refused(create(&f, &user, contact_named("Ana", "Dos")).await), Refusal::StaffOnly);
    assert_eq!(refused(edit(&f, &user, id, |c| c.city = Some("Lugo".into())).await), Refusal::StaffOnly);
}

async fn an_unknown_or_deleted_contact_is_not_found(f: Fixture) {
    let deleted = f.contact().await;
    f.store().contact_delete(&f.as_admin(), deleted, false).await.unwrap();
    for id in [ContactId::new(), deleted] {
        assert_eq!(refused(f.store().contact_get(ContactVisibility::All, id).await), Refusal::ContactNotFound);
        assert_eq!(refused(edit(&f, f.admin(), id, |_| ()).await), Refusal::ContactNotFound);
        assert_eq!(refused(f.store().contact_delete(&f.as_admin(), id, false).await), Refusal::ContactNotFound);
    }
}

async fn an_edit_changes_its_fields_and_updated_at(f: Fixture) {
    let agent = f.agent().await;
    let made = create(&f, f.admin(), everything(&agent)).await.unwrap();
    let caller = f.by(&agent);
    let change = |mut fields: ContactFields| {
        fields.edad = Some(42);
        fields.custom_fields.fill(&KeptObject::stored(r#"{"nuevo":"sí"}"#.into()));
        fields
    };
    let changed = f.store().contact_update(&caller, made.id, Box::new(change), AgentsSee::Own).await.unwrap();
    let mut expected = Contact { updated_by: Some(agent.id), updated_at: caller.at, ..made };
    expected.fields = change(expected.fields);
    assert_eq!(changed, expected);
    assert_eq!(f.store().contact_get(ContactVisibility::All, changed.id).await.unwrap(), expected);
}

async fn an_edit_that_changes_nothing_writes_nothing(f: Fixture) {
    let made = create(&f, f.admin(), contact_named("Ana", "Uno")).await.unwrap();
    let log = f.log().await.len();
    let same = edit(&f, f.admin(), made.id, |c| c.first_name = Some("Ana".into())).await.unwrap();
    assert_eq!((same, f.log().await.len()), (made, log));
}

async fn an_edit_may_clear_fields(f: Fixture) {
    let agent = f.agent().await;
    let made = create(&f, f.admin(), everything(&agent)).await.unwrap();
    let only_name = contact_named("Ana", "Nuñez");
    let emptied = only_name.clone();
    let changed = edit(&f, f.admin(), made.id, move |c| *c = emptied.clone()).await.unwrap();
    assert_eq!(changed.fields, only_name);
}

async fn only_administrators_set_the_responsible_user(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let with = |member: &Member| ContactFields { responsible_user_id: Some(member.id), ..contact_named("Ana", "Uno") };
    let refusal = refused(create(&f, &agent, with(&agent)).await);
    assert_eq!(refusal, Refusal::ResponsibleAdministratorsOnly);
    let made = create(&f, f.admin(), with(&agent)).await.unwrap();
    for responsible in [Some(other.id), None] {
        let result = edit(&f, &agent, made.id, move |c| c.responsible_user_id = responsible).await;
        assert_eq!(refused(result), Refusal::ResponsibleAdministratorsOnly);
    }
    edit(&f, &agent, made.id, |c| c.city = Some("Lugo".into())).await.unwrap();
    let changed = edit(&f, f.admin(), made.id, move |c| c.responsible_user_id = Some(other.id)).await.unwrap();
    assert_ne!(changed.fields.responsible_user_id, made.fields.responsible_user_id);
}

async fn the_responsible_user_must_exist_and_be_active(f: Fixture) {
    let (inactive, deleted) = (f.inactive_agent().await, f.deleted_agent().await);
    let id = f.contact().await;
    for user in [inactive.id, deleted.id, UserId::new()] {
        let fields = ContactFields { responsible_user_id: Some(user), ..contact_named("Ana", "Uno") };
        assert_eq!(refused(create(&f, f.admin(), fields).await), Refusal::ResponsibleNotFound { user });
        let result = edit(&f, f.admin(), id, move |c| c.responsible_user_id = Some(user)).await;
        assert_eq!(refused(result), Refusal::ResponsibleNotFound { user });
    }
}

async fn an_inactive_responsible_user_blocks_no_other_edit(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let made = create(&f, f.admin(), everything(&agent)).await.unwrap();
    f.set_active(&agent, false).await;
    for member in [&other, f.admin()] {
        let city = format!("Ciudad {}", f.number());
        edit(&f, member, made.id, move |c| c.city = Some(city.clone())).await.unwrap();
    }
}

async fn only_administrators_delete_contacts_whatever_the_id(f: Fixture) {
    let id = f.contact().await;
    for role in [Role::Agent, Role::Lawyer, Role::User] {
        let member = f.user(role).await;
        for id in [id, ContactId::new()] {
            assert_eq!(refused(f.store().contact_delete(&f.by(&member), id, false).await), Refusal::AdministratorsOnly);
        }
    }
    f.store().contact_delete(&f.as_admin(), id, false).await.unwrap();
}

async fn a_contact_with_a_live_opportunity_cannot_be_deleted(f: Fixture) {
    let opportunity = f.opportunity().await;
    let contact = f.get(opportunity).await.contact.id;
    let refusal = refused(f.store().contact_delete(&f.as_admin(), contact, false).await);
    assert_eq!(refusal, Refusal::ContactInUse { opportunity });
    f.delete(opportunity).await;
    f.store().contact_delete(&f.as_admin(), contact, false).await.unwrap();
}

fn all() -> ContactQuery {
    ContactQuery {
        visibility: ContactVisibility::All,
        filter: ContactFilter::default(),
        sort: ContactSort::CreatedAt,
        descending: true,
        slice: Slice { skip: 0, limit: 1_000 },
    }
}

/// The matching contacts, newest first; list and count must agree.
async fn matching(f: &Fixture, filter: ContactFilter) -> Vec<ContactId> {
    let page = f.store().contact_list(ContactQuery { filter: filter.clone(), ..all() }).await.unwrap();
    let ids: Vec<ContactId> = page.items.iter().map(|contact| contact.id).collect();
    assert_eq!(page.total, ids.len() as u64);
    assert_eq!(f.store().contact_count(ContactVisibility::All, filter).await.unwrap(), page.total);
    ids
}

async fn a_deleted_contact_is_not_listed_and_not_counted(f: Fixture) {
    let (deleted, kept) = (f.contact().await, f.contact().await);
    f.store().contact_delete(&f.as_admin(), deleted, false).await.unwrap();
    assert_eq!(matching(&f, ContactFilter::default()).await, [kept]);
    let search = ContactFilter { search: Search::new("contacto"), ..ContactFilter::default() };
    assert_eq!(matching(&f, search).await, [kept]);
}

async fn each_contact_filter_holds(f: Fixture) {
    let agent = f.agent().await;
    let full = f.contact_with(everything(&agent)).await;
    let plain = f.contact().await;
    let none = ContactFilter::default;
    for filter in [
        ContactFilter { search: Search::new("nunez"), ..none() },
        ContactFilter { responsible: Some(Some(agent.id)), ..none() },
        ContactFilter { grading_llamada: Some(Grading::BPlus), ..none() },
        ContactFilter { grading_situacion: Some(Grading::D), ..none() },
        ContactFilter { nacionalidad: Some("PERU".into()), ..none() },
        ContactFilter { nacionalidad: Some("perú".into()), ..none() },
    ] {
        assert_eq!(matching(&f, filter.clone()).await, [full], "{filter:?}");
    }
    for filter in [
        ContactFilter { search: Search::new("nadie"), ..none() },
        ContactFilter { responsible: Some(Some(f.admin().id)), ..none() },
        ContactFilter { responsible: Some(Some(UserId::new())), ..none() },
        ContactFilter { responsible: Some(None), ..none() },
        ContactFilter { grading_llamada: Some(Grading::D), ..none() },
        ContactFilter { nacionalidad: Some("per".into()), ..none() },
    ] {
        assert_eq!(matching(&f, filter.clone()).await, [], "{filter:?}");
    }
    assert_eq!(matching(&f, none()).await, [plain, full]);
}

async fn contact_filters_combine(f: Fixture) {
    let agent = f.agent().await;
    let full = f.contact_with(everything(&agent)).await;
    f.contact_with(ContactFields { grading_llamada: Some(Grading::A), ..everything(&agent) }).await;
    let filter = ContactFilter {
        search: Search::new("ana"),
        responsible: Some(Some(agent.id)),
        grading_llamada: Some(Grading::BPlus),
        grading_situacion: Some(Grading::D),
        nacionalidad: Some("peru".into()),
    };
    assert_eq!(matching(&f, filter).await, [full]);
}

async fn contact_orders_run_both_ways_with_ties_by_id(f: Fixture) {
    for (first, city) in [("Ángel", "Lugo"), ("ana", "Ávila"), ("Zoe", "avila"), ("Ana", "Lugo"), ("Berta", "Burgos")]
    {
        let fields = ContactFields {
            city: Some(city.into()),
            email: Some(format!("{first}@Example.org")),
            ..contact_named(first, "")
        };
        f.contact_with(fields).await;
    }
    for (_, sort) in ContactSort::ALL {
        let list = async |descending| {
            let query = ContactQuery { sort, descending, ..all() };
            f.store().contact_list(query).await.unwrap().items
        };
        let (up, down) = (list(false).await, list(true).await);
        let key = |contact: &Contact| match sort {
            ContactSort::CreatedAt => format!("{:020}", contact.created_at.micros()),
            ContactSort::UpdatedAt => format!("{:020}", contact.updated_at.micros()),
            ContactSort::Name => reparto_domain::fold::fold(&contact.fields.name()),
            ContactSort::Email => contact.fields.email.clone().unwrap_or_default().to_lowercase(),
            ContactSort::City => reparto_domain::fold::fold(contact.fields.city.as_deref().unwrap_or_default()),
        };
        assert_eq!((up.len(), down.len()), (5, 5));
        assert!(up.windows(2).all(|pair| key(&pair[0]) <= key(&pair[1])), "{sort:?} ascending");
        assert!(down.windows(2).all(|pair| key(&pair[0]) >= key(&pair[1])), "{sort:?} descending");
        for rows in [up, down] {
            let ties = rows.windows(2).filter(|pair| key(&pair[0]) == key(&pair[1]));
            let order: Vec<bool> = ties.map(|pair| pair[0].id < pair[1].id).collect();
            assert!(order.iter().all(|up| *up == order[0]), "{sort:?}: ties follow by id");
        }
    }
}

async fn contact_slices_have_no_gap_or_overlap(f: Fixture) {
    for _ in 0..7 {
        f.contact_with(ContactFields { city: Some("Lugo".into()), ..contact_named("Ana", "Igual") }).await;
    }
    for (_, sort) in ContactSort::ALL {
        let list = async |skip, limit| {
            let query = ContactQuery { sort, slice: Slice { skip, limit }, ..all() };
            let page = f.store().contact_list(query).await.unwrap();
            assert_eq!(page.total, 7);
            page.items
        };
        let mut parts = Vec::new();
        for skip in [0, 3, 6] {
            parts.extend(list(skip, 3).await);
        }
        assert_eq!(parts, list(0, 1_000).await, "{sort:?}");
        assert!(list(7, 3).await.is_empty() && list(u64::MAX, 3).await.is_empty());
    }
}

async fn changes_of_contacts_are_in_the_audit_log(f: Fixture) {
    let made = create(&f, f.admin(), contact_named("Ana", "Uno")).await.unwrap();
    edit(&f, f.admin(), made.id, |c| c.city = Some("Lugo".into())).await.unwrap();
    f.store().contact_delete(&f.as_admin(), made.id, false).await.unwrap();
    for action in [action::CONTACT_CREATED, action::CONTACT_UPDATED, action::CONTACT_DELETED] {
        let log = f.log_of(action).await;
        assert_eq!((log.len(), log[0].entity_id.clone()), (1, Some(made.id.to_string())), "{action}");
        assert_eq!((log[0].actor_id, log[0].entity_type.as_str()), (Some(f.admin().id), "contact"));
    }
}
