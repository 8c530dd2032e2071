//! Free text: notes and what is added to them.

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

/// The trimmed text, or `None` if nothing is left: `""` for an optional text means null.
pub fn none_if_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
