//! Measures JSON text without reading it into a tree.

/// What a JSON text weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Bytes.
    pub bytes: usize,
    /// Levels of objects and lists; the outermost is 1.
    pub depth: usize,
    /// Keys of all levels.
    pub keys: usize,
    /// Objects and lists of all levels.
    pub containers: usize,
    /// Commas of all levels: one stands before each value of an object or a list but the first.
    pub commas: usize,
}

/// Measures a JSON text. Of what is no JSON the figures mean nothing.
pub fn measure(text: &[u8]) -> Size {
    let (mut level, mut depth, mut keys, mut containers, mut commas) = (0_usize, 0, 0, 0, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => {
                containers += 1;
                level += 1;
                depth = depth.max(level);
            }
            (false, b'}' | b']') => level = level.saturating_sub(1),
            // Outside a text, a colon stands after each key and nowhere else.
            (false, b':') => keys += 1,
            (false, b',') => commas += 1,
            _ => {}
        }
    }
    Size { bytes: text.len(), depth, keys, containers, commas }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_keys_are_counted_outside_texts() {
        for (text, depth, keys, containers, commas) in [
            ("{}", 1, 0, 1, 0),
            (r#"{"a":1}"#, 1, 1, 1, 0),
            (r#"{"a":{"b":[1,{"c":2}]},"d":[]}"#, 4, 4, 5, 2),
            (r#"{"a:{[,":"\":{[\\","b":"}"}"#, 1, 2, 1, 1),
        ] {
            let size = measure(text.as_bytes());
            assert_eq!((size.bytes, size.depth, size.keys), (text.len(), depth, keys), "{text}");
            assert_eq!((size.containers, size.commas), (containers, commas), "{text}");
        }
    }
}
