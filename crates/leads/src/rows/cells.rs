//! Reads single cells.

use reparto_domain::{Score, spreadsheet::unescape_cell, text::tidy, values::EmailAddress};

/// Cleans a cell: removes what nobody sees, surrounding blanks, control characters, and the apostrophe or `="…"` by which
/// spreadsheets and exports keep a text from being run or rounded. Our own exports have apostrophes inside cells, too.
pub(super) fn clean(cell: &str, own: bool) -> Option<String> {
    let unescaped = if own { unescape_cell(cell.trim()) } else { unmarked(cell.trim()).into() };
    let plain: String = unescaped.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect();
    tidy(&plain).map(std::borrow::Cow::into_owned)
}

/// Whether [`clean`] takes control characters out of the midst of a cell. Those around it are padding.
pub(super) fn has_controls(cell: &str) -> bool {
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    cell.trim_matches(|c: char| c.is_control() || c.is_whitespace()).contains(is_control)
}

/// The text without the mark of a spreadsheet.
fn unmarked(text: &str) -> &str {
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        return inner;
    }
    match text.strip_prefix('\'') {
        Some(rest)
            if rest.starts_with(['=', '+', '-', '@', '\t', '\'']) || rest.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => text,
    }
}

/// The first email address in a text, and whether the text holds more than that: further addresses, words. A name in
/// front (`Ana <ana@example.org>`), `mailto:` and full stops at the end are understood.
pub(super) fn email(text: &str) -> Option<(EmailAddress, bool)> {
    let separates =
        |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '|' | '/' | '[' | ']');
    let mut first: Option<EmailAddress> = None;
    let mut more = false;
    for part in text.split(separates).filter(|part| !part.is_empty()) {
        let start = part.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:"));
        let part = part[start.map_or(0, str::len)..].split('?').next().unwrap_or_default();
        let part = part.trim_matches(['.', ':', '\'', '’', '`', '*']);
        match (EmailAddress::new(part), &first) {
            (Some(address), None) => first = Some(address),
            (Some(address), Some(known)) => more |= address.key() != known.key(),
            (None, _) => more |= part.contains(|c: char| c.is_alphanumeric()),
        }
    }
    first.map(|address| (address, more))
}

/// Parses a score: a number from 0 to 100, rounded, with a decimal point or comma, with or without a percent sign; or a
/// part of a whole (`87/100`, `4/5`). What may be something else is not read: `1.000`, `0.87`.
pub(super) fn score(text: &str) -> Option<Score> {
    let folded = text.to_lowercase();
    let plain = ["%", "puntos", "points", "pts.", "pts", "ptos", "p."]
        .iter()
        .find_map(|unit| folded.strip_suffix(unit))
        .unwrap_or(&folded)
        .trim();
    let number = match plain.split_once('/') {
        Some((part, whole)) => {
            let (part, whole) = (decimal(part)?, decimal(whole)?);
            if whole < 1.0 {
                return None;
            }
            part / whole * 100.0
        }
        None => match decimal(plain)? {
            // Of 1 or of 100? Nobody knows.
            number if number > 0.0 && number < 1.0 => return None,
            number => number,
        },
    };
    if !(0.0..=100.0).contains(&number) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number from 0 to 100")]
    Score::new(number.round() as i64)
}

/// Parses a plain decimal number. Three digits after a point or comma may be thousands: they are not read, unless they
/// are zero times as much.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() == 3 {
        return None;
    }
    format!("{whole}.{fraction}0").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_what_people_write() {
        for (text, expected, more) in [
            ("ana@example.org", "ana@example.org", false),
            ("mar@example.org.", "mar@example.org", false),
            ("<til@example.org>", "til@example.org", false),
            ("Val Rey <val@example.org>", "val@example.org", true),
            ("MAILTO:yan@example.org?subject=hola", "yan@example.org", false),
            ("a@example.org; b@example.org", "a@example.org", true),
            ("a@example.org, A@EXAMPLE.org", "a@example.org", false),
            ("a@example.org ::: b@example.org", "a@example.org", true),
            ("'ana@example.org'", "ana@example.org", false),
            ("trabajo: ana@example.org", "ana@example.org", true),
        ] {
            let (address, rest) = email(text).unwrap();
            assert_eq!((address.as_str(), rest), (expected, more), "{text}");
        }
        for text in ["paz@example", "ana", "@", "ana@@example.org", "ana at example.org"] {
            assert!(email(text).is_none(), "{text}");
        }
    }

    #[test]
    fn scores_are_read_or_not_guessed() {
        for (text, expected) in [
            ("87", 87),
            ("87,5", 88),
            ("87.4 %", 87),
            ("87/100", 87),
            ("4/5", 80),
            ("4,5/5", 90),
            ("100", 100),
            ("0", 0),
            ("87 pts", 87),
            ("50.0", 50),
        ] {
            assert_eq!(score(text).map(Score::get), Some(expected), "{text}");
        }
        for text in
            ["1.000", "-1", "101", "NaN", "inf", "alto", "0,87", "0.5", "87.125", "6/5", "5/0", "1e2", "", "★★★"]
        {
            assert_eq!(score(text), None, "{text}");
        }
    }

    #[test]
    fn marks_of_spreadsheets_are_removed() {
        for (text, expected) in [
            ("'+34600111222", "+34600111222"),
            ("'600", "600"),
            ("=\"00123\"", "00123"),
            ("'Ana", "'Ana"),
            (" \u{feff}Ana\u{200b} ", "Ana"),
            ("Ma\u{0}dri\u{7}d", "Madrid"),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(clean(text, false).as_deref(), Some(expected), "{text:?}");
        }
        for text in ["", " ", "\u{200b}", "=\"\"", "\u{7}"] {
            assert_eq!(clean(text, false), None, "{text:?}");
        }
    }
}
