//! Finds the numbers in a text.

use super::{Country, DIGITS_MAX, DIGITS_MIN, identified};

/// The fewest digits on one side of a separator for it to separate two numbers: `91/2345678` is one.
const APART_MIN: usize = 7;

/// Words that introduce an extension, longest first.
const EXTENSIONS: [&str; 10] =
    ["extension", "extensión", "interno", "anexo", "ext.", "ext:", "ext=", "ext", "int.", "x"];

/// A number found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub text: &'a str,
    pub extension: Option<&'a str>,
}

/// How many letters and digits there are.
pub(super) fn signs(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// The parts of a text that may be a number each.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let mut parts = vec![text];
    for separator in [":::", ";", "\n", "\r", "\t", "|", "/", ",", " y ", " o ", " or ", " and ", " - "] {
        parts = parts.into_iter().flat_map(|part| split(part, separator)).collect();
    }
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let parts: Vec<&str> = text.split(separator).collect();
    // The comma of "3,46E+10" and of "34600111222,00" separates nothing, nor does the one before an extension.
    let whole = parts.len() == 1
        || parts[1..]
            .iter()
            .any(|part| part.trim_start().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("ext")))
        || super::spelling::spreadsheet_number(text).is_some()
        || parts.iter().filter(|part| may_be_number(part)).count() < if separator == "/" { 2 } else { 1 };
    if whole { vec![text] } else { parts }
}

fn may_be_number(part: &str) -> bool {
    digits(part) >= APART_MIN || super::spelling::spreadsheet_number(part).is_some()
}

/// The numbers in a part.
pub(super) fn numbers(text: &str, country: Country) -> Vec<Found<'_>> {
    let (text, extension) = extension(text);
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+' || c == '(') {
        let run = &rest[start..];
        let end = run
            .char_indices()
            .find(|(at, c)| {
                !(c.is_ascii_digit()
                    || " -.()/,'\u{a0}".contains(*c)
                    || (*c == '+' && *at == 0)
                    || (*c == '+' && run[..*at].trim_matches('(').is_empty()))
            })
            .map_or(run.len(), |(at, _)| at);
        let end = end.max(run.chars().next().map_or(1, char::len_utf8));
        found.extend(several(run[..end].trim_end_matches([' ', '-', '.', '(', '/', ',', '\'', '\u{a0}']), country));
        rest = &run[end..];
    }
    if let (Some(extension), Some(last)) = (extension, found.last_mut()) {
        last.extension = Some(extension);
    }
    found
}

/// The numbers in a run of digits and blanks: one, or several if they are too many digits for one.
fn several(run: &str, country: Country) -> Vec<Found<'_>> {
    let one = |text| Found { text, extension: None };
    let count = digits(run);
    if count < DIGITS_MIN {
        return Vec::new();
    }
    if count <= DIGITS_MAX {
        return vec![one(run)];
    }
    // "600 111 222 600 333 444": the shortest starts that are numbers, to the end.
    let mut numbers = Vec::new();
    let mut rest = run;
    while digits(rest) > 0 {
        let ends = rest.match_indices(' ').map(|(at, _)| at).chain([rest.len()]);
        let end =
            ends.filter(|end| digits(&rest[..*end]) >= 9).find(|end| identified(&rest[..*end], country).is_some());
        let Some(end) = end else { return Vec::new() };
        numbers.push(one(rest[..end].trim()));
        rest = rest[end..].trim_start();
    }
    numbers
}

/// Splits off an extension at the end: `600111222 ext. 12`.
fn extension(text: &str) -> (&str, Option<&str>) {
    let digits_from = text
        .trim_end()
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let number = text[digits_from..].trim_end();
    let before = text[..digits_from].trim_end_matches([' ', '.', ':', '=', '#']);
    if number.is_empty() || number.len() > 6 {
        return (text, None);
    }
    let hash = text[before.len()..digits_from].contains('#');
    for word in EXTENSIONS {
        let word = word.trim_end_matches(['.', ':', '=']);
        let Some(start) = before.len().checked_sub(word.len()).filter(|start| before.is_char_boundary(*start)) else {
            continue;
        };
        // A letter before it makes it the end of another word.
        let apart = !before[..start].ends_with(char::is_alphabetic);
        if apart && before[start..].to_lowercase() == word && digits(&before[..start]) >= DIGITS_MIN {
            return (before[..start].trim_end_matches([' ', ';', ',', '.', '-', '(']), Some(number));
        }
    }
    if hash && digits(before) >= DIGITS_MIN { (before, Some(number)) } else { (text, None) }
}
