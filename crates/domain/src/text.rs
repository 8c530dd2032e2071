//! Free text: notes and what is added to them.

/// The longest note of an assignment or an attempt, in characters.
pub const NOTE_MAX: usize = 2_000;

/// The notes with one more on a new line. Nothing that stood there is lost.
pub fn add_note(notes: Option<&str>, added: &str) -> String {
    match notes {
        Some(notes) if !notes.is_empty() => format!("{notes}\n{added}"),
        _ => added.to_owned(),
    }
}

/// The notes without the newest occurrence of an added one, as whole lines; as they are when it is no longer there
/// (somebody has rewritten them since). `None` when nothing is left.
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
        // Step over the first character of the miss, which may be more than a byte long.
        let Some(step) = notes[start..].chars().next() else { break };
        from = (start + added.len()).saturating_sub(step.len_utf8()).min(from.saturating_sub(1));
        while !notes.is_char_boundary(from) {
            from -= 1;
        }
    }
    Some(notes.to_owned())
}

/// A trimmed text, or `None` where nothing is left: `""` for an optional text means null.
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
