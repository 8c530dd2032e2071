use super::*;

fn read(text: &str, order: DateOrder) -> String {
    parse(text, order, &TimeZone::UTC).map_or_else(|| "none".to_owned(), |at| at.to_string())
}

#[test]
fn dates_are_read_as_each_system_writes_them() {
    for (text, expected) in [
        ("2025-01-16", "2025-01-16T00:00:00Z"),
        ("2025-01-16 10:30", "2025-01-16T10:30:00Z"),
        ("2025-01-16T10:30:00+01:00", "2025-01-16T09:30:00Z"),
        ("2025-01-16T10:30", "2025-01-16T10:30:00Z"),
        ("2025-01-16T10:30:00.250Z", "2025-01-16T10:30:00.25Z"),
        ("2025-01-16 10:30:00 +0100", "2025-01-16T09:30:00Z"),
        ("2025-01-16 10:30:00 -05", "2025-01-16T15:30:00Z"),
        ("2025-01-16 10:30:00 UTC", "2025-01-16T10:30:00Z"),
        ("2025-01-16 10:30 CET", "2025-01-16T09:30:00Z"),
        ("2025-01-16 10:30:00 (GMT+2)", "2025-01-16T08:30:00Z"),
        ("2025/01/16 10:30:05", "2025-01-16T10:30:05Z"),
        ("Thu Jan 16 2025 10:30:00 GMT+0100 (hora estándar de Europa central)", "2025-01-16T09:30:00Z"),
        ("16/01/2025", "2025-01-16T00:00:00Z"),
        ("6/1/25", "2025-01-06T00:00:00Z"),
        ("16 / 1 / 2025", "2025-01-16T00:00:00Z"),
        ("16/01/2025 10:30", "2025-01-16T10:30:00Z"),
        ("16/01/2025 10:30am", "2025-01-16T10:30:00Z"),
        ("16/01/2025 10.30", "2025-01-16T10:30:00Z"),
        ("16/01/2025 10h30", "2025-01-16T10:30:00Z"),
        ("16/01/2025 9 PM", "2025-01-16T21:00:00Z"),
        ("16/01/2025 9pm", "2025-01-16T21:00:00Z"),
        ("26.03.2026 19:18:21", "2026-03-26T19:18:21Z"),
        ("16-01-2025, 1:05 p. m.", "2025-01-16T13:05:00Z"),
        ("16/01/2025 12:00 AM", "2025-01-16T00:00:00Z"),
        ("16 ene 2025", "2025-01-16T00:00:00Z"),
        ("16 ene. 2025 10:30", "2025-01-16T10:30:00Z"),
        ("16-Jan-2025", "2025-01-16T00:00:00Z"),
        ("16-ene-25", "2025-01-16T00:00:00Z"),
        ("2025-Jan-16", "2025-01-16T00:00:00Z"),
        ("16 de enero de 2025", "2025-01-16T00:00:00Z"),
        ("jueves, 16 de enero de 2025 a las 10:30", "2025-01-16T10:30:00Z"),
        ("mar, 4 mar 2025", "2025-03-04T00:00:00Z"),
        ("mar. 7 ene. 2025", "2025-01-07T00:00:00Z"),
        ("Jan 16, 2025", "2025-01-16T00:00:00Z"),
        ("January 16th, 2025 at 10:30 AM", "2025-01-16T10:30:00Z"),
        ("Thu, 16 Jan 2025 10:30:00 +0100", "2025-01-16T09:30:00Z"),
        ("Thu Jan 16 2025", "2025-01-16T00:00:00Z"),
        ("3 SEPT 2025", "2025-09-03T00:00:00Z"),
        ("45673", "2025-01-16T00:00:00Z"),
        ("45673,4375", "2025-01-16T10:30:00Z"),
        ("45673.4375", "2025-01-16T10:30:00Z"),
        ("1737023400", "2025-01-16T10:30:00Z"),
        ("1737023400000", "2025-01-16T10:30:00Z"),
        ("20250116", "2025-01-16T00:00:00Z"),
        ("20250116103000", "2025-01-16T10:30:00Z"),
    ] {
        assert_eq!(read(text, DateOrder::DayFirst), expected, "{text}");
    }
    assert_eq!(read("1/16/2025, 10:30 AM", DateOrder::MonthFirst), "2025-01-16T10:30:00Z");
    assert_eq!(read("25/01/16", DateOrder::YearFirst), "2025-01-16T00:00:00Z");
    // Four digits are a year wherever they are, and with full stops the day is first.
    assert_eq!(read("2025/01/16", DateOrder::DayFirst), "2025-01-16T00:00:00Z");
    assert_eq!(read("05.01.2025", DateOrder::MonthFirst), "2025-01-05T00:00:00Z");
}

#[test]
fn malformed_dates_are_refused() {
    for text in [
        "",
        "ayer",
        "31/02/2025",
        "1/16/2025",
        "16/01",
        "16/01/2025 25:00",
        "16/01/2025 13:00 PM",
        "//",
        "123",
        "99999",
        "16 enero febrero 2025",
        "enero 2025",
        "16/01/2025 10:30 Narnia",
        "0000-00-00",
        "600111222",
        "20251316",
        "1,5",
        "ene 16",
        ":",
        "h",
        "a las",
    ] {
        assert_eq!(read(text, DateOrder::DayFirst), "none", "{text}");
    }
}

#[test]
fn times_without_an_offset_are_of_the_zone() {
    let zone = TimeZone::get("Europe/Madrid").unwrap();
    let read = |text| parse(text, DateOrder::DayFirst, &zone).unwrap().to_string();
    for (text, expected) in [
        ("16/01/2025 00:30", "2025-01-15T23:30:00Z"),
        ("15/07/2025", "2025-07-14T22:00:00Z"),
        ("2025-07-15T10:00:00Z", "2025-07-15T10:00:00Z"),
        ("15 jul 2025 10:00 UTC", "2025-07-15T10:00:00Z"),
        ("45673,4375", "2025-01-16T09:30:00Z"),
        ("1737023400", "2025-01-16T10:30:00Z"),
        // An hour that the clocks skipped is the one after it.
        ("30/03/2025 02:30", "2025-03-30T01:30:00Z"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

fn seen(dates: &[&str]) -> Result<DateOrder, OrderError> {
    let mut evidence = OrderEvidence::default();
    for (at, date) in dates.iter().enumerate() {
        evidence.see(at as u64 + 2, date);
    }
    evidence.order()
}

#[test]
fn the_order_is_seen_from_all_dates() {
    for (dates, order) in [
        (&["01/05/2025", "01/16/2025", "12/02/2025"][..], DateOrder::MonthFirst),
        (&["01/05/2025 10:30", "16/01/2025"], DateOrder::DayFirst),
        (&["01.05.2025", "2025-01-05", "16 ene 2025", "45673", "n/a"], DateOrder::DayFirst),
        (&["05/05/2025"], DateOrder::DayFirst),
        (&["25/01/16", "25/01/05", "99/12/31"], DateOrder::DayFirst),
        (&["32/01/16"], DateOrder::YearFirst),
        (&[], DateOrder::DayFirst),
    ] {
        assert_eq!(seen(dates), Ok(order), "{dates:?}");
    }
}

#[test]
fn an_order_that_no_date_shows_is_asked_for() {
    let error = seen(&["05/05/2025", "01/05/2025"]).unwrap_err();
    assert_eq!(error, OrderError::Unknown { line: 3, text: "01/05/2025".to_owned() });
    assert!(error.to_string().contains("--date-order dmy") && error.to_string().contains("--date-order mdy"));
    let error = seen(&["16/01/2025", "01/05/2025", "01/16/2025"]).unwrap_err();
    assert!(error.to_string().contains("line 2") && error.to_string().contains("line 4"), "{error}");
}
