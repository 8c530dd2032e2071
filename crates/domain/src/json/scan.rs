//! Measures JSON text without reading it into a tree.

/// What a JSON text weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// Bytes.
    pub bytes: usize,
    /// Levels of objects and lists; the outermost is 1.
    pub depth: usize,
    /// Keys of all levels.
    pub keys: usize,
}

/// Measures a valid JSON text.
pub(super) fn measure(text: &str) -> Size {
    let (mut level, mut depth, mut keys) = (0_usize, 0, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => {
                level += 1;
                depth = depth.max(level);
            }
            (false, b'}' | b']') => level = level.saturating_sub(1),
            // Outside a text, a colon stands after each key and nowhere else.
            (false, b':') => keys += 1,
            _ => {}
        }
    }
    Size { bytes: text.len(), depth, keys }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_keys_are_counted_outside_texts() {
        for (text, depth, keys) in [
            ("{}", 1, 0),
            (r#"{"a":1}"#, 1, 1),
            (r#"{"a":{"b":[1,{"c":2}]},"d":[]}"#, 4, 4),
            (r#"{"a:{[":"\":{[\\","b":"}"}"#, 1, 2),
        ] {
            let size = measure(text);
            assert_eq!((size.bytes, size.depth, size.keys), (text.len(), depth, keys), "{text}");
        }
    }
}
