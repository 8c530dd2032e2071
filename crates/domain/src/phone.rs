//! Telephone numbers: from any text to the numbers in it.

mod country;
mod scan;
mod spelling;

pub use country::{Country, UnknownCountry};
use spelling::SpreadsheetNumber;
pub(crate) use spelling::{plain_char, tidy};

/// What stands before a number of the country where it is searched for.
pub(crate) const HOME: char = '=';

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
    /// By what it is searched for: [`HOME`] and the national number if it is one of the country, else `+` and the
    /// international one. So a beginning of it is told from digits in its middle.
    pub searched: String,
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
    if !is_digits(text) {
        return read_any(text, country);
    }
    let mut phones = Phones::default();
    phones.add(text, None, country);
    phones
}

fn read_any(text: &str, country: Country) -> Phones {
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

/// Whether a text is nothing but the digits of one number, perhaps in groups, after a `+` or not. Nearly all are, and need
/// not be looked at in every way.
fn is_digits(text: &str) -> bool {
    let text = text.trim_ascii();
    let groups = text.strip_prefix('+').unwrap_or(text).as_bytes();
    let digits = groups.iter().filter(|byte| byte.is_ascii_digit()).count();
    groups.iter().all(|byte| byte.is_ascii_digit() || *byte == b' ') && (DIGITS_MIN..=DIGITS_MAX).contains(&digits)
}

impl Phones {
    /// What identifies the first number; `None` if there is none.
    pub fn first_key(self) -> Option<String> {
        self.numbers.into_iter().next().map(|number| number.key)
    }

    fn add(&mut self, text: &str, extension: Option<&str>, country: Country) {
        let text = tidy(text);
        let Some(Identified { key, searched }) = identified_tidy(&text, country) else { return };
        let extension = extension.map(str::to_owned);
        if !self.numbers.iter().any(|known| known.key == key && known.extension == extension) {
            self.numbers.push(PhoneNumber { text, extension, key, searched });
        }
    }
}

/// What identifies the first number in a text, where numbers without a code are of this installation's country; `None`
/// if there is none, or one that identifies nobody.
pub fn key(text: &str) -> Option<String> {
    read(text, Country::home()).first_key()
}

/// A number's [`PhoneNumber::key`] and [`PhoneNumber::searched`].
#[derive(Debug)]
struct Identified {
    key: String,
    searched: String,
}

/// What identifies a number; `None` if it is too short or too long, or one repeated digit (`000 000 000`).
fn identified(text: &str, country: Country) -> Option<Identified> {
    identified_tidy(&tidy(text), country)
}

/// The same, of a number without decoration.
fn identified_tidy(tidy: &str, country: Country) -> Option<Identified> {
    let digits: String = tidy.chars().filter(char::is_ascii_digit).collect();
    let (digits, international) = match digits.strip_prefix("00") {
        Some(rest) => (rest, true),
        None => (digits.as_str(), tidy.starts_with('+')),
    };
    let first = digits.chars().next()?;
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) || digits.chars().all(|c| c == first) {
        return None;
    }
    let is_home = country == Country::SPAIN;
    let of_spain = |national: &str| Identified {
        key: national.to_owned(),
        searched: if is_home { format!("{HOME}{national}") } else { format!("+34{national}") },
    };
    // Nearly all numbers are Spanish; the library takes a hundred times as long.
    let spanish = |digits: &str| digits.len() == 9 && digits.starts_with(['6', '7', '8', '9']);
    if let Some(national) = digits.strip_prefix("34").filter(|rest| spanish(rest))
        && (international || is_home)
    {
        return Some(of_spain(national));
    }
    if !international && is_home && spanish(digits) {
        return Some(of_spain(digits));
    }
    let full = if international { format!("+{digits}") } else { digits.to_owned() };
    let Some(valid) = country.valid(&full) else {
        let code = country.code().map(|code| code.to_string()).unwrap_or_default();
        let searched = match digits.strip_prefix(code.as_str()).filter(|_| !code.is_empty()) {
            Some(national) if international => format!("{HOME}{national}"),
            _ if international => format!("+{digits}"),
            _ => format!("{HOME}{digits}"),
        };
        return Some(Identified { key: digits.to_owned(), searched });
    };
    if valid.country == Some(Country::SPAIN) {
        return Some(of_spain(&valid.national));
    }
    let searched = if valid.country == Some(country) {
        format!("{HOME}{}", valid.national)
    } else {
        format!("+{}", valid.international)
    };
    Some(Identified { key: valid.international, searched })
}

#[cfg(test)]
mod tests;
