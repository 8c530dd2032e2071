//! Which encoding a file has: by its mark, else by all of its bytes.

use std::io::{self, Read};

use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, or plain ASCII.
    Utf8,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
    /// Windows-1252, of which Latin-1 is the printable part.
    Windows1252,
    /// MacRoman: Excel on a Mac, where asked for "CSV (Macintosh)".
    MacRoman,
    /// Another one, which the caller named.
    Named(&'static Encoding),
}

impl TextEncoding {
    /// The common name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Windows1252 => "Windows-1252",
            Self::MacRoman => "MacRoman",
            Self::Named(encoding) => encoding.name(),
        }
    }

    /// The encoding of this name: `utf-8`, `utf-16`, `windows-1252`, `latin1`, `macroman`, and every other name of the
    /// WHATWG's standard (`windows-1250`, `ibm866`, …).
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let label = match name.as_str() {
            "macroman" | "mac-roman" | "mac" => "macintosh",
            "cp1252" | "win1252" | "ansi" => "windows-1252",
            "utf8" => "utf-8",
            "utf16" => "utf-16",
            other => other,
        };
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
        Some(match encoding {
            encoding if encoding == UTF_8 => Self::Utf8,
            encoding if encoding == UTF_16LE => Self::Utf16Le,
            encoding if encoding == UTF_16BE => Self::Utf16Be,
            encoding if encoding == WINDOWS_1252 => Self::Windows1252,
            encoding if encoding == MACINTOSH => Self::MacRoman,
            other => Self::Named(other),
        })
    }

    pub(crate) fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
            Self::MacRoman => MACINTOSH,
            Self::Named(encoding) => encoding,
        }
    }
}

/// What the bytes of a file show. The whole file is read, a piece at a time.
#[derive(Debug, Default)]
struct Evidence {
    /// NUL bytes at even and at odd places, and how many bytes there are: UTF-16 has a NUL in each ASCII character.
    nuls: [u64; 2],
    bytes: u64,
    /// Sequences of more than one byte that are valid UTF-8, and how many of them are hardly anything else.
    sequences: u64,
    sure: u64,
    /// Sequences that may as well be a capital letter with an accent and a closing sign: `CAFÉ”`.
    doubtful: u64,
    /// Bytes that belong to no such sequence.
    strays: u64,
    /// Bytes beside letters that are letters in MacRoman and rare signs in Windows-1252, and the other way round.
    mac: u64,
    windows: u64,
}

/// Detects the encoding: by a mark at the start, else by what fits all bytes.
pub(crate) fn detect(mut input: impl Read) -> io::Result<TextEncoding> {
    let mut evidence = Evidence::default();
    let mut chunk = vec![0; 64 * 1024];
    // The end of the piece before: a sequence may be split, and neighbours are looked at.
    let mut held = 0;
    loop {
        let read = match input.read(&mut chunk[held..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let filled = held + read;
        if evidence.bytes == 0
            && let Some(marked) = marked(&chunk[..filled])
        {
            return Ok(marked);
        }
        if read == 0 {
            evidence.take(&chunk[..filled]);
            return Ok(evidence.judge());
        }
        let whole = filled - if filled > 8 { 4 } else { filled };
        let taken = evidence.take_valid(&chunk[..filled], whole);
        chunk.copy_within(taken..filled, 0);
        held = filled - taken;
    }
}

fn marked(start: &[u8]) -> Option<TextEncoding> {
    match start {
        [0xEF, 0xBB, 0xBF, ..] => Some(TextEncoding::Utf8),
        [0xFF, 0xFE, ..] => Some(TextEncoding::Utf16Le),
        [0xFE, 0xFF, ..] => Some(TextEncoding::Utf16Be),
        _ => None,
    }
}

impl Evidence {
    /// Takes at least `least` bytes, and no part of a sequence; returns how many.
    fn take_valid(&mut self, bytes: &[u8], least: usize) -> usize {
        // A sequence has at most four bytes, the last of which is below 0x80 or starts the next one.
        let end = (least..bytes.len()).find(|at| bytes[*at] < 0x80 || bytes[*at] >= 0xC0).unwrap_or(least);
        self.take(&bytes[..end]);
        end
    }

    fn take(&mut self, bytes: &[u8]) {
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == 0 {
                self.nuls[usize::from((self.bytes + at as u64) % 2 == 1)] += 1;
            } else if *byte >= 0x80 {
                let letter = |back: usize| at >= back && bytes[at - back].is_ascii_alphabetic();
                let after = bytes.get(at + 1);
                let is_mac = match byte {
                    0x81 | 0x83 | 0x84 | 0x87 | 0x8D | 0x8E | 0x8F | 0x90 | 0x9C | 0x9D | 0x9F => {
                        letter(1) || after.is_some_and(u8::is_ascii_lowercase)
                    }
                    // "ñ", "ó" and "í" in MacRoman, dashes and an apostrophe in Windows-1252: "D’Angelo", "l’hora".
                    0x96 | 0x97 => letter(1) && after.is_some_and(u8::is_ascii_lowercase),
                    0x92 => letter(1) && letter(2) && after.is_some_and(u8::is_ascii_lowercase),
                    _ => false,
                };
                self.mac += u64::from(is_mac);
                self.windows += u64::from(*byte >= 0xC0 && !matches!(byte, 0xD7 | 0xF7) && letter(1));
            }
        }
        self.bytes += bytes.len() as u64;
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            self.take_sequences(bytes, at, chunk.valid());
            self.strays += chunk.invalid().len() as u64;
            at += chunk.valid().len() + chunk.invalid().len();
        }
    }

    /// Looks at the sequences of a valid part, which begins at `from`.
    fn take_sequences(&mut self, bytes: &[u8], from: usize, valid: &str) {
        if valid.is_ascii() {
            return;
        }
        let mut beside = false;
        for (at, c) in valid.char_indices() {
            if c.is_ascii() {
                beside = false;
                continue;
            }
            let (start, end) = (from + at, from + at + c.len_utf8());
            let after = bytes.get(end).copied();
            let is_sure = beside || is_sure(&bytes[start..end], after);
            self.sequences += 1;
            self.sure += u64::from(is_sure);
            let before = start.checked_sub(1).map(|at| bytes[at]);
            self.doubtful += u64::from(!is_sure && is_doubtful(&bytes[start..end], before, after));
            beside = true;
        }
    }

    fn judge(&self) -> TextEncoding {
        // No text has NULs but UTF-16: at least in separators and line ends, whatever the script.
        let [even, odd] = self.nuls;
        if (even + odd) * 40 >= self.bytes && self.bytes.is_multiple_of(2) && even + odd > 1 {
            if odd > even * 4 {
                return TextEncoding::Utf16Le;
            }
            if even > odd * 4 {
                return TextEncoding::Utf16Be;
            }
        }
        // What is hardly anything else outweighs bytes that were spoilt, cut, or came from another file: the decoder reads
        // those as Windows-1252 all the same, and they are told.
        let is_utf_8 = match self.strays {
            0 => self.sequences == 0 || self.sequences > self.doubtful,
            strays => self.sequences - self.doubtful > strays || self.sure * SURE_WEIGHT > strays,
        };
        if is_utf_8 {
            return TextEncoding::Utf8;
        }
        // Both have typographic signs and letters, at other places.
        if self.mac > self.windows { TextEncoding::MacRoman } else { TextEncoding::Windows1252 }
    }
}

/// So many stray bytes are outweighed by one sequence that is hardly anything but UTF-8.
const SURE_WEIGHT: u64 = 20;

/// Whether a sequence is hardly anything but UTF-8: read as Windows-1252 or MacRoman it would be signs that never stand
/// together. `after`: the byte that follows.
fn is_sure(sequence: &[u8], after: Option<u8>) -> bool {
    let letter_follows = after.is_some_and(|byte| byte.is_ascii_alphabetic());
    match sequence {
        // "Ã±", "Âº"; "â€œ", "â‚¬", "â„¢"; emoji.
        [0xC2 | 0xC3, _] | [0xE2, 0x80 | 0x82 | 0x84, _] | [0xF0..=0xF4, ..] => true,
        // "Å‚u": a sign within a word. Windows-1252 has nothing at five places.
        [0xC4..=0xC6, last] => letter_follows || matches!(last, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D),
        [0xE0..=0xEF, ..] => letter_follows,
        _ => false,
    }
}

/// Whether a sequence may as well be the end of a word in capital letters with a sign behind it, as in `CAFÉ”`.
fn is_doubtful(sequence: &[u8], before: Option<u8>, after: Option<u8>) -> bool {
    matches!(sequence, [0xC6..=0xDF, 0x85 | 0x92 | 0x94 | 0x96 | 0x97 | 0xAA | 0xB4 | 0xBA | 0xBB])
        && before.is_some_and(|byte| byte.is_ascii_uppercase())
        && !after.is_some_and(|byte| byte >= 0x80 || byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> TextEncoding {
        detect(bytes).unwrap()
    }

    fn utf_16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn utf_8_is_what_is_valid() {
        for text in ["", "a,b\n", "ñandú;€", "Łukasz;✓", "👍"] {
            assert_eq!(of(text.as_bytes()), TextEncoding::Utf8, "{text}");
            assert_eq!(of(format!("\u{feff}{text}").as_bytes()), TextEncoding::Utf8);
        }
    }

    #[test]
    fn bad_bytes_do_not_change_what_the_others_are() {
        for text in ["Muñoz", "10 €", "l’Hospitalet", "Ana 👍", "Łukasz", "Анна", "Ελένη", "田中", "«Ana»", "1.º"]
        {
            for bad in [&b";x\xF1o"[..], b";Mu\xF1oz;Mar\xEDa\xBA\n", b";\xC3", b";\xE2\x82\n"] {
                let bytes = [b"Nombre\n", text.as_bytes(), bad].concat();
                assert_eq!(of(&bytes), TextEncoding::Utf8, "{text} {bad:?}");
            }
        }
    }

    #[test]
    fn letters_and_signs_of_windows_that_could_be_utf_8_stay() {
        for text in [&b"CAF\xC9\x94;x"[..], b"\x93ESPA\xD1\x94;Mu\xF1oz", b"AQU\xCD\x85\n", b"\xABMAM\xC1\xBB;1\xBA"] {
            assert_eq!(of(text), TextEncoding::Windows1252, "{text:?}");
        }
        // "«…mamá»…": three bytes that are a Vietnamese letter.
        assert_eq!(of(b"\xABmam\xE1\xBB\x85 Mu\xF1oz\n"), TextEncoding::Windows1252);
        // One word that was spoilt before does not outweigh a file.
        let file = [&b"Nu\xC3\xB1ez\n"[..], &b"Mu\xF1oz\n".repeat(200)].concat();
        assert_eq!(of(&file), TextEncoding::Windows1252);
        // "l’été" in MacRoman.
        assert_eq!(of(b"Jos\x8E;l\xD5\x8Et\x8E;Mu\x96oz\n"), TextEncoding::MacRoman);
    }

    #[test]
    fn utf_16_is_detected_with_and_without_a_mark() {
        for text in ["Nombre\tTeléfono\r\nŁukasz\t600\r\n", "Имя;Телефон\r\nАнна;+7 900\r\n"] {
            for mark in ["", "\u{feff}"] {
                assert_eq!(of(&utf_16(&format!("{mark}{text}"), true)), TextEncoding::Utf16Le, "{text}");
                assert_eq!(of(&utf_16(&format!("{mark}{text}"), false)), TextEncoding::Utf16Be, "{text}");
            }
        }
        // A NUL alone makes no UTF-16.
        assert_eq!(
            of(b"Name,Email\nA\0na,ana@example.org\nEva,eva@example.org\nLuis,luis@example.org\n"),
            TextEncoding::Utf8
        );
    }

    #[test]
    fn mac_and_windows_letters_are_distinguished() {
        assert_eq!(of(b"Nombre\rJos\x8E Mu\x96oz\rMar\x92a\r"), TextEncoding::MacRoman);
        assert_eq!(of(b"Mar\x92a Mu\x96oz;\xC0S\x92?\r\xE7ngel G\x97mez"), TextEncoding::MacRoman);
        assert_eq!(of(b"O\x92Neill;d\x92or;l\x92Hospitalet"), TextEncoding::Windows1252);
        assert_eq!(of(b"Nu\xF1ez;Mar\xEDa\n"), TextEncoding::Windows1252);
        assert_eq!(of(b"\x80 5 \x96 \x93Bego\x94;D\x92Angelo\n"), TextEncoding::Windows1252);
        assert_eq!(of(b"Bego\xF1a \x96 \x93B\x94;O\x92Neill;\x8Ele\n"), TextEncoding::Windows1252);
    }

    #[test]
    fn a_sequence_at_the_end_of_a_piece_is_no_stray() {
        for shift in 0..8 {
            let text = format!("{}{}", "x".repeat(shift), "ñ€👍".repeat(20_000));
            let mut evidence = Evidence::default();
            evidence.take(text.as_bytes());
            assert_eq!(evidence.strays, 0);
            assert_eq!(of(text.as_bytes()), TextEncoding::Utf8);
        }
    }

    #[test]
    fn encodings_have_many_names() {
        for (name, expected) in [
            ("UTF-8", TextEncoding::Utf8),
            ("utf16", TextEncoding::Utf16Le),
            ("latin1", TextEncoding::Windows1252),
            ("ISO-8859-1", TextEncoding::Windows1252),
            ("MacRoman", TextEncoding::MacRoman),
        ] {
            assert_eq!(TextEncoding::named(name), Some(expected), "{name}");
        }
        assert_eq!(TextEncoding::named("windows-1250").map(TextEncoding::as_str), Some("windows-1250"));
        assert_eq!(TextEncoding::named("klingon"), None);
    }
}
