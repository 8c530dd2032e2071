//! Search: a part of the contact's name, email, phones or city.

use reparto_domain::{
    OpportunityId,
    contacts::{AgentsSee, ContactFields, ContactFilter, ContactVisibility},
    fold::fold,
    opportunities::{OpportunityFilter, OpportunityQuery},
};

use crate::{
    Fixture,
    fixture::{all_opportunities, contact_named},
};

rules! { $ search_rules in opportunities::search {
    case_and_accents_do_not_matter,
    every_searched_field_matches_by_any_part,
    one_and_two_character_searches_work,
    search_metacharacters_are_literal,
    search_operators_are_plain_text,
    a_search_never_matches_across_two_fields,
    a_phone_is_found_with_and_without_separators,
    a_renamed_contact_is_found_by_its_new_name,
    contacts_are_found_in_the_same_way,
    searches_page_by_cursor_with_totals,
    a_very_long_search_is_no_error,
}}

fn searching(text: &str) -> OpportunityFilter {
    OpportunityFilter { search: Some(fold(text)), ..OpportunityFilter::default() }
}

async fn finds(f: &Fixture, text: &str, expected: &[OpportunityId]) {
    assert_eq!(f.matching(searching(text)).await, expected, "searching {text:?}");
}

async fn case_and_accents_do_not_matter(f: Fixture) {
    let id = f.opportunity_of(contact_named("José", "NÚÑEZ Łódź")).await;
    f.opportunity_of(contact_named("Ana", "Pérez")).await;
    for text in ["jose", "JOSÉ", "José Núñez", "nunez", "ÑEZ", "łódź", "lodz", "jose\u{301}"] {
        finds(&f, text, &[id]).await;
    }
}

fn full_contact() -> ContactFields {
    ContactFields {
        email: Some("Ana.Garcia@Correo.example".into()),
        phone: Some("+34 911 22 33 44".into()),
        mobile: Some("600-123-456".into()),
        city: Some("San Sebastián de los Reyes".into()),
        ..contact_named("Ana María", "García-Ruiz")
    }
}

async fn every_searched_field_matches_by_any_part(f: Fixture) {
    let id = f.opportunity_of(full_contact()).await;
    f.opportunity_of(contact_named("Otro", "Distinto")).await;
    for text in
        ["maria", "garcia-ruiz", "Ana María García", "garcia@correo", "911 22", "0-123-4", "sebastian de", "reyes"]
    {
        finds(&f, text, &[id]).await;
    }
    finds(&f, "nadie", &[]).await;
}

async fn one_and_two_character_searches_work(f: Fixture) {
    let id = f.opportunity_of(contact_named("Xi", "Ωmega")).await;
    f.opportunity_of(contact_named("Ana", "Pérez")).await;
    for text in ["x", "xi", "Ω", "ωm"] {
        finds(&f, text, &[id]).await;
    }
    finds(&f, "zz", &[]).await;
}

async fn search_metacharacters_are_literal(f: Fixture) {
    let mut made = Vec::new();
    for name in ["100% real", "under_score", "O'Brien", "say \"hola\"", "back\\slash", "a*b (c) [d] ^e $f ?g"] {
        made.push((name, f.opportunity_of(contact_named(name, "")).await));
    }
    f.opportunity_of(contact_named("nothing", "special")).await;
    for (name, id) in &made {
        finds(&f, name, &[*id]).await;
    }
    for (text, index) in [
        ("%", 0),
        ("0%", 0),
        ("_", 1),
        ("r_s", 1),
        ("'", 2),
        ("o'b", 2),
        ("\"", 3),
        ("\"hola\"", 3),
        ("\\", 4),
        ("k\\s", 4),
        ("*", 5),
        ("(c)", 5),
        ("[d] ^", 5),
        ("$f ?g", 5),
    ] {
        finds(&f, text, &[made[index].1]).await;
    }
    for text in ["%%", "__", "''", "';--", "\" OR \"", "%real%x", "_eal"] {
        finds(&f, text, &[]).await;
    }
}

async fn search_operators_are_plain_text(f: Fixture) {
    let id = f.opportunity_of(contact_named("not near", "and or")).await;
    f.opportunity_of(contact_named("near", "other")).await;
    for text in ["not near", "NOT", "and or", "AND", "t near a"] {
        finds(&f, text, &[id]).await;
    }
    for text in ["search_text:near", "near*", "NEAR(not near)", "-near", "near OR other", "{near}", "near + other"] {
        finds(&f, text, &[]).await;
    }
}

async fn a_search_never_matches_across_two_fields(f: Fixture) {
    f.opportunity_of(ContactFields { city: Some("Burgos".into()), ..contact_named("Ana", "Pérez") }).await;
    for text in ["perez burgos", "perezburgos", "ana burgos"] {
        finds(&f, text, &[]).await;
    }
}

async fn a_phone_is_found_with_and_without_separators(f: Fixture) {
    let id = f.opportunity_of(full_contact()).await;
    for text in ["600-123-456", "600123456", "34911223344", "+34 911 22", "123456"] {
        finds(&f, text, &[id]).await;
    }
}

async fn a_renamed_contact_is_found_by_its_new_name(f: Fixture) {
    let id = f.opportunity_of(contact_named("Antigua", "Persona")).await;
    let contact = f.get(id).await.contact.id;
    for (from, to) in [("Antigua", "Moderna"), ("Moderna", "Última")] {
        let edit = move |mut fields: ContactFields| {
            fields.first_name = Some(to.to_owned());
            fields
        };
        f.store().contact_update(&f.as_admin(), contact, Box::new(edit), AgentsSee::Own).await.unwrap();
        finds(&f, from, &[]).await;
        finds(&f, to, &[id]).await;
    }
    finds(&f, "persona", &[id]).await;
}

async fn contacts_are_found_in_the_same_way(f: Fixture) {
    f.contact_with(full_contact()).await;
    f.contact_with(contact_named("100% O'Brien", "_x")).await;
    let count = async |text: &str| {
        let filter = ContactFilter { search: Some(fold(text)), ..ContactFilter::default() };
        f.store().contact_count(ContactVisibility::All, filter).await.unwrap()
    };
    for text in ["MARÍA", "600123456", "%", "o'b", "_", "_x", "ga"] {
        assert_eq!(count(text).await, 1, "{text}");
    }
    assert_eq!((count("a").await, count("zz").await, count("\"").await), (1, 0, 0));
}

async fn searches_page_by_cursor_with_totals(f: Fixture) {
    let mut made = Vec::new();
    for index in 0..7 {
        made.insert(0, f.opportunity_of(contact_named("Buscada", &format!("{index}"))).await);
        f.opportunity().await;
    }
    let mut query = OpportunityQuery { filter: searching("buscada"), limit: 3, ..all_opportunities() };
    let mut walked = Vec::new();
    loop {
        let page = f.list(query.clone()).await;
        assert_eq!((page.total, page.total_is_exact), (7, true));
        walked.extend(page.items.into_iter().map(|row| row.id));
        assert!(walked.len() <= 7);
        let Some(cursor) = page.next else { break };
        query.position = reparto_domain::opportunities::Position::After(cursor);
    }
    assert_eq!(walked, made);
}

async fn a_very_long_search_is_no_error(f: Fixture) {
    f.opportunity().await;
    for text in ["x".repeat(10_000), "\"'%_*(".repeat(500), "ñ ".repeat(2_000)] {
        finds(&f, &text, &[]).await;
    }
}
