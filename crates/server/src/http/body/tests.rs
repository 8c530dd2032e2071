use serde_json::{Value, json};
use utoipa::{PartialSchema as _, ToSchema as _};

use reparto_domain::Priority;

use super::{
    RequestBody as _, boolean, change, expected, id, integer, nested, nullable, one_of, optional, or_default,
    request_body, required, text,
};
use crate::http::{Problem, messages};

request_body! {
    /// Part of the body.
    struct InnerBody {
        /// A number inside the body.
        least: Option<i64> = optional(integer(0..=10)),
    }
}

request_body! {
    /// A body for tests,
    /// in two lines.
    #[example(json!({"name": "x"}))]
    struct OuterBody {
        /// A name of five letters.
        name: String = required(text(5)),
        /// Notes that can be emptied.
        notes: Option<Option<String>> = change(text(5)),
        /// A holder or nobody.
        holder: Option<String> = nullable(id()),
        /// Somebody a rule asks for.
        assignee: Option<String> = expected(id()),
        /// How urgent it is.
        priority: Priority = or_default(one_of(), Priority::Medium),
        /// Whether it is active.
        active: bool = or_default(boolean(), true),
        /// Fields of an inner object.
        inner: Option<InnerBody> = optional(nested()),
    }
}

fn read(body: &Value) -> Result<OuterBody, Vec<(String, &'static str)>> {
    OuterBody::parse(body.as_object().unwrap()).map_err(|problem| match problem {
        Problem::Invalid(faults) => {
            faults.into_iter().map(|error| (error.field, messages::fault_type(&error.fault))).collect()
        }
        other => panic!("{other:?}"),
    })
}

#[test]
fn absent_null_and_set_are_three_things() {
    let sent = json!({"name": " Ana ", "holder": null});
    let body = read(&sent).unwrap();
    assert_eq!((body.name.as_str(), body.notes, body.holder, body.assignee), ("Ana", None, None, None));
    assert_eq!((body.priority, body.active, body.inner.is_none()), (Priority::Medium, true, true));
    for empty in [json!(null), json!(""), json!("  ")] {
        assert_eq!(read(&json!({"name": "Ana", "holder": "", "notes": empty})).unwrap().notes, Some(None));
    }
    let sent = json!({
        "name": "Ana", "holder": "x", "notes": "y", "assignee": "z", "priority": "low", "active": false,
        "inner": {"least": 3.0}, "unknown": [1],
    });
    let body = read(&sent).unwrap();
    assert_eq!((body.notes, body.holder.as_deref()), (Some(Some("y".into())), Some("x")));
    assert_eq!((body.priority, body.active), (Priority::Low, false));
    assert_eq!(body.inner.and_then(|inner| inner.least), Some(3));
}

#[test]
fn a_text_is_kept_without_invisible_characters() {
    let body =
        read(&json!({"name": "\u{200b}Zo\u{ad}e\u{200e} ", "notes": "\u{feff}\u{200b}", "holder": null})).unwrap();
    assert_eq!((body.name.as_str(), body.notes), ("Zoe", Some(None)));
    assert!(read(&json!({"name": "\u{200b}"})).is_err());
    assert!(read(&json!({"name": "\u{0}"})).is_err());
}

#[test]
fn all_faults_are_collected_in_the_order_of_the_fields() {
    let faults = read(&json!({
        "inner": {"least": 11}, "active": "yes", "priority": "soon", "assignee": 1, "notes": "too long", "name": null,
    }));
    let expected = [
        ("name", "missing"),
        ("notes", "length"),
        ("holder", "missing"),
        ("assignee", "type_error"),
        ("priority", "enum"),
        ("active", "type_error"),
        ("inner.least", "out_of_range"),
    ];
    assert_eq!(faults.unwrap_err(), expected.map(|(field, fault)| (field.to_owned(), fault)));
}

#[test]
fn the_schema_says_what_the_parser_takes() {
    let schema = serde_json::to_value(OuterBody::schema()).unwrap();
    let expected = json!({
        "type": "object",
        "description": "A body for tests,\nin two lines.",
        "examples": [{"name": "x"}],
        "required": ["name", "holder", "assignee"],
        "properties": {
            "name": {"type": "string", "maxLength": 5, "pattern": r"\S", "description": "A name of five letters."},
            "notes": {"type": ["string", "null"], "maxLength": 5, "description": "Notes that can be emptied."},
            "holder": {"type": ["string", "null"], "description": "A holder or nobody."},
            "assignee": {"type": "string", "description": "Somebody a rule asks for."},
            "priority": {
                "oneOf": [{"$ref": "#/components/schemas/Priority"}, {"type": "null"}],
                "default": "medium",
                "description": "How urgent it is.",
            },
            "active": {"type": ["boolean", "null"], "default": true, "description": "Whether it is active."},
            "inner": {
                "oneOf": [{"$ref": "#/components/schemas/InnerBody"}, {"type": "null"}],
                "description": "Fields of an inner object.",
            },
        },
    });
    assert_eq!(schema, expected);
    let mut referred = Vec::new();
    OuterBody::schemas(&mut referred);
    let mut names: Vec<String> = referred.into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["InnerBody", "Priority"]);
}
