//! Fields of the bodies that create and change teams and members.

use reparto_domain::{
    dealing::hours::{Hours, Shift, TimeOfDay, Zone},
    teams::{ClosedDays, Skill, Skills},
};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat,
        schema::{ArrayItems, Type},
    },
};

use super::present::ShiftView;
use crate::http::{
    body::{
        Faults, Schemas,
        kinds::{Kind, TEXT_MAX, or_empty_text, whole},
        text,
    },
    problem::{Fault, Kind as JsonKind},
};

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn list(items: impl Into<ArrayItems>, max: usize) -> RefOr<Schema> {
    ArrayBuilder::new().items(items).max_items(Some(max)).into()
}

/// The items of a list of texts.
fn texts(sent: &Value) -> Result<Vec<&str>, Faults> {
    let items = sent.as_array().ok_or(Fault::Type(JsonKind::ListOfStrings))?;
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    texts.ok_or_else(|| Fault::Type(JsonKind::ListOfStrings).into())
}

/// A time zone, by its IANA name.
pub(super) struct ZoneName;

impl Kind for ZoneName {
    type Value = Zone;

    fn read(&self, sent: &Value) -> Result<Option<Zone>, Faults> {
        let Some(name) = text(TEXT_MAX).read(sent)? else { return Ok(None) };
        name.parse().map(Some).map_err(|_| Fault::NotKnown.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        string().max_length(Some(TEXT_MAX)).into()
    }

    fn or_blank(&self) -> RefOr<Schema> {
        or_empty_text(self.schema())
    }
}

/// The working hours of a week.
pub(super) struct WorkingHours;

impl Kind for WorkingHours {
    type Value = Hours;

    fn read(&self, sent: &Value) -> Result<Option<Hours>, Faults> {
        let items = sent.as_array().ok_or(Fault::Type(JsonKind::List))?;
        let (mut shifts, mut faults) = (Vec::new(), Faults::default());
        for (number, item) in items.iter().enumerate().take(Hours::MAX) {
            shifts.extend(faults.collect(&number.to_string(), shift(item)));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        if items.len() > Hours::MAX {
            return Err(Fault::Items { max: Hours::MAX }.into());
        }
        Hours::new(shifts).map(Some).map_err(|_| Fault::Items { max: Hours::MAX }.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        list(Ref::from_schema_name(ShiftView::name()), Hours::MAX)
    }

    fn refer(&self, schemas: &mut Schemas) {
        schemas.push((ShiftView::name().into_owned(), ShiftView::schema()));
    }
}

fn shift(sent: &Value) -> Result<Shift, Faults> {
    let sent = sent.as_object().ok_or(Fault::Type(JsonKind::Object))?;
    let mut faults = Faults::default();
    let days = faults.collect("days", days(sent));
    let from = faults.collect("from", time_of_day(sent, "from"));
    let to = faults.collect("to", time_of_day(sent, "to"));
    match (days, from, to) {
        // The numbers were looked at, so that only an empty list is left to be refused.
        (Some(days), Some(from), Some(to)) => {
            let shift = Shift::new(days, from, to);
            shift.map_err(|_| {
                faults.add("days", Fault::Missing);
                faults
            })
        }
        _ => Err(faults),
    }
}

/// The days of the week on which a shift begins.
fn days(shift: &Map<String, Value>) -> Result<Vec<i8>, Faults> {
    let items = match shift.get("days") {
        None | Some(Value::Null) => return Err(Fault::Missing.into()),
        Some(days) => days.as_array().ok_or(Fault::Type(JsonKind::List))?,
    };
    let day = |item: &Value| {
        let number = item.as_number().and_then(whole).ok_or(Fault::Type(JsonKind::Integer))?;
        i8::try_from(number).ok().filter(|day| (1..=7).contains(day)).ok_or(Fault::Range { min: 1, max: 7 })
    };
    items.iter().map(day).collect::<Result<_, Fault>>().map_err(Faults::from)
}

fn time_of_day(shift: &Map<String, Value>, name: &str) -> Result<TimeOfDay, Faults> {
    let sent = match shift.get(name) {
        None | Some(Value::Null) => return Err(Fault::Missing.into()),
        Some(sent) => sent.as_str().ok_or(Fault::Type(JsonKind::String))?,
    };
    sent.trim().parse().map_err(|_| Fault::TimeOfDay.into())
}

/// Days on which nobody works.
pub(super) struct Days;

impl Kind for Days {
    type Value = ClosedDays;

    fn read(&self, sent: &Value) -> Result<Option<ClosedDays>, Faults> {
        let days = texts(sent)?.into_iter().map(|day| ClosedDays::parse(day.trim()));
        let days = days.collect::<Result<Vec<_>, _>>().map_err(|_| Fault::Day)?;
        ClosedDays::new(days).map(Some).ok_or_else(|| Fault::Items { max: ClosedDays::MAX }.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        list(string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))), ClosedDays::MAX)
    }
}

/// What a member can do.
pub(super) struct SkillNames;

impl Kind for SkillNames {
    type Value = Skills;

    fn read(&self, sent: &Value) -> Result<Option<Skills>, Faults> {
        let skills = texts(sent)?.into_iter().map(Skill::new).collect::<Option<Vec<_>>>();
        let skills = skills.ok_or(Fault::Length { min: 1, max: Skill::MAX })?;
        Skills::new(skills).map(Some).ok_or_else(|| Fault::Items { max: Skills::MAX }.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        list(string().min_length(Some(1)).max_length(Some(Skill::MAX)), Skills::MAX)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::Problem;

    /// The fields of the faults that reading gives.
    fn faults<K: Kind>(kind: &K, sent: &Value) -> Vec<String> {
        let mut faults = Faults::default();
        let read = faults.collect("field", kind.read(sent));
        match faults.check(read) {
            Ok(_) => Vec::new(),
            Err(Problem::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_fault_of_hours_is_named() {
        let sent = json!([
            {"days": [1, 5.0], "from": "09:00", "to": " 18:00 "},
            {"days": [0], "from": "9:00", "to": 18},
            {"days": [], "from": "09:00", "to": "24:00"},
            {"days": [8]},
            7,
        ]);
        let expected = ["1.days", "1.from", "1.to", "2.days", "3.days", "3.from", "3.to", "4"];
        assert_eq!(faults(&WorkingHours, &sent), expected.map(|field| format!("field.{field}")));
        assert_eq!(faults(&WorkingHours, &json!("x")), ["field"]);
        assert!(WorkingHours.read(&json!([])).unwrap().is_some_and(|hours| hours.shifts().is_empty()));
        let shift = json!({"days": [1], "from": "09:00", "to": "18:00"});
        assert_eq!(faults(&WorkingHours, &json!(vec![shift.clone(); Hours::MAX])), [""; 0]);
        assert_eq!(faults(&WorkingHours, &json!(vec![shift; Hours::MAX + 1])), ["field"]);
    }

    #[test]
    fn zones_days_and_skills_are_checked() {
        assert!(faults(&ZoneName, &json!("Europe/Madrid")).is_empty());
        for zone in [json!("Europe/Atlantis"), json!("+02:00"), json!(1)] {
            assert_eq!(faults(&ZoneName, &zone), ["field"], "{zone}");
        }
        assert!(faults(&Days, &json!(["2026-12-25", " 2026-01-01"])).is_empty());
        for days in [json!(["2026-02-30"]), json!([1]), json!("2026-12-25"), json!(["2026-12-25T00:00:00Z"])] {
            assert_eq!(faults(&Days, &days), ["field"], "{days}");
        }
        assert!(faults(&SkillNames, &json!(["lang:ar"])).is_empty());
        for skills in [json!([""]), json!(["x".repeat(Skill::MAX + 1)]), json!(["a\0b"]), json!({}), json!([null])] {
            assert_eq!(faults(&SkillNames, &skills), ["field"], "{skills}");
        }
    }
}
