//! Free text: characters that nobody sees, notes and what is added to them.

use std::borrow::Cow;

/// The longest note of an assignment or an attempt, in characters.
pub const NOTE_MAX: usize = 2_000;

/// Appends a note on a new line.
pub fn add_note(notes: Option<&str>, added: &str) -> String {
    match notes {
        Some(notes) if !notes.is_empty() => format!("{notes}\n{added}"),
        _ => added.to_owned(),
    }
}

/// Removes the newest occurrence of an added note, matching whole lines only. Notes that no longer contain it (they
/// were rewritten since) are unchanged. `None` if nothing is left.
pub fn remove_note(notes: Option<&str>, added: &str) -> Option<String> {
    let notes = notes?;
    let mut from = notes.len();
    while let Some(start) = notes[..from].rfind(added) {
        let end = start + added.len();
        let whole = (start == 0 || notes.as_bytes()[start - 1] == b'\n')
            && (end == notes.len() || notes.as_bytes()[end] == b'\n');
        if whole {
            let rest = match (start, end == notes.len()) {
                (0, true) => String::new(),
                (0, false) => notes[end + 1..].to_owned(),
                (_, _) => format!("{}{}", &notes[..start - 1], &notes[end..]),
            };
            return (!rest.is_empty()).then_some(rest);
        }
        // Skip the first character of the mismatch, which may be several bytes long.
        let Some(step) = notes[start..].chars().next() else { break };
        from = (start + added.len()).saturating_sub(step.len_utf8()).min(from.saturating_sub(1));
        while !notes.is_char_boundary(from) {
            from -= 1;
        }
    }
    Some(notes.to_owned())
}

/// Whether a character shows nothing and takes no room: zero-width characters, marks of direction, soft hyphens, fillers.
/// They come with text copied from web pages and messages, and make two different texts of what looks the same.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a zero-width joiner or non-joiner has a meaning beside this character: in Arabic, Indic and other scripts that
/// join letters, and within emoji; never in Latin, Greek or Cyrillic.
const fn joins(c: char) -> bool {
    c as u32 >= 0x590 && !is_invisible(c) && !matches!(c, '\u{1e00}'..='\u{206f}')
}

/// The text without invisible characters. Joiners stay where they have a meaning: within a Persian name, or an emoji.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let joiner = matches!(c, '\u{200c}' | '\u{200d}');
        let meant =
            joiner && kept.chars().next_back().is_some_and(joins) && rest.peek().is_some_and(|next| joins(*next));
        if meant || !is_invisible(c) {
            kept.push(c);
        }
    }
    Cow::Owned(kept)
}

/// Whether there is anything to see: a letter, digit or sign that is no blank, no control character, no lone accent.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| {
        !(c.is_whitespace()
            || c.is_control()
            || is_invisible(c)
            || matches!(c, '\u{fe00}'..='\u{fe0f}')
            || unicode_normalization::char::is_combining_mark(c))
    })
}

/// A text as it is kept: without invisible characters and surrounding blanks; `None` if there is nothing to see.
pub fn tidy(text: &str) -> Option<Cow<'_, str>> {
    let text = match without_invisible(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    is_visible(&text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed() {
        for (text, expected) in [
            ("Ana\u{200b} Ruiz", "Ana Ruiz"),
            ("\u{200e}Sol\u{a0}Paz\u{200f}", "Sol\u{a0}Paz"),
            ("eva\u{ad}@example.org", "eva@example.org"),
            ("Jos\u{e9}\u{200d}P\u{e9}rez", "JoséPérez"),
            ("\u{2066}+34 600\u{2069}", "+34 600"),
            ("Ана\u{200c}Петрова", "АнаПетрова"),
        ] {
            assert_eq!(without_invisible(text), expected, "{text:?}");
        }
    }

    #[test]
    fn joiners_with_a_meaning_stay() {
        for text in ["علی\u{200c}رضا", "👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥", "क्\u{200d}ष", "plain", "ñandú"]
        {
            assert_eq!(without_invisible(text), text, "{text:?}");
        }
    }

    #[test]
    fn a_text_without_anything_to_see_is_none() {
        for text in ["", "  ", "\u{200b}", "\u{2800}\u{3164}", "\u{a0}\u{ad}", "\u{fe0f}", "\u{301}", "\n\u{feff}\t"] {
            assert_eq!(tidy(text), None, "{text:?}");
        }
        assert_eq!(tidy(" \u{200b}Zoe\u{200b} ").as_deref(), Some("Zoe"));
        assert_eq!(tidy("👍").as_deref(), Some("👍"));
    }

    #[test]
    fn a_note_is_appended_on_a_new_line() {
        assert_eq!(add_note(None, "a"), "a");
        assert_eq!(add_note(Some(""), "a"), "a");
        assert_eq!(add_note(Some("x\ny"), "a"), "x\ny\na");
    }

    #[test]
    fn removing_an_added_note_restores_the_notes() {
        for notes in [None, Some("x"), Some("x\ny"), Some("a"), Some("ña\nñ")] {
            for added in ["a", "a\nb", "ñ", "x"] {
                let with = add_note(notes, added);
                assert_eq!(remove_note(Some(&with), added).as_deref(), notes, "{notes:?} + {added}");
            }
        }
    }

    #[test]
    fn only_whole_lines_are_removed() {
        assert_eq!(remove_note(Some("banana"), "ana").as_deref(), Some("banana"));
        assert_eq!(remove_note(Some("ana\nbanana\nx"), "ana").as_deref(), Some("banana\nx"));
        assert_eq!(remove_note(None, "ana"), None);
    }
}
