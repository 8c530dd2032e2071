use super::*;
use crate::Leads;
use reparto_domain::Status;

fn read(text: &str) -> Vec<Result<ImportRow, RowProblem>> {
    Leads::open(text.as_bytes(), &Options::default()).unwrap().collect()
}

fn row(text: &str) -> ImportRow {
    read(text).remove(0).unwrap()
}

fn problem(text: &str) -> String {
    read(text).remove(0).unwrap_err().to_string()
}

#[test]
fn short_rows_are_padded_and_long_ones_refused() {
    assert_eq!(row("Email,City\na@example.org\n").contact.city, None);
    assert_eq!(row("Email,City\na@example.org,Madrid,,\n").contact.city.as_deref(), Some("Madrid"));
    assert!(problem("Email,City\na@example.org,Madrid,Spain\n").contains("3 cells"));
}

#[test]
fn invalid_values_name_line_column_and_value() {
    assert_eq!(problem("Email\nana\n"), "line 2: column \"Email\": \"ana\" is not a valid email address");
    assert_eq!(problem("Email,Date\na@example.org,ayer\n"), "line 2: column \"Date\": \"ayer\" is not a valid date");
    for score in ["-1", "101", "NaN", "inf", "many"] {
        assert!(problem(&format!("Email,Score\na@example.org,{score}\n")).contains("score from 0 to 100"), "{score}");
    }
}

#[test]
fn the_first_address_or_phone_counts_all_are_kept() {
    let row = row("Email,Phone\n\"a@example.org, b@example.org\",\"600 111 222; 600333444\"\n");
    assert_eq!(row.contact.email.as_deref(), Some("a@example.org"));
    assert_eq!(row.contact.phone.as_deref(), Some("600 111 222"));
    assert_eq!(row.contact.custom_fields.to_value()["Email"], "a@example.org, b@example.org");
    assert_eq!(row.contact.custom_fields.to_value()["Phone"], "600 111 222; 600333444");
}

#[test]
fn rounded_phones_are_refused_and_apostrophes_dropped() {
    assert!(problem("Name,Phone\nAna,\"3.46E+10\"\n").contains("rounded"));
    assert_eq!(row("Name,Phone\nAna,'+34600111222\n").contact.phone.as_deref(), Some("+34600111222"));
}

#[test]
fn unknown_columns_and_words_are_kept_as_custom_fields() {
    let row = row("Email,Favourite colour,Status,Priority\na@example.org,blue,Cita agendada,regular\n");
    assert_eq!(row.status, None);
    assert_eq!(row.priority, Priority::Medium);
    for (header, value) in [("Favourite colour", "blue"), ("Status", "Cita agendada"), ("Priority", "regular")] {
        assert_eq!(row.contact.custom_fields.to_value()[header], value);
    }
}

#[test]
fn owners_match_by_address_or_name_else_stay_text() {
    let mut options = Options::default();
    options.people.insert(fold("Ana García"), "ana@example.org".to_owned());
    let text = "Email,Owner\na@example.org,Eva <eva@example.org>\nb@example.org,ANA GARCIA\nc@example.org,Who\n";
    let rows: Vec<ImportRow> = Leads::open(text.as_bytes(), &options).unwrap().map(Result::unwrap).collect();
    let holders: Vec<Option<&str>> = rows.iter().map(|row| row.holder_email.as_deref()).collect();
    assert_eq!(holders, [Some("eva@example.org"), Some("ana@example.org"), None]);
    assert_eq!(rows[2].contact.custom_fields.to_value()["Owner"], "Who");
}

#[test]
fn a_second_column_fills_an_empty_field() {
    let text = "Person - Name,Person - Email - Work,Person - Email - Home\nAna,,a@example.org\nEva,e@example.org,f@example.org\n";
    let rows = read(text);
    let emails: Vec<_> = rows.iter().map(|row| row.as_ref().unwrap().contact.email.as_deref()).collect();
    assert_eq!(emails, [Some("a@example.org"), Some("e@example.org")]);
    assert_eq!(rows[1].as_ref().unwrap().contact.custom_fields.to_value()["Person - Email - Home"], "f@example.org");
}

#[test]
fn our_own_reasons_attempts_and_custom_fields_round_trip() {
    let text = concat!(
        "id,email,status,detection_reason,first_call_attempts,custom_fields\n",
        "x,a@example.org,lost,\"{\"\"a\"\":[1]}\",",
        "\"{\"\"1\"\":{\"\"status\"\":\"\"red\"\",\"\"attempted_at\"\":\"\"2025-01-16T10:30:00Z\"\"}}\",\"{\"\"k\"\":true}\"\n",
    );
    let row = row(text);
    assert_eq!(row.detection_reason.to_value()["a"], serde_json::json!([1]));
    assert_eq!(row.attempts[&1].status, reparto_domain::AttemptStatus::Red);
    assert_eq!(row.contact.custom_fields.to_value()["k"], true);
    assert_eq!(row.status, Some(Status::Lost));
    assert!(!row.contact.custom_fields.get("id").is_some());
}

#[test]
fn an_attempt_beyond_the_fifth_is_an_error() {
    let attempts = r#""{""6"":{""status"":""red"",""attempted_at"":""2025-01-16T10:30:00Z""}}""#;
    assert!(problem(&format!("email,first_call_attempts\na@example.org,{attempts}\n")).contains("map of attempts"));
}

#[test]
fn control_characters_go_and_endless_texts_are_refused() {
    assert_eq!(row("Name,City\nAna,Ma\u{0}dri\u{7}d\n").contact.city.as_deref(), Some("Madrid"));
    assert!(problem(&format!("Name,City\nAna,{}\n", "x".repeat(TEXT_MAX + 1))).contains("too many"));
}

#[test]
fn notes_of_several_columns_are_joined_by_line() {
    let row = row("Contacto principal,Nota 1,Nota 2\nAna,uno,dos\n");
    assert_eq!(row.notes.as_deref(), Some("uno\ndos"));
}

#[test]
fn an_object_over_its_bounds_does_not_lose_the_lead() {
    let file = format!("email,Campo libre\na@example.org,{}\n", "x".repeat(20_000));
    let read = row(&file);
    assert_eq!(read.contact.email.as_deref(), Some("a@example.org"));
    assert_eq!((read.contact.custom_fields.as_str(), read.left_out), ("{}", vec!["Campo libre".to_owned()]));
    let deep = format!("{}1{}", "{\"\"a\"\":".repeat(20), "}".repeat(20));
    let file =
        format!("id,email,status,detection_reason,custom_fields\n1,a@example.org,pending,\"{deep}\",\"{deep}\"\n");
    let read = row(&file);
    assert_eq!(read.left_out, ["a", "detection_reason.a"]);
}
