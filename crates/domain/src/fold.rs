//! Text folding: letters without case and accents, digits of one script.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{phone::plain_char, text::is_invisible};

/// The text in lower case, without accents and invisible characters, with ASCII digits, and runs of whitespace as one
/// blank: `"  JOSÉ  Núñez"` becomes `"jose nunez"`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = true;
    for c in folded_chars(text) {
        if c.is_whitespace() || c.is_control() {
            if !blank {
                folded.push(' ');
            }
            blank = true;
        } else {
            folded.push(c);
            blank = false;
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// The text's characters, each folded; whitespace and control characters as they are.
pub(crate) fn folded_chars(text: &str) -> impl Iterator<Item = char> {
    // Of ASCII, as most texts are, nothing else changes.
    let (ascii, text) = if text.is_ascii() { (text, "") } else { ("", text) };
    let ascii = ascii.chars().map(|c| c.to_ascii_lowercase());
    // Lower-casing can itself produce a combining mark (İ), which is dropped like any accent.
    let other = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(apostrophe)
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
        .flat_map(plain_letter);
    ascii.chain(other)
}

/// Accents that stand alone are typed as apostrophes, and would decompose to a blank.
const fn apostrophe(c: char) -> char {
    match c {
        '´' | '΄' | '᾽' | '᾿' | '῾' => '\'',
        _ => c,
    }
}

/// Letters that have no decomposition, as they are typed on a keyboard without them.
fn plain_letter(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ø' => ('o', None),
        'ł' | 'ƚ' => ('l', None),
        'đ' | 'ð' | 'ɖ' | 'ɗ' => ('d', None),
        'ı' => ('i', None),
        'ȷ' => ('j', None),
        'ħ' => ('h', None),
        'ŧ' => ('t', None),
        'ŋ' => ('n', None),
        'ĸ' | 'ƙ' => ('k', None),
        'ƀ' | 'ɓ' => ('b', None),
        'ƒ' => ('f', None),
        'ǥ' => ('g', None),
        'ƴ' => ('y', None),
        'ƶ' => ('z', None),
        'ə' | 'ǝ' => ('e', None),
        'ς' => ('σ', None),
        _ => (plain_char(c), None),
    };
    std::iter::once(first).chain(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        assert_eq!(fold("  JOSÉ   Núñez "), "jose nunez");
        assert_eq!(fold("jose\u{301} nun\u{303}ez"), "jose nunez");
        assert_eq!(fold("Straße İstanbul Łódź"), "strasse istanbul lodz");
    }

    #[test]
    fn letters_without_decomposition_are_plain() {
        for (text, expected) in [
            ("Işıl YILDIZ", "isil yildiz"),
            ("Þórður Ðevad", "thordur devad"),
            ("Søren Æbeltoft", "soren aebeltoft"),
            ("Œuvre ĐORĐE", "oeuvre dorde"),
            ("Ħal Għaxaq", "hal ghaxaq"),
            ("ΓΙΏΡΓΟΣ", "γιωργοσ"),
            ("Γιώργος", "γιωργοσ"),
            ("٦٠٠ ６００ ६००", "600 600 600"),
        ] {
            assert_eq!(fold(text), expected);
        }
    }

    #[test]
    fn invisible_characters_do_not_count() {
        assert_eq!(fold("\u{200e}A\u{ad}na\u{200b} Ru\u{2060}iz\u{feff}"), "ana ruiz");
        assert_eq!(fold("علی\u{200c}رضا"), fold("علیرضا"));
    }

    #[test]
    fn ascii_is_folded_like_other_letters() {
        let all: String = (0..128u8).map(char::from).collect();
        let beside_others: String = folded_chars(&format!("{all}é")).collect();
        assert_eq!(folded_chars(&all).collect::<String>() + "e", beside_others);
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["JOSÉ", "ﬁn", "Ǆ", "İ", "ﬃ ｱ", "a\u{0}b", "ẞ", "O´B", "ŉ", "ΣΑΣ", "½"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }
}
