//! Text folding for search: ignores case and accents.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text in lower case, without accents, runs of whitespace as one blank: `"  JOSÉ  Núñez"` becomes `"jose nunez"`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = true;
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_whitespace() || c.is_control() {
            if !blank {
                folded.push(' ');
            }
            blank = true;
        } else {
            match c {
                'ß' | 'ẞ' => folded.push_str("ss"),
                'æ' | 'Æ' => folded.push_str("ae"),
                'ø' | 'Ø' => folded.push('o'),
                'ł' | 'Ł' => folded.push('l'),
                'đ' | 'Đ' => folded.push('d'),
                // Lower-casing can itself produce a combining mark (İ), which is dropped like any accent.
                _ => folded.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
            }
            blank = false;
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// The searchable text: each field folded, one per line, so that a search never matches across two fields. A field of
/// digits with separators (a phone) is included without them as well.
pub fn search_text<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut push = |line: &str| {
        if !line.is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        }
    };
    for field in fields {
        let folded = fold(field);
        push(&folded);
        if folded.chars().all(|c| c.is_ascii_digit() || "+ -./()".contains(c)) {
            let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
            if digits != folded {
                push(&digits);
            }
        }
    }
    text
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
    fn folding_twice_changes_nothing() {
        for text in ["JOSÉ", "ﬁn", "Ǆ", "İ", "ﬃ ｱ", "a\u{0}b"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }

    #[test]
    fn search_stays_in_one_field_and_ignores_separators() {
        let text = search_text(["Ana García", "", "+34 600-123-456"]);
        assert_eq!(text, "ana garcia\n+34 600-123-456\n34600123456");
    }
}
