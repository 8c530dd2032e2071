//! Dates with the name of a month.

use jiff::civil;

/// The names of the months, folded: Spanish and English, in full and short.
const MONTHS: [&[&str]; 12] = [
    &["enero", "ene", "january", "jan"],
    &["febrero", "feb", "february"],
    &["marzo", "mar", "march"],
    &["abril", "abr", "april", "apr"],
    &["mayo", "may"],
    &["junio", "jun", "june"],
    &["julio", "jul", "july"],
    &["agosto", "ago", "august", "aug"],
    &["septiembre", "setiembre", "sept", "sep", "set", "september"],
    &["octubre", "oct", "october"],
    &["noviembre", "nov", "november"],
    &["diciembre", "dic", "december", "dec"],
];

/// Words that say nothing: days of the week and small words.
const IDLE: [&str; 34] = [
    "de",
    "del",
    "el",
    "of",
    "the",
    "at",
    "on",
    "a",
    "las",
    "la",
    "dia",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "lun",
    "mie",
    "jue",
    "vie",
    "sab",
    "dom",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
];
const MORE_IDLE: [&str; 8] = ["thu", "thur", "thurs", "tues", "fri", "sat", "sun", "weds"];

/// Parses a folded date: `16 ene 2025`, `16 de enero de 2025`, `jan 16, 2025`, `thu, 16-jan-2025`.
pub(super) fn parse(text: &str) -> Option<civil::Date> {
    let mut numbers = Vec::new();
    let mut month = None;
    // "mar" is a month and, in Spanish, a Tuesday: it is the month unless there is another.
    let mut tuesday = false;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let ordinal = ["st", "nd", "rd", "th", "º", "o"].iter().find_map(|end| word.strip_suffix(end));
        let digits = ordinal.unwrap_or(word);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() {
            numbers.push((digits.parse::<i16>().ok()?, digits.len()));
            continue;
        }
        let named = MONTHS.iter().position(|names| names.contains(&word));
        match (named, month) {
            (Some(2), _) if word == "mar" && !tuesday => tuesday = true,
            (Some(at), None) => month = Some(at),
            (None, _) if IDLE.contains(&word) || MORE_IDLE.contains(&word) => {}
            (Some(_), Some(_)) | (None, _) => return None,
        }
    }
    let month = month.or(tuesday.then_some(2))?;
    let [(first, first_length), (second, second_length)] = numbers[..] else { return None };
    let (year, day) = match (first_length, second_length) {
        (4, 1..=2) => (first, second),
        (1..=2, 4) => (second, first),
        (1..=2, 2) => (if second < 69 { second + 2000 } else { second + 1900 }, first),
        _ => return None,
    };
    civil::Date::new(year, i8::try_from(month).ok()? + 1, day.try_into().ok()?).ok()
}
