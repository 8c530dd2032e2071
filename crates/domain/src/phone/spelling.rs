//! How numbers are written, and what spreadsheets make of them.

use unicode_normalization::UnicodeNormalization as _;

use crate::text::without_invisible;

/// The zeros of scripts that have ten digits in a row; those of full width are normalised before.
const ZEROS: [u32; 58] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
    0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450,
    0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50,
    0x1E140, 0x1E2F0, 0x1E950,
];

/// Words in front of a number that add nothing to it.
const PREFIXES: [&str; 12] =
    ["p:", "tel:", "tel.:", "tel.", "telf:", "tlf:", "tfno:", "phone:", "callto:", "sms:", "whatsapp:", "mobile:"];

/// The text in ASCII digits and hyphens, without invisible characters and the decoration by which a spreadsheet keeps a
/// text a text: `="600111222"`, `'600111222`.
pub(super) fn plain(text: &str) -> String {
    let plain: String = without_invisible(text).nfkc().map(plain_char).collect();
    let mut plain = plain.trim();
    loop {
        let inner = plain.trim_start_matches(['\'', '=']).trim();
        let inner = inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(inner).trim();
        if inner.len() == plain.len() {
            return plain.to_owned();
        }
        plain = inner;
    }
}

/// A digit of any script as an ASCII digit, a dash of any length as a hyphen.
pub(crate) fn plain_char(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') {
        return '-';
    }
    let code = c as u32;
    // They ascend: the last one that is not above it.
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= code)].last().filter(|zero| code < **zero + 10);
    zero.and_then(|zero| char::from_digit(code - zero, 10)).unwrap_or(c)
}

/// A number as a spreadsheet writes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SpreadsheetNumber {
    /// All of its digits.
    Whole(String),
    /// Digits are missing (`3,46E+10`), so that it is a wreck.
    Wreck,
}

/// A number as a spreadsheet writes it: with a needless fraction (`34600111222.0`), or with an exponent. `None`: it is
/// neither.
pub(super) fn spreadsheet_number(text: &str) -> Option<SpreadsheetNumber> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let (mantissa, exponent) = match ["e", "×10^", "x10^", "*10^", "·10^"]
        .iter()
        .find_map(|mark| compact.split_once(mark))
    {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<usize>().ok()?),
        None if compact.contains(['.', ',']) => (compact.as_str(), 0),
        None => return None,
    };
    let (plus, mantissa) = match mantissa.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once(['.', ',', '٫', '·']).unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || exponent > 30 {
        return None;
    }
    if exponent == 0 {
        // "600111222.00"; but "600.111" is a number with a full stop in it.
        let needless =
            whole.len() >= super::DIGITS_MIN && !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
        return needless.then(|| SpreadsheetNumber::Whole(format!("{plus}{whole}")));
    }
    if fraction.len() < exponent {
        return Some(SpreadsheetNumber::Wreck);
    }
    let (known, rest) = fraction.split_at(exponent);
    Some(if rest.bytes().all(|byte| byte == b'0') {
        SpreadsheetNumber::Whole(format!("{plus}{whole}{known}"))
    } else {
        SpreadsheetNumber::Wreck
    })
}

/// The text without a known prefix, and how many letters and digits that had.
pub(super) fn without_prefix(text: &str) -> (&str, usize) {
    let text = text.trim();
    let found =
        PREFIXES.iter().find(|prefix| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)));
    match found {
        Some(prefix) => (text[prefix.len()..].trim_start(), super::scan::signs(prefix)),
        None => (text, 0),
    }
}

/// The number without `(0)` after the country's code, and without brackets that are not closed.
pub(crate) fn tidy(text: &str) -> String {
    let text = text.trim();
    let international =
        text.trim_start_matches('(').starts_with(['+']) || text.trim_start_matches('(').starts_with("00");
    let mut tidy = text.to_owned();
    if international {
        tidy = tidy.replace("(0)", " ");
    }
    if tidy.matches('(').count() != tidy.matches(')').count() {
        tidy = tidy.replace(['(', ')'], " ");
    }
    tidy.split_whitespace().collect::<Vec<_>>().join(" ")
}
