use super::*;
use crate::dealing::hours::{Shift, TimeOfDay};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn shift(days: &[i8], from: &str, to: &str) -> Shift {
    let time = |text: &str| text.parse::<TimeOfDay>().unwrap();
    Shift::new(days.to_vec(), time(from), time(to)).unwrap()
}

fn hours(shifts: &[Shift]) -> Hours {
    Hours::new(shifts.to_vec()).unwrap()
}

const WEEK: [i8; 7] = [1, 2, 3, 4, 5, 6, 7];

/// Somebody in Madrid with these hours.
struct Somebody {
    zone: Zone,
    hours: Option<Hours>,
    closed_days: Vec<Date>,
    absences: Vec<Period>,
    paused_until: Option<Timestamp>,
}

impl Somebody {
    fn with(hours: Option<Hours>) -> Self {
        Self {
            zone: "Europe/Madrid".parse().unwrap(),
            hours,
            closed_days: Vec::new(),
            absences: Vec::new(),
            paused_until: None,
        }
    }

    fn obstacles(&self, when: &str) -> Vec<(Reason, Option<Timestamp>)> {
        let presence = Presence {
            zone: &self.zone,
            hours: self.hours.as_ref(),
            closed_days: &self.closed_days,
            absences: &self.absences,
            paused_until: self.paused_until,
        };
        presence.obstacles(at(when)).into_iter().map(|obstacle| (obstacle.reason, obstacle.until)).collect()
    }
}

#[test]
fn hours_are_those_of_the_zone() {
    let office = Somebody::with(Some(hours(&[shift(&[1, 2, 3, 4, 5], "09:00", "18:00")])));
    // A Monday in winter: Madrid is an hour ahead of UTC.
    assert_eq!(office.obstacles("2026-01-12T07:59:59Z"), [(Reason::OutsideHours, Some(at("2026-01-12T08:00:00Z")))]);
    assert_eq!(office.obstacles("2026-01-12T08:00:00Z"), []);
    assert_eq!(office.obstacles("2026-01-12T16:59:59Z"), []);
    assert_eq!(office.obstacles("2026-01-12T17:00:00Z"), [(Reason::OutsideHours, Some(at("2026-01-13T08:00:00Z")))]);
    // From Friday to Monday; in summer it is two hours.
    assert_eq!(office.obstacles("2026-07-10T16:00:00Z"), [(Reason::OutsideHours, Some(at("2026-07-13T07:00:00Z")))]);
}

#[test]
fn a_shift_past_midnight_belongs_to_the_day_on_which_it_begins() {
    let mut night = Somebody::with(Some(hours(&[shift(&[5], "22:00", "06:00")])));
    assert_eq!(night.obstacles("2026-01-16T21:00:00Z"), []);
    assert_eq!(night.obstacles("2026-01-17T04:59:00Z"), []);
    assert_eq!(night.obstacles("2026-01-17T05:00:00Z"), [(Reason::OutsideHours, Some(at("2026-01-23T21:00:00Z")))]);
    // Saturday closed: the shift of Friday goes on.
    night.closed_days = vec![day("2026-01-17")];
    assert_eq!(night.obstacles("2026-01-17T04:00:00Z"), []);
    // Friday closed: not even past its midnight.
    night.closed_days = vec![day("2026-01-16")];
    assert_eq!(night.obstacles("2026-01-17T04:00:00Z"), [(Reason::ClosedDay, Some(at("2026-01-16T23:00:00Z")))]);
}

#[test]
fn a_whole_day_is_from_midnight_to_midnight() {
    for to in ["00:00", "24:00"] {
        let always = Somebody::with(Some(hours(&[shift(&WEEK, "00:00", to)])));
        for when in ["2026-01-16T22:59:59Z", "2026-01-16T23:00:00Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z"] {
            assert_eq!(always.obstacles(when), [], "{when} {to}");
        }
    }
}

#[test]
fn skipped_and_repeated_hours_are_no_special_case() {
    // On 29 March 2026 clocks go from 02:00 to 03:00, which is 01:00 UTC.
    let early = Somebody::with(Some(hours(&[shift(&WEEK, "02:30", "04:00")])));
    assert_eq!(early.obstacles("2026-03-29T00:59:59Z"), [(Reason::OutsideHours, Some(at("2026-03-29T01:00:00Z")))]);
    assert_eq!(early.obstacles("2026-03-29T01:00:00Z"), []);
    assert_eq!(early.obstacles("2026-03-29T02:00:00Z"), [(Reason::OutsideHours, Some(at("2026-03-30T00:30:00Z")))]);
    // On 25 October the time from 02:00 to 03:00 comes twice: 00:00 to 02:00 UTC.
    assert_eq!(early.obstacles("2026-10-25T00:29:00Z"), [(Reason::OutsideHours, Some(at("2026-10-25T00:30:00Z")))]);
    assert_eq!(early.obstacles("2026-10-25T00:45:00Z"), []);
    assert_eq!(early.obstacles("2026-10-25T01:15:00Z"), [(Reason::OutsideHours, Some(at("2026-10-25T01:30:00Z")))]);
    assert_eq!(early.obstacles("2026-10-25T02:59:00Z"), []);
}

#[test]
fn closed_days_end_at_the_midnight_after_the_last() {
    let mut always = Somebody::with(None);
    always.closed_days = vec![day("2026-12-25"), day("2026-12-24")];
    assert_eq!(always.obstacles("2026-12-24T10:00:00Z"), [(Reason::ClosedDay, Some(at("2026-12-25T23:00:00Z")))]);
    assert_eq!(always.obstacles("2026-12-25T22:59:59Z").len(), 1);
    assert_eq!(always.obstacles("2026-12-25T23:00:00Z"), []);
}

#[test]
fn absences_that_follow_each_other_end_together() {
    let mut somebody = Somebody::with(None);
    let absence = |from: &str, until: Option<&str>| Period::new(at(from), until.map(at)).unwrap();
    somebody.absences = vec![
        absence("2026-08-10T00:00:00Z", Some("2026-08-20T00:00:00Z")),
        absence("2026-08-01T00:00:00Z", Some("2026-08-10T00:00:00Z")),
    ];
    assert_eq!(somebody.obstacles("2026-08-05T00:00:00Z"), [(Reason::Absent, Some(at("2026-08-20T00:00:00Z")))]);
    assert_eq!(somebody.obstacles("2026-08-20T00:00:00Z"), []);
    somebody.absences.push(absence("2026-08-19T00:00:00Z", None));
    assert_eq!(somebody.obstacles("2026-08-05T00:00:00Z"), [(Reason::Absent, None)]);
}

#[test]
fn every_obstacle_is_named_with_its_own_end() {
    let mut somebody = Somebody::with(Some(hours(&[])));
    somebody.paused_until = Some(at("2026-08-02T00:00:00Z"));
    somebody.absences = vec![Period::new(at("2026-08-01T00:00:00Z"), None).unwrap()];
    let expected =
        [(Reason::OutsideHours, None), (Reason::Absent, None), (Reason::Paused, Some(at("2026-08-02T00:00:00Z")))];
    assert_eq!(somebody.obstacles("2026-08-01T12:00:00Z"), expected);
    assert_eq!(somebody.obstacles("2026-08-03T12:00:00Z").len(), 2);
}

#[test]
fn hours_and_zones_are_checked() {
    for text in ["9:00", "24:01", "12:60", "1200", "aa:bb", "+1:00", ""] {
        assert!(text.parse::<TimeOfDay>().is_err(), "{text:?}");
    }
    assert!(Shift::new(vec![], "09:00".parse().unwrap(), "18:00".parse().unwrap()).is_err());
    assert!(Shift::new(vec![0], "09:00".parse().unwrap(), "18:00".parse().unwrap()).is_err());
    assert_eq!(shift(&[5, 1, 5], "09:00", "18:00").days(), [1, 5]);
    for name in ["Europe/Madrid", "America/Bogota", "UTC"] {
        assert_eq!(name.parse::<Zone>().unwrap().name(), name);
    }
    for name in ["", "Mars/Base", "+02:00", "../../etc/passwd"] {
        assert!(name.parse::<Zone>().is_err(), "{name:?}");
    }
    for wrong in [r#"[{"days":[8],"from":"22:00","to":"06:00"}]"#, r#"[{"days":[1],"from":"25:00","to":"06:00"}]"#] {
        assert!(serde_json::from_str::<Hours>(wrong).is_err(), "{wrong}");
    }
    let parsed: Hours = serde_json::from_str(r#"[{"days":[1,2],"from":"22:00","to":"06:00"}]"#).unwrap();
    assert_eq!(serde_json::to_string(&parsed).unwrap(), r#"[{"days":[1,2],"from":"22:00","to":"06:00"}]"#);
}
