//! Search: a part of the contact's name, email, phones or city.

use reparto_domain::{
    ContactId, OpportunityId,
    contacts::{AgentsSee, ContactFields, ContactFilter, ContactQuery, ContactSort, ContactVisibility},
    opportunities::{OpportunityFilter, OpportunityQuery},
    page::Slice,
    search::Search,
};

use crate::{
    Fixture,
    fixture::{all_opportunities, contact_named},
};

rules! { $ search_rules in opportunities::search {
    case_accents_and_punctuation_do_not_matter,
    every_searched_field_matches_by_any_part,
    one_and_two_character_searches_work,
    search_metacharacters_are_literal,
    search_operators_are_plain_text,
    words_are_found_in_any_order_and_field,
    a_word_never_matches_across_two_fields,
    a_phone_is_found_in_any_spelling,
    a_search_finds_whom_the_domain_finds,
    a_renamed_contact_is_found_by_its_new_name,
    contacts_are_found_in_the_same_way,
    searches_page_by_cursor_with_totals,
    a_very_long_search_is_no_error,
}}

fn searching(text: &str) -> OpportunityFilter {
    OpportunityFilter { search: Search::new(text), ..OpportunityFilter::default() }
}

async fn finds(f: &Fixture, text: &str, expected: &[OpportunityId]) {
    assert_eq!(f.matching(searching(text)).await, expected, "searching {text:?}");
}

async fn case_accents_and_punctuation_do_not_matter(f: Fixture) {
    let id = f.opportunity_of(contact_named("José", "NÚÑEZ Łódź")).await;
    f.opportunity_of(contact_named("Ana", "Pérez")).await;
    for text in ["jose", "JOSÉ", "José Núñez", "nunez", "ÑEZ", "łódź", "lodz", "jose\u{301}", "jo\u{200b}sé", "nu-ñez"]
    {
        finds(&f, text, &[id]).await;
    }
    let id = f.opportunity_of(contact_named("Jean‑Luc", "O’Brien Col·lell")).await;
    for text in ["jean-luc", "jeanluc", "jean luc", "o'brien", "obrien", "col·lell", "collell", "col.lell", "o'b"] {
        finds(&f, text, &[id]).await;
    }
}

fn full_contact() -> ContactFields {
    ContactFields {
        email: Some("Ana.Garcia@Correo.example".into()),
        phone: Some("+34 911 22 33 44".into()),
        mobile: Some("600-123-456".into()),
        city: Some("San Sebastián de los Reyes".into()),
        company_name: Some("Talleres Ibáñez, S.L.".into()),
        ..contact_named("Ana María", "García-Ruiz")
    }
}

async fn every_searched_field_matches_by_any_part(f: Fixture) {
    let id = f.opportunity_of(full_contact()).await;
    f.opportunity_of(contact_named("Otro", "Distinto")).await;
    for text in [
        "maria",
        "garcia-ruiz",
        "Ana María García",
        "garcia@correo",
        "911 22",
        "0-123-4",
        "sebastian de",
        "reyes",
        "talleres",
        "ibáñez sl",
    ] {
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
        ("o'b", 2),
        ("\"hola\"", 3),
        ("\\", 4),
        ("k\\s", 4),
        ("*", 5),
        ("*b (c)", 5),
        ("[d] ^", 5),
        ("$f ?g", 5),
    ] {
        finds(&f, text, &[made[index].1]).await;
    }
    for text in ["%%", "__", "';--x", "\" XOR \"", "%real%x", "_eal"] {
        finds(&f, text, &[]).await;
    }
}

async fn search_operators_are_plain_text(f: Fixture) {
    let id = f.opportunity_of(contact_named("not near", "and or")).await;
    f.opportunity_of(contact_named("near", "other")).await;
    for text in ["not near", "NOT", "and or", "AND", "near NOT"] {
        finds(&f, text, &[id]).await;
    }
    for text in ["search_text:near", "near*", "NEAR(not x)", "near OR others", "^near", "near + other"] {
        finds(&f, text, &[]).await;
    }
}

async fn words_are_found_in_any_order_and_field(f: Fixture) {
    let id = f.opportunity_of(full_contact()).await;
    f.opportunity_of(contact_named("Ana María", "Pérez")).await;
    for text in [
        "garcía ana",
        "ruiz maría reyes",
        "García-Ruiz, Ana María",
        "600123456 ana",
        "an san 911",
        "ga 600 123 456 s",
        "es ana.garcia@correo",
    ] {
        finds(&f, text, &[id]).await;
    }
    finds(&f, "garcía perez", &[]).await;
    finds(&f, "ana zz", &[]).await;
}

async fn a_word_never_matches_across_two_fields(f: Fixture) {
    f.opportunity_of(ContactFields { city: Some("Burgos".into()), ..contact_named("Ana", "Pérez") }).await;
    for text in ["perezburgos", "perez-burgos", "zbu"] {
        finds(&f, text, &[]).await;
    }
}

async fn a_phone_is_found_in_any_spelling(f: Fixture) {
    let id = f.opportunity_of(full_contact()).await;
    for text in [
        "600-123-456",
        "600123456",
        "600 12 34 56",
        "+34600123456",
        "0034 600 123 456",
        "٦٠٠١٢٣٤٥٦",
        "34911223344",
        "34911",
        "+34 911 22",
        "123456",
        "tel:+34-911-223-344",
    ] {
        finds(&f, text, &[id]).await;
    }
    finds(&f, "600 123 457", &[]).await;
    let french =
        f.opportunity_of(ContactFields { phone: Some("+33 6 00 12 34 56".into()), ..contact_named("A", "B") }).await;
    finds(&f, "+34 600", &[id]).await;
    finds(&f, "+33 6 00", &[french]).await;
    finds(&f, "600123456", &[french, id]).await;
    let id =
        f.opportunity_of(ContactFields { phone: Some("+49 (0)30 701007".into()), ..contact_named("J", "G") }).await;
    for text in ["0049 30 701007", "+4930701007", "30 701007", "030 701007"] {
        finds(&f, text, &[id]).await;
    }
}

/// Names, addresses, numbers and cities of all kinds, and what is searched for.
async fn a_search_finds_whom_the_domain_finds(f: Fixture) {
    let texts = ["Ana", "Søren Æb", "O'Neil-Ruiz", "Ñ", "a.b@x.example", "100%_a", "Işıl \"x\"", "del Río 12", "x*y"];
    let numbers = ["+34 600-701-001", "600.701.002", "0049 30 701007", "n/a", "12 34", "600111222 ext. 7"];
    let mut made = Vec::new();
    for place in 0..24 {
        let text = |step: usize| Some(texts[(place * step + step) % texts.len()].to_owned());
        let fields = ContactFields {
            first_name: text(1),
            last_name: text(2).filter(|_| place % 3 > 0),
            email: (place % 4 == 1).then(|| format!("p.{place}@x-{place}.example")),
            phone: Some(numbers[place % numbers.len()].to_owned()).filter(|_| place % 5 > 0),
            mobile: Some(numbers[place / 2 % numbers.len()].to_owned()).filter(|_| place % 2 > 0),
            city: text(5).filter(|_| place % 4 > 1),
            company_name: text(7).filter(|_| place % 6 > 3),
            ..ContactFields::default()
        };
        let searched = fields.search_text();
        made.insert(0, (f.opportunity_of(fields).await, searched));
    }
    let listed = async |search: Option<Search>| {
        let query = ContactQuery {
            visibility: ContactVisibility::All,
            filter: ContactFilter { search, ..ContactFilter::default() },
            sort: ContactSort::Name,
            descending: false,
            slice: Slice { skip: 0, limit: 100 },
        };
        let page = f.store().contact_list(query).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items
    };
    let everybody = listed(None).await;
    let parts = [
        "a",
        "ñ",
        "ana",
        "soren",
        "æb",
        "600",
        "701",
        "+34",
        "+34 600",
        "12",
        "x",
        "o'neil",
        "ruiz",
        "%",
        "*",
        "30 701007",
    ];
    let parts = parts.into_iter().chain(["a.b@x", "\"x\"", "isil", "600 701", "p.5@x-5", "034", "rio", "ext", "zz"]);
    let parts: Vec<&str> = parts.collect();
    for first in 0..parts.len() {
        for text in [parts[first].to_owned(), format!("{} {}", parts[(first * 7 + 3) % parts.len()], parts[first])] {
            let search = Search::new(&text).unwrap();
            let expected: Vec<OpportunityId> =
                made.iter().filter(|(_, searched)| search.matches(searched)).map(|(id, _)| *id).collect();
            finds(&f, &text, &expected).await;
            let contacts: Vec<ContactId> =
                everybody.iter().filter(|one| search.matches(&one.fields.search_text())).map(|one| one.id).collect();
            assert_eq!(listed(Some(search)).await.iter().map(|one| one.id).collect::<Vec<_>>(), contacts, "{text:?}");
        }
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
        let filter = ContactFilter { search: Search::new(text), ..ContactFilter::default() };
        f.store().contact_count(ContactVisibility::All, filter).await.unwrap()
    };
    for text in ["MARÍA", "600123456", "%", "o'b", "_", "_x", "ga", "ruiz ana", "re 600 s", "0034 600 123 456"] {
        assert_eq!(count(text).await, 1, "{text}");
    }
    assert_eq!((count("a").await, count("zz").await, count("ana %x").await), (1, 0, 0));
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
    for text in ["x".repeat(10_000), "%_*$".repeat(500), "ñz ".repeat(2_000)] {
        finds(&f, &text, &[]).await;
    }
}
