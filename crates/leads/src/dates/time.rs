//! The time of a date, and its offset.

use jiff::{civil, tz::Offset};

/// The names of offsets, in minutes.
const ZONES: [(&str, i32); 18] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
];

/// Splits a folded text into date and time; the time is empty if there is none.
pub(super) fn split(text: &str) -> (&str, &str) {
    let from = start(text).unwrap_or(text.len());
    let (before, time) = text.split_at(from);
    let date = before.trim_end_matches(|c: char| !c.is_ascii_digit());
    let between = before[date.len()..].trim_matches([' ', ',', '-']);
    let joined = !time.is_empty() && matches!(between, "" | "t" | "at" | "a las" | "a la" | "las");
    (if joined { date } else { before.trim() }, time.trim())
}

/// Where the time begins: at the digits before the first colon, before `h` and digits, or before AM or PM.
fn start(text: &str) -> Option<usize> {
    let before = |at: usize| {
        let digits = text[..at].len() - text[..at].trim_end_matches(|c: char| c.is_ascii_digit()).len();
        (digits > 0 && digits <= 2).then(|| at - digits)
    };
    if let Some(at) = text.find(':') {
        return before(at);
    }
    for mark in ["h", " am", " pm", "am", "pm", " a.", " p.", " a m", " p m"] {
        for (at, _) in text.match_indices(mark) {
            if let Some(start) = before(at).filter(|start| *start > 0 && text[..*start].ends_with([' ', ',', 't'])) {
                return Some(start);
            }
        }
    }
    // "16/01/2025 10.30"
    let (rest, last) = text.rsplit_once(' ')?;
    let (hour, minute) = last.split_once('.')?;
    let is_clock = (1..=2).contains(&hour.len()) && minute.len() == 2;
    let digits = hour.bytes().chain(minute.bytes()).all(|byte| byte.is_ascii_digit());
    (is_clock && digits).then_some(rest.len() + 1)
}

/// Parses a folded time.
pub(super) fn parse(text: &str) -> Option<(civil::Time, Option<Offset>)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || ":.,".contains(c))).unwrap_or(text.len());
    // "10:30:00 GMT+0100 (hora estándar de Europa central)"
    let named = text[end..]
        .split_once('(')
        .map_or(&text[end..], |(offset, _)| if offset.trim().is_empty() { &text[end..] } else { offset });
    let (clock, mut rest) = (&text[..end], named.trim());
    let (clock, minutes) = match rest.strip_prefix('h') {
        Some(after) => {
            let digits = after.trim_start_matches(|c: char| c.is_ascii_digit());
            let minutes = &after[..after.len() - digits.len()];
            rest = digits.trim_start_matches(['s', '.', ' ']).trim();
            (clock, Some(minutes))
        }
        None => (clock, None),
    };
    let compact: String = rest.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    let (half, zone) = match compact.get(..2) {
        Some("am") => (Some(0), compact[2..].to_owned()),
        Some("pm") => (Some(12), compact[2..].to_owned()),
        _ => (None, compact),
    };
    let clock = clock.trim_end_matches(['.', ',']);
    let (whole, fraction) = match clock.matches(':').count() {
        2 => clock.split_once(['.', ',']).unwrap_or((clock, "")),
        _ => (clock, ""),
    };
    let mut parts: Vec<i8> = whole.split([':', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    if let Some(minutes) = minutes {
        parts.push(if minutes.is_empty() { 0 } else { minutes.parse().ok()? });
    }
    let (hour, minute, second) = match parts[..] {
        [hour] if half.is_some() => (hour, 0, 0),
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
    };
    let nanoseconds: i32 = match fraction {
        "" => 0,
        digits if digits.len() <= 9 => format!("{digits:0<9}").parse().ok()?,
        _ => return None,
    };
    let time = civil::Time::new(hour, minute, second, nanoseconds).ok()?;
    Some((time, if zone.is_empty() { None } else { Some(offset(&zone)?) }))
}

/// Parses an offset: `+01:00`, `+0100`, `gmt+1`, `cest`.
fn offset(text: &str) -> Option<Offset> {
    let text = text.trim_matches(['(', ')']);
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == text) {
        return Offset::from_seconds(minutes * 60).ok();
    }
    let text = text.strip_prefix("utc").or_else(|| text.strip_prefix("gmt")).unwrap_or(text);
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-" | "−", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = match digits.len() {
        1 | 2 => (digits.parse().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then(|| Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok())?
}
