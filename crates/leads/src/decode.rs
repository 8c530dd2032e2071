//! Decodes bytes to lines of text.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

use encoding_rs::{CoderResult, WINDOWS_1252};

pub use crate::encoding::TextEncoding;

/// The maximum length of a line, in bytes of UTF-8.
pub const LINE_MAX: usize = 1 << 20;

/// A line of a file, without its line ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// Its text.
    pub text: String,
}

/// Why a line cannot be read.
#[derive(Debug)]
pub enum LineError {
    /// The reader failed: no line follows.
    Io(io::Error),
    /// The line with this number is longer than [`LINE_MAX`]. Reading goes on after it.
    TooLong(u64),
}

/// The lines of a file. A line ending is a line feed, a carriage return, or both.
pub struct Lines<R> {
    input: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    text: String,
    from: usize,
    /// Whether the rest of a line that is too long is being dropped.
    dropping: bool,
    ended: bool,
    number: u64,
    patches: Patches,
}

/// Letters that stand for bytes which the encoding does not have.
#[derive(Debug, Default)]
struct Patches {
    /// Their places in the text that is held.
    at: VecDeque<usize>,
    lines: PatchedLines,
}

/// The lines with bytes that the file's encoding does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchedLines {
    /// The numbers of the first ones.
    pub first: Vec<u64>,
    /// How many there are.
    pub total: u64,
}

/// So many lines with such bytes are named.
const PATCHED_MAX: usize = 20;

impl Patches {
    /// The text up to `end` is the line `number`, or is dropped.
    fn line(&mut self, number: u64, end: usize) {
        let here = self.at.partition_point(|at| *at < end);
        if here > 0 {
            self.at.drain(..here);
            self.lines.total += 1;
            if self.lines.first.len() < PATCHED_MAX {
                self.lines.first.push(number);
            }
        }
    }

    /// So much text is not held any more.
    fn drained(&mut self, bytes: usize) {
        for at in &mut self.at {
            *at = at.saturating_sub(bytes);
        }
    }
}

impl<R: Read> Lines<R> {
    /// The lines of a reader.
    pub fn new(input: R, encoding: TextEncoding) -> Self {
        Self {
            input,
            decoder: Decoder::new(encoding),
            chunk: vec![0; 64 * 1024],
            text: String::new(),
            from: 0,
            dropping: false,
            ended: false,
            number: 0,
            patches: Patches::default(),
        }
    }

    /// The lines up to here with bytes that the encoding does not have. In a file of UTF-8 they are read as Windows-1252.
    pub const fn patched(&self) -> &PatchedLines {
        &self.patches.lines
    }

    /// Returns the next line; `None` at the end.
    pub fn next_line(&mut self) -> Result<Option<Line>, LineError> {
        let mut searched = self.from;
        loop {
            if let Some((end, next)) = self.line_end(searched) {
                let (from, long) = (self.from, end - self.from > LINE_MAX);
                self.from = next;
                if std::mem::take(&mut self.dropping) {
                    self.patches.at.retain(|at| *at >= next);
                    searched = next;
                    continue;
                }
                self.number += 1;
                self.patches.line(self.number, end);
                return if long { Err(LineError::TooLong(self.number)) } else { Ok(Some(self.line(from, end))) };
            }
            if self.ended {
                let (from, end) = (self.from, self.text.len());
                self.from = end;
                if from == end || self.dropping {
                    return Ok(None);
                }
                self.number += 1;
                self.patches.line(self.number, end);
                return Ok(Some(self.line(from, end)));
            }
            self.text.drain(..self.from);
            self.patches.drained(self.from);
            self.from = 0;
            if self.text.len() > LINE_MAX {
                let half_an_ending = self.text.ends_with('\r');
                self.text.clear();
                self.patches.at.clear();
                if half_an_ending {
                    self.text.push('\r');
                }
                if !std::mem::replace(&mut self.dropping, true) {
                    self.number += 1;
                    return Err(LineError::TooLong(self.number));
                }
            }
            // A carriage return at the end of the buffer may be followed by a line feed.
            searched = self.text.len().saturating_sub(usize::from(self.text.ends_with('\r')));
            self.fill().map_err(LineError::Io)?;
        }
    }

    fn line(&self, from: usize, end: usize) -> Line {
        Line { number: self.number, text: self.text[from..end].to_owned() }
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
        let start = self.text.is_empty() && self.number == 0 && !self.dropping;
        self.decoder.decode(&self.chunk[..read], self.ended, &mut self.text, &mut self.patches.at);
        if start && self.text.starts_with('\u{feff}') {
            self.text.drain(..'\u{feff}'.len_utf8());
            self.patches.drained('\u{feff}'.len_utf8());
        }
        Ok(())
    }
}

enum Decoder {
    /// Holds the bytes of a sequence split at the end of a chunk. A byte that fits no sequence (files that were joined) is
    /// read as Windows-1252, so that nothing is lost.
    Utf8(Vec<u8>),
    Other(Box<encoding_rs::Decoder>),
}

impl Decoder {
    fn new(encoding: TextEncoding) -> Self {
        match encoding {
            TextEncoding::Utf8 => Self::Utf8(Vec::new()),
            other => Self::Other(Box::new(other.encoding().new_decoder_without_bom_handling())),
        }
    }

    /// Adds the text of the bytes, and to `patched` where it has a letter in place of a byte that is none.
    fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String, patched: &mut VecDeque<usize>) {
        match self {
            Self::Utf8(held) => {
                let mut joined = std::mem::take(held);
                joined.extend_from_slice(bytes);
                *held = decode_utf8(&joined, last, text, patched);
            }
            Self::Other(decoder) => {
                let mut rest = bytes;
                loop {
                    text.reserve(rest.len() * 3 + 16);
                    let (result, read, _) = decoder.decode_to_string(rest, text, last);
                    rest = &rest[read..];
                    if result == CoderResult::InputEmpty {
                        break;
                    }
                }
            }
        }
    }
}

/// Decodes UTF-8; returns the start of a sequence at the end.
fn decode_utf8(mut bytes: &[u8], last: bool, text: &mut String, patched: &mut VecDeque<usize>) -> Vec<u8> {
    loop {
        let (valid, wrong) = match str::from_utf8(bytes) {
            Ok(valid) => (valid, None),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                (str::from_utf8(valid).unwrap_or_default(), Some((rest, error.error_len())))
            }
        };
        text.push_str(valid);
        match wrong {
            None => return Vec::new(),
            // Split at the end of the chunk, not invalid.
            Some((rest, None)) if !last => return rest.to_vec(),
            Some((rest, _)) => {
                patched.push_back(text.len());
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(&rest[..1]).0);
                bytes = &rest[1..];
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

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut each = Vec::new();
        for size in [1, 2, 3, 5, 64 * 1024] {
            let encoding = crate::encoding::detect(Drops(bytes, size)).unwrap();
            let mut lines = Lines::new(Drops(bytes, size), encoding);
            let mut texts = Vec::new();
            while let Some(line) = lines.next_line().unwrap() {
                texts.push(line.text);
                assert_eq!(line.number, texts.len() as u64);
            }
            each.push((texts, encoding));
        }
        assert!(each.windows(2).all(|pair| pair[0] == pair[1]), "{each:?}");
        each.remove(0).0
    }

    #[test]
    fn each_encoding_is_decoded() {
        assert_eq!(lines("ñandú\n€".as_bytes()), ["ñandú", "€"]);
        assert_eq!(lines("\u{feff}ñandú\n€\n".as_bytes()), ["ñandú", "€"]);
        assert_eq!(lines(b"a,b\nNu\xF1ez,Mar\xEDa\n\x80 5\n"), ["a,b", "Nuñez,María", "€ 5"]);
        assert_eq!(lines(b"a\rJos\x8E Mu\x96oz\r"), ["a", "José Muñoz"]);
        for little in [true, false] {
            for mark in ["", "\u{feff}"] {
                let bytes: Vec<u8> = format!("{mark}Núñez\tŻak\r\nb")
                    .encode_utf16()
                    .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                    .collect();
                assert_eq!(lines(&bytes), ["Núñez\tŻak", "b"]);
            }
        }
    }

    #[test]
    fn a_stray_byte_alone_is_read_as_windows_1252() {
        assert_eq!(lines(b"\xC3\xB1 \xF1 \xC3\xB1"), ["ñ ñ ñ"]);
    }

    #[test]
    fn the_lines_with_bad_bytes_are_known_by_number() {
        let file =
            [&b"\xEF\xBB\xBF\xF1a\n\xC3\xB1\n\n\xF1 \xF1\r\n"[..], "ñ\n".repeat(200).as_bytes(), b"x\xC3"].concat();
        for size in [1, 2, 7, 1 << 16] {
            let mut lines = Lines::new(Drops(&file, size), TextEncoding::Utf8);
            while lines.next_line().unwrap().is_some() {}
            assert_eq!(lines.patched(), &PatchedLines { first: vec![1, 4, 205], total: 3 }, "{size}");
        }
        let file = [&b"a\n"[..], &b"x\xF1".repeat(LINE_MAX), b"\nb\n\xF1\n"].concat();
        let mut lines = Lines::new(&file[..], TextEncoding::Utf8);
        while !matches!(lines.next_line(), Ok(None)) {}
        assert_eq!(lines.patched(), &PatchedLines { first: vec![4], total: 1 });
    }

    #[test]
    fn every_line_ending_is_recognised() {
        assert_eq!(lines(b"a\r\nb\rc\n\nd\r"), ["a", "b", "c", "", "d"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn an_endless_line_is_refused_without_buffering_it() {
        let mut lines = Lines::new(io::repeat(b'a').take(1 << 28), TextEncoding::Utf8);
        assert!(matches!(lines.next_line(), Err(LineError::TooLong(1))));
        assert!(lines.text.len() < 2 * LINE_MAX);
        assert!(matches!(lines.next_line(), Ok(None)));
    }

    #[test]
    fn reading_goes_on_after_a_line_that_is_too_long() {
        for ending in ["\n", "\r\n", "\r"] {
            for length in [LINE_MAX + 1, LINE_MAX + 70_000, 3 * LINE_MAX] {
                let text = format!("a{ending}{}{ending}b{ending}", "x".repeat(length));
                let mut lines = Lines::new(Drops(text.as_bytes(), 40_000), TextEncoding::Utf8);
                assert_eq!(lines.next_line().unwrap().unwrap().text, "a");
                assert!(matches!(lines.next_line(), Err(LineError::TooLong(2))));
                assert_eq!(lines.next_line().unwrap(), Some(Line { number: 3, text: "b".to_owned() }));
                assert_eq!(lines.next_line().unwrap(), None);
            }
        }
    }
}
