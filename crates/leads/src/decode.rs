//! Decodes bytes to lines of text: UTF-8 with or without a BOM, UTF-16 with a BOM, Windows-1252 (and thus Latin-1).

use std::io::{self, Read};

use encoding_rs::{CoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The maximum length of a line, in bytes of UTF-8.
pub const LINE_MAX: usize = 1 << 20;

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8, or plain ASCII.
    Utf8,
    /// Windows-1252, of which Latin-1 is the printable part.
    Windows1252,
    /// UTF-16, either byte order.
    Utf16,
}

impl TextEncoding {
    /// The common name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
            Self::Utf16 => "UTF-16",
        }
    }
}

/// A line of a file, without its line ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// Its text.
    pub text: String,
}

/// Why lines cannot be read.
#[derive(Debug)]
pub enum LineError {
    /// The reader failed.
    Io(io::Error),
    /// A line is longer than [`LINE_MAX`]; its number.
    TooLong(u64),
}

/// The lines of a file. A line ending is a line feed, a carriage return, or both.
pub struct Lines<R> {
    input: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    text: String,
    from: usize,
    ended: bool,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// The lines of a reader.
    pub fn new(input: R) -> Self {
        Self {
            input,
            decoder: Decoder::Start(Vec::new()),
            chunk: vec![0; 64 * 1024],
            text: String::new(),
            from: 0,
            ended: false,
            number: 0,
        }
    }

    /// The encoding, judging by what was read so far.
    pub fn encoding(&self) -> TextEncoding {
        self.decoder.encoding()
    }

    /// Returns the next line; `None` at the end.
    pub fn next_line(&mut self) -> Result<Option<Line>, LineError> {
        let mut searched = self.from;
        loop {
            if let Some((end, next)) = self.line_end(searched) {
                let text = self.text[self.from..end].to_owned();
                self.from = next;
                self.number += 1;
                return if text.len() > LINE_MAX {
                    Err(LineError::TooLong(self.number))
                } else {
                    Ok(Some(Line { number: self.number, text }))
                };
            }
            if self.ended {
                if self.from == self.text.len() {
                    return Ok(None);
                }
                let text = self.text.split_off(self.from);
                self.number += 1;
                return Ok(Some(Line { number: self.number, text }));
            }
            self.text.drain(..self.from);
            self.from = 0;
            if self.text.len() > LINE_MAX {
                return Err(LineError::TooLong(self.number + 1));
            }
            // A carriage return at the end of the buffer may be followed by a line feed.
            searched = self.text.len().saturating_sub(usize::from(self.text.ends_with('\r')));
            self.fill().map_err(LineError::Io)?;
        }
    }

    /// The end of the line, searching from here, and the start of the next one.
    fn line_end(&self, searched: usize) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let end = searched + bytes[searched..].iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
        match (bytes[end], bytes.get(end + 1)) {
            (b'\r', Some(b'\n')) => Some((end, end + 2)),
            (b'\r', None) if !self.ended => None,
            _ => Some((end, end + 1)),
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let read = loop {
            match self.input.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = read == 0;
        self.decoder.decode(&self.chunk[..read], self.ended, &mut self.text);
        Ok(())
    }
}

/// Detects the encoding: by a BOM at the start, otherwise UTF-8 until the first invalid sequence. If that is the first
/// non-ASCII character, the file is Windows-1252 from there on. After valid UTF-8 it is an accident (concatenated
/// files): only that byte is read as Windows-1252, so that nothing is lost.
enum Decoder {
    /// Waiting for enough bytes to detect a BOM.
    Start(Vec<u8>),
    /// ASCII so far; holds the bytes of a sequence split at the end of a chunk.
    Ascii(Vec<u8>),
    Utf8(Vec<u8>),
    Windows1252,
    Utf16(Box<encoding_rs::Decoder>),
}

impl Decoder {
    fn encoding(&self) -> TextEncoding {
        match self {
            Self::Start(_) | Self::Ascii(_) | Self::Utf8(_) => TextEncoding::Utf8,
            Self::Windows1252 => TextEncoding::Windows1252,
            Self::Utf16(_) => TextEncoding::Utf16,
        }
    }

    fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) {
        match self {
            Self::Start(held) => {
                held.extend_from_slice(bytes);
                if held.len() < 3 && !last {
                    return;
                }
                let held = std::mem::take(held);
                let (decoder, mark) = match held.as_slice() {
                    [0xEF, 0xBB, 0xBF, ..] => (Self::Utf8(Vec::new()), 3),
                    [0xFF, 0xFE, ..] => (Self::Utf16(Box::new(UTF_16LE.new_decoder_without_bom_handling())), 2),
                    [0xFE, 0xFF, ..] => (Self::Utf16(Box::new(UTF_16BE.new_decoder_without_bom_handling())), 2),
                    _ => (Self::Ascii(Vec::new()), 0),
                };
                *self = decoder;
                self.decode(&held[mark..], last, text);
            }
            Self::Ascii(held) | Self::Utf8(held) => {
                let mut joined = std::mem::take(held);
                joined.extend_from_slice(bytes);
                self.decode_utf8(&joined, last, text);
            }
            Self::Windows1252 => text.push_str(&WINDOWS_1252.decode_without_bom_handling(bytes).0),
            Self::Utf16(decoder) => {
                let mut rest = bytes;
                loop {
                    text.reserve(rest.len() * 2 + 16);
                    let (result, read, _) = decoder.decode_to_string(rest, text, last);
                    rest = &rest[read..];
                    if result == CoderResult::InputEmpty {
                        break;
                    }
                }
            }
        }
    }

    fn decode_utf8(&mut self, mut bytes: &[u8], last: bool, text: &mut String) {
        loop {
            let (valid, wrong) = match str::from_utf8(bytes) {
                Ok(valid) => (valid, None),
                Err(error) => {
                    let (valid, rest) = bytes.split_at(error.valid_up_to());
                    (str::from_utf8(valid).unwrap_or_default(), Some((rest, error.error_len())))
                }
            };
            if matches!(self, Self::Ascii(_)) && !valid.is_ascii() {
                *self = Self::Utf8(Vec::new());
            }
            text.push_str(valid);
            match (wrong, &mut *self) {
                (None, _) => return,
                // Split at the end of the chunk, not invalid.
                (Some((rest, None)), Self::Ascii(held) | Self::Utf8(held)) if !last => {
                    held.extend_from_slice(rest);
                    return;
                }
                (Some((rest, _)), Self::Ascii(_)) => {
                    *self = Self::Windows1252;
                    self.decode(rest, last, text);
                    return;
                }
                (Some((rest, _)), _) => {
                    text.push_str(&WINDOWS_1252.decode_without_bom_handling(&rest[..1]).0);
                    bytes = &rest[1..];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that returns a few bytes at a time, so that every sequence is split somewhere.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn lines(bytes: &[u8]) -> (Vec<String>, TextEncoding) {
        let mut each = Vec::new();
        for size in [1, 2, 3, 5, 64 * 1024] {
            let mut lines = Lines::new(Drops(bytes, size));
            let mut texts = Vec::new();
            while let Some(line) = lines.next_line().unwrap() {
                texts.push(line.text);
                assert_eq!(line.number, texts.len() as u64);
            }
            each.push((texts, lines.encoding()));
        }
        assert!(each.windows(2).all(|pair| pair[0] == pair[1]), "{each:?}");
        each.remove(0)
    }

    #[test]
    fn utf_8_is_read_with_and_without_a_bom() {
        let expected = (vec!["ñandú".to_owned(), "€".to_owned()], TextEncoding::Utf8);
        assert_eq!(lines("ñandú\n€".as_bytes()), expected);
        assert_eq!(lines("\u{feff}ñandú\n€\n".as_bytes()), expected);
    }

    #[test]
    fn latin_1_and_windows_1252_are_read() {
        let (texts, encoding) = lines(b"a,b\nNu\xF1ez,Mar\xEDa\n\x80 5\n");
        assert_eq!(texts, ["a,b", "Nuñez,María", "€ 5"]);
        assert_eq!(encoding, TextEncoding::Windows1252);
    }

    #[test]
    fn utf_16_with_a_bom_is_read_in_either_order() {
        for little in [true, false] {
            let bytes: Vec<u8> = "\u{feff}Núñez\r\nb"
                .encode_utf16()
                .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect();
            assert_eq!(lines(&bytes), (vec!["Núñez".to_owned(), "b".to_owned()], TextEncoding::Utf16));
        }
    }

    #[test]
    fn a_stray_byte_alone_is_read_as_windows_1252() {
        assert_eq!(lines(b"\xC3\xB1 \xF1 \xC3\xB1").0, ["ñ ñ ñ"]);
    }

    #[test]
    fn every_line_ending_is_recognised() {
        assert_eq!(lines(b"a\r\nb\rc\n\nd\r").0, ["a", "b", "c", "", "d"]);
        assert!(lines(b"").0.is_empty());
    }

    #[test]
    fn an_endless_line_is_refused_without_buffering_it() {
        let mut lines = Lines::new(io::repeat(b'a').take(1 << 30));
        assert!(matches!(lines.next_line(), Err(LineError::TooLong(1))));
        assert!(lines.text.len() < 2 * LINE_MAX);
    }
}
