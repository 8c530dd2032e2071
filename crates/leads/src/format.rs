//! What a file is that is no text of cells: by its first bytes, or by what an archive has.

use std::{
    borrow::Cow,
    io::{self, Read, Seek},
};

use encoding_rs::Encoding;
use zip::ZipArchive;

use crate::{
    OpenError, TextEncoding,
    problems::{NotTable, WorkbookFault},
};

/// How much of a text is looked at, in bytes.
const START: u64 = 4 * 1024;

/// What a file is.
pub(crate) enum Format {
    /// Text of some kind.
    Text,
    /// A workbook of Excel since 2007.
    Workbook,
}

/// Looks at a file from its beginning, and leaves it there.
pub(crate) fn of(input: &mut (impl Read + Seek)) -> Result<Format, OpenError> {
    let mut first = Vec::new();
    input.by_ref().take(16).read_to_end(&mut first)?;
    input.rewind()?;
    let none = match first.as_slice() {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            let archive = ZipArchive::new(io::BufReader::new(&mut *input))
                .map_err(|error| OpenError::Workbook(WorkbookFault::Damaged(error.to_string())))?;
            let other = archived(archive.file_names().filter_map(Result::ok));
            input.rewind()?;
            return other.map_or(Ok(Format::Workbook), |other| Err(OpenError::NotTable(other)));
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(compound(input)?),
        [0x1F, 0x8B, ..] | [b'7', b'z', 0xBC, 0xAF, ..] | [b'R', b'a', b'r', b'!', ..] => NotTable::Archive,
        [b'%', b'P', b'D', b'F', ..] => NotTable::Pdf,
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', b'f', ..] => NotTable::Database,
        [b'{', b'\\', b'r', b't', b'f', ..] => NotTable::OtherDocument,
        _ => return Ok(Format::Text),
    };
    Err(OpenError::NotTable(none))
}

/// What an archive with these parts is, if it is no workbook.
fn archived<'a>(names: impl Iterator<Item = Cow<'a, str>>) -> Option<NotTable> {
    let mut found = NotTable::Archive;
    for name in names {
        let name = name.replace('\\', "/").trim_start_matches('/').to_lowercase();
        match name.as_str() {
            "xl/workbook.xml" => return None,
            // A workbook may name its main part otherwise.
            "[content_types].xml" if found == NotTable::Archive => found = NotTable::OtherDocument,
            "xl/workbook.bin" | "word/document.xml" | "ppt/presentation.xml" | "mimetype" | "index/document.iwa" => {
                found = NotTable::OtherDocument;
            }
            _ => {}
        }
    }
    Some(found)
}

/// What a compound file is: a workbook before 2007, or a newer one that is encrypted.
fn compound(input: &mut impl Read) -> io::Result<OpenError> {
    let named = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (encrypted, workbook, book) = (named("EncryptedPackage"), named("Workbook"), named("Book"));
    let mut found = NotTable::OtherDocument;
    let mut window = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = match input.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if read == 0 {
            return Ok(OpenError::NotTable(found));
        }
        window.extend_from_slice(&chunk[..read]);
        let has = |name: &[u8]| window.windows(name.len()).any(|part| part == name);
        if has(&encrypted) {
            return Ok(OpenError::Workbook(WorkbookFault::Protected));
        }
        if found == NotTable::OtherDocument && (has(&workbook) || has(&book)) {
            found = NotTable::OldWorkbook;
        }
        // A name may be split.
        window.drain(..window.len().saturating_sub(encrypted.len()));
    }
}

/// What a text is, if it is plainly no table. Leaves the file at its beginning.
pub(crate) fn of_text(input: &mut (impl Read + Seek), encoding: TextEncoding) -> io::Result<Option<NotTable>> {
    let mut start = Vec::new();
    input.by_ref().take(START).read_to_end(&mut start)?;
    input.rewind()?;
    let encoding: &'static Encoding = encoding.encoding();
    let text = encoding.decode_with_bom_removal(&start).0;
    let text = text.trim_start().to_lowercase();
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    let xml = begins(&["<?xml"]);
    if begins(&["<!doctype html", "<html", "<head", "<body", "<table", "<meta ", "<div", "<style", "mime-version:"])
        || (xml && text.contains("<html"))
    {
        return Ok(Some(NotTable::WebPage));
    }
    if xml {
        return Ok(Some(NotTable::Xml));
    }
    if begins(&["begin:vcard"]) {
        return Ok(Some(NotTable::Cards));
    }
    let json = text.strip_prefix('{').map(|rest| (rest, &['"', '}'][..]));
    let json = json.or_else(|| text.strip_prefix('[').map(|rest| (rest, &['{', '[', '"', ']'][..])));
    Ok(json.filter(|(rest, next)| rest.trim_start().starts_with(*next)).map(|_| NotTable::Json))
}
