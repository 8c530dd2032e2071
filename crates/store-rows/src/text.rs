//! Truncating texts sent by clients.

/// The first `count` characters of a text, or all of it.
pub fn first_characters(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::first_characters;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(first_characters("ñandú", 2), "ña");
        assert_eq!(first_characters("ña", 2), "ña");
        assert_eq!(first_characters("", 2), "");
    }
}
