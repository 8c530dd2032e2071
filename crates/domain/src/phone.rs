//! Telephone numbers: from any text to the numbers in it.

mod country;
mod scan;
mod spelling;

pub use country::{Country, UnknownCountry};
use spelling::SpreadsheetNumber;

/// The fewest digits of a number that can be called from anywhere.
const DIGITS_MIN: usize = 5;

/// The most digits of a number, with the country's code (E.164).
const DIGITS_MAX: usize = 15;

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// How it was written, in plain digits and without decoration: `+34 600-111-222`.
    pub text: String,
    /// The extension, in digits.
    pub extension: Option<String>,
    /// What identifies it: the same for `600 111 222`, `+34600111222` and `0034 600-111-222`. Digits: the national
    /// number if it is Spanish, else the international one.
    pub key: String,
}

/// The numbers in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phones {
    /// The numbers, in order, each once.
    pub numbers: Vec<PhoneNumber>,
    /// Whether a number was lost when a spreadsheet rounded it (`3,46E+10`): which one it was, nobody knows.
    pub rounded: bool,
    /// Whether the text holds more than the first number: further ones, an extension, words.
    pub more: bool,
}

/// Finds the numbers in a text. Numbers without a country's code are those of `country`.
///
/// Understood are blanks and punctuation of any kind, digits of any script, `00` for `+`, `(0)` after the country's code,
/// extensions, `tel:` and other prefixes, `="…"`, what spreadsheets make of numbers (`34600111222.0`, `3.46001E9` if no
/// digit is missing), and several numbers in one text.
pub fn read(text: &str, country: Country) -> Phones {
    let plain = spelling::plain(text);
    let mut phones = Phones::default();
    let mut used = 0;
    for part in scan::parts(&plain) {
        match spelling::spreadsheet_number(part) {
            Some(SpreadsheetNumber::Whole(digits)) => {
                used += scan::signs(part);
                phones.add(&digits, None, country);
            }
            Some(SpreadsheetNumber::Wreck) => {
                phones.rounded = true;
                used += scan::signs(part);
            }
            None => {
                let (part, prefix) = spelling::without_prefix(part);
                used += prefix;
                for found in scan::numbers(part, country) {
                    used += scan::signs(found.text);
                    let first = phones.numbers.is_empty();
                    phones.add(found.text, found.extension, country);
                    phones.more |= first && found.extension.is_some();
                }
            }
        }
    }
    phones.more |=
        phones.numbers.len() > 1 || (phones.rounded && !phones.numbers.is_empty()) || used < scan::signs(&plain);
    phones
}

impl Phones {
    fn add(&mut self, text: &str, extension: Option<&str>, country: Country) {
        let Some(key) = key(text, country) else { return };
        let extension = extension.map(str::to_owned);
        if !self.numbers.iter().any(|known| known.key == key && known.extension == extension) {
            self.numbers.push(PhoneNumber { text: spelling::tidy(text), extension, key });
        }
    }
}

/// What identifies a number; `None` if it is too short or too long, or one repeated digit (`000 000 000`).
fn key(text: &str, country: Country) -> Option<String> {
    let tidy = spelling::tidy(text);
    let digits: String = tidy.chars().filter(char::is_ascii_digit).collect();
    let (digits, international) = match digits.strip_prefix("00") {
        Some(rest) => (rest, true),
        None => (digits.as_str(), tidy.starts_with('+')),
    };
    let first = digits.chars().next()?;
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) || digits.chars().all(|c| c == first) {
        return None;
    }
    // Nearly all numbers are Spanish; the library takes a hundred times as long.
    let spanish = |digits: &str| digits.len() == 9 && digits.starts_with(['6', '7', '8', '9']);
    if let Some(national) = digits.strip_prefix("34").filter(|rest| spanish(rest))
        && (international || country == Country::SPAIN)
    {
        return Some(national.to_owned());
    }
    if !international && country == Country::SPAIN && spanish(digits) {
        return Some(digits.to_owned());
    }
    let full = if international { format!("+{digits}") } else { digits.to_owned() };
    Some(country.international(&full).unwrap_or_else(|| digits.to_owned()))
}

#[cfg(test)]
mod tests;
