//! Search: the text by which somebody is found, and what is searched for.
//!
//! **A search finds whom each of its words is in**, in whatever order and in whatever field. Both sides are folded (see
//! [`fold`](crate::fold)): case, accents, invisible characters and the script of digits do not matter. Nor does
//! punctuation: `O'Brien`, `OBrien` and `o’brien` are one, as are `Jean-Luc`, `Jean Luc` and `jeanluc` where somebody
//! searches with a hyphen. Signs such as `@`, `_` and `%` are letters like others.
//!
//! **Telephone numbers are compared as digits**: what somebody types is found anywhere in a number. With a country's code
//! (`+34 612`, `0034612`) it is the beginning of a number of that country; digits that may begin with the code of the
//! installation's country (`34612`) are both. A number that is typed in groups is one word; fewer than five digits are no
//! number, and each group is a word of its own.
//!
//! Everything is a substring of one text ([`search_text`], a field on each line), so that any database can find it:
//! engines apply [`Search::matches`] in their own ways.

use serde::{Deserialize, Serialize};

use crate::{
    fold::folded_chars,
    phone::{self, Country, HOME, Phones},
};

/// The version of folding, search texts and keys. With another one, stored texts and keys are made anew.
const VERSION: i32 = 3;

/// What is kept beside texts and keys that were made by the present rules, for numbers of this country; never negative.
pub fn mark(country: Country) -> i32 {
    VERSION * 1_000 + country.index()
}

/// The fewest digits that are searched for as a number.
const NUMBER_MIN: usize = 5;

/// The most digits of one number.
const NUMBER_MAX: usize = 15;

/// The fewest digits that are a whole number beside other digits.
const WHOLE_MIN: usize = 9;

/// What a character is to a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Letter,
    /// Nothing: `O'Brien` is one word.
    Joiner,
    /// A full stop: nothing in `S.L.`, else the end of a word.
    Dot,
    /// The end of a word.
    Break,
}

fn class(c: char) -> Class {
    match c {
        '.' => Class::Dot,
        '\'' | '`' | '‘' | '’' | '‛' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ˈ' | '′' | '׳' | '·' | '‧' | '∙' | '・' | '-' | '⁃'
        | '־' | '゠' | 'ـ' => Class::Joiner,
        ',' | ';' | ':' | '!' | '?' | '"' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '|' | '¿' | '¡' | '«' | '»'
        | '“' | '”' | '„' | '‟' | '‹' | '›' | '‚' | '⁄' | '،' | '؛' | '؟' | '、' | '。' | '•' | '†' | '‡' => {
            Class::Break
        }
        c if c.is_whitespace() || c.is_control() => Class::Break,
        _ => Class::Letter,
    }
}

/// The words of a folded text, separated by blanks.
fn words(folded: impl Iterator<Item = char>) -> String {
    let mut words = String::new();
    // The letters since the last sign that is no letter, and the last of them.
    let mut run = 0;
    let mut last = ' ';
    let mut pending = false;
    for c in folded {
        match class(c) {
            Class::Letter => {
                if pending && !words.is_empty() {
                    words.push(' ');
                }
                pending = false;
                words.push(c);
                run += 1;
                last = c;
            }
            class => {
                // An initial: "S.L." is "SL".
                let initial = class == Class::Dot && run == 1 && last.is_alphabetic();
                pending |= class != Class::Joiner && !initial;
                run = 0;
            }
        }
    }
    words
}

/// The text by which somebody is found: the words of each text and the digits of each telephone number, a line each.
pub fn search_text<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    numbers: impl IntoIterator<Item = &'a str>,
    country: Country,
) -> String {
    let numbers: Vec<_> = numbers.into_iter().map(|text| (text, phone::read(text, country))).collect();
    text_of_read(texts, &numbers)
}

/// The same, where the numbers have been read already: each as it was written, and what was read of it.
pub(crate) fn text_of_read<'a, 'b>(
    texts: impl IntoIterator<Item = &'a str>,
    numbers: impl IntoIterator<Item = &'b (&'b str, Phones)>,
) -> String {
    let mut lines = Lines(String::new());
    for text in texts {
        lines.push(&words(folded_chars(text)));
    }
    for (text, found) in numbers {
        for number in &found.numbers {
            lines.push(&number.searched);
        }
        // What is no number, and what is written beside one.
        if found.numbers.is_empty() || found.more || found.rounded {
            let folded: String = folded_chars(text).collect();
            lines.push(&words(folded.chars()));
            if found.numbers.is_empty() {
                lines.push(&digits(&folded));
            }
        }
    }
    lines.0
}

/// Lines of text, none of them twice.
struct Lines(String);

impl Lines {
    fn push(&mut self, line: &str) {
        if line.is_empty() || self.0.lines().any(|known| known == line) {
            return;
        }
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(line);
    }
}

fn digits(folded: &str) -> String {
    folded.chars().filter(char::is_ascii_digit).collect()
}

/// What is searched for: words, all of which must be found. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Search {
    words: Vec<Word>,
}

/// A word, in the spellings in which it may be found: one at least, none of them empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Word {
    spellings: Vec<String>,
}

impl Search {
    /// Reads what somebody typed; `None` if there is nothing in it to search for.
    pub fn new(text: &str) -> Option<Self> {
        Self::of_country(text, Country::home())
    }

    /// The same, where numbers without a country's code are of this country.
    pub fn of_country(text: &str, country: Country) -> Option<Self> {
        let mut search = Self { words: Vec::new() };
        let folded: String = folded_chars(text).collect();
        if !folded.split_whitespace().all(is_numeric) {
            // "tel:600111222", "=+34600111222"
            let whole = phone::read(text, country);
            if let ([number], false, false) = (whole.numbers.as_slice(), whole.more, whole.rounded) {
                search.add(Word::number(&number.text, country));
                return Some(search);
            }
        }
        let mut group = Vec::new();
        for token in folded.split(|c: char| c.is_whitespace() || c.is_control()) {
            if is_numeric(token) {
                group.push(token);
                continue;
            }
            if !token.chars().all(|c| class(c) != Class::Letter) {
                search.add_group(&std::mem::take(&mut group), country);
                search.add_text(token);
            }
        }
        search.add_group(&group, country);
        (!search.words.is_empty()).then_some(search)
    }

    /// The words.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Whether a text (see [`search_text`]) has all of the words.
    pub fn matches(&self, text: &str) -> bool {
        self.words.iter().all(|word| word.is_in(text))
    }

    fn add(&mut self, word: Word) {
        if !word.spellings.is_empty() && !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    fn add_text(&mut self, token: &str) {
        for part in token.split(|c| class(c) == Class::Break) {
            self.add(Word::text(part));
        }
    }

    /// Adds groups of digits that stand beside each other: one number, several of them, or words.
    fn add_group(&mut self, group: &[&str], country: Country) {
        let [first, others @ ..] = group else { return };
        let whole = group.join(" ");
        let code = country.code().map(|code| code.to_string());
        let has_code = first.trim_start_matches('(').starts_with(['+', '0']) || code.is_some_and(|code| *first == code);
        if !has_code && !others.is_empty() && group.iter().any(|token| digits(token).len() >= WHOLE_MIN) {
            // One of them is a number by itself.
            for token in group {
                self.add_group(&[token], country);
            }
            return;
        }
        let numbers = match digits(&whole).len() {
            ..NUMBER_MIN if whole.trim_start_matches('(').starts_with('+') => vec![Word::number(&whole, country)],
            ..NUMBER_MIN => Vec::new(),
            NUMBER_MIN..=NUMBER_MAX => {
                let mut word = Word::number(&whole, country);
                if others.is_empty() {
                    // It may be no number: "12.345" begins an address.
                    word.spellings.extend(Word::text(first).spellings);
                    word.settle();
                }
                vec![word]
            }
            _ => {
                phone::read(&whole, country).numbers.iter().map(|number| Word::number(&number.text, country)).collect()
            }
        };
        if numbers.is_empty() {
            for token in group {
                self.add_text(token);
            }
        }
        for number in numbers {
            self.add(number);
        }
    }
}

/// Whether a token is of digits and what stands between them.
fn is_numeric(token: &str) -> bool {
    token.contains(|c: char| c.is_ascii_digit())
        && token.chars().all(|c| c.is_ascii_digit() || "+()/.".contains(c) || class(c) == Class::Joiner)
}

impl Word {
    /// The spellings: a text that contains any of them contains the word.
    pub fn spellings(&self) -> &[String] {
        &self.spellings
    }

    /// Whether a text contains the word.
    pub fn is_in(&self, text: &str) -> bool {
        self.spellings.iter().any(|spelling| text.contains(spelling.as_str()))
    }

    /// The length of the shortest spelling, in characters.
    pub fn shortest(&self) -> usize {
        self.spellings.iter().map(|spelling| spelling.chars().count()).min().unwrap_or(0)
    }

    /// A folded text without breaks: as it is stored, and as it would be with blanks or nothing for its punctuation.
    fn text(part: &str) -> Self {
        let pieces: Vec<&str> = part.split(|c| class(c) != Class::Letter).filter(|piece| !piece.is_empty()).collect();
        let mut word = Self { spellings: vec![words(part.chars()), pieces.join(" "), pieces.concat()] };
        word.settle();
        word
    }

    /// The digits of a number or a part of one: as they are, or as the beginning of a number where a country's code is
    /// before them.
    fn number(text: &str, country: Country) -> Self {
        let folded: String = folded_chars(text).collect();
        let tidy = phone::tidy(&folded);
        let all = digits(&tidy);
        let (digits, is_international) = match all.strip_prefix("00") {
            Some(rest) => (rest, true),
            None => (all.as_str(), tidy.trim_start_matches('(').starts_with('+')),
        };
        let code = country.code().map(|code| code.to_string()).unwrap_or_default();
        let national = digits.strip_prefix(code.as_str()).filter(|_| !code.is_empty());
        let mut spellings = Vec::new();
        if let Some(national) = national {
            spellings.push(format!("{HOME}{national}"));
        }
        if !is_international {
            spellings.push(digits.to_owned());
            if digits.len() >= NUMBER_MIN
                && let Some(national) = digits.strip_prefix('0')
            {
                // It is dialled within a country.
                spellings.push(national.to_owned());
            }
        } else if national.is_none() {
            spellings.push(format!("+{digits}"));
            if code.starts_with(digits) {
                // The beginning of the country's own code.
                spellings.push(HOME.to_string());
            }
        }
        spellings.extend(phone::read(&tidy, country).numbers.into_iter().map(|number| number.searched));
        let mut word = Self { spellings };
        word.settle();
        word
    }

    /// Drops spellings that add nothing: empty ones, and those that contain another one.
    fn settle(&mut self) {
        self.spellings.retain(|spelling| !spelling.is_empty());
        let all = self.spellings.clone();
        let mut at = 0;
        self.spellings.retain(|spelling| {
            let place = at;
            at += 1;
            !all.iter().enumerate().any(|(other, known)| {
                spelling.contains(known.as_str()) && (known.len() < spelling.len() || other < place)
            })
        });
    }
}

#[cfg(test)]
mod tests;
