//! The arrays of a mirror in a file, so that the next process need not make them from the database.
//!
//! A file is worth nothing by itself: it is used where its *state*, which the engine writes, is that of the database, and
//! made anew otherwise. So whatever is wrong with it (cut short, damaged, of another version) it is as if it were not
//! there. It holds numbers alone, and no texts: who is erased is in no file.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest as _, Sha256};

use super::{Bits, Facts, Order};

/// What a file begins with: its kind, and the version of its form.
const MAGIC: [u8; 8] = *b"REPLIST1";
/// The bytes of the digest at its end.
const DIGEST: usize = 32;
/// The state of a database takes no more.
const STATE_MAX: usize = 1 << 20;
/// Beside the arrays a file has no more than this.
const FRAME: u64 = (STATE_MAX + 4_096) as u64;
/// Spare capacity for new rows, as a fraction of those there are.
const SPARE: usize = 64;
/// Read and written by the owner.
const OWNER: u32 = 0o600;
/// A file that is being written for so long was left behind by a process that was killed.
const LEFT_BEHIND: Duration = Duration::from_mins(2);

/// An element of an array.
pub trait Element: Copy {
    /// Its bytes, the lowest first.
    type Bytes: AsRef<[u8]> + for<'a> TryFrom<&'a [u8]>;
    /// As bytes.
    fn bytes(self) -> Self::Bytes;
    /// From bytes.
    fn from(bytes: Self::Bytes) -> Self;
}

macro_rules! elements {
    ($($number:ty,)*) => {
        $(impl Element for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }

            fn from(bytes: Self::Bytes) -> Self {
                Self::from_le_bytes(bytes)
            }
        })*
    };
}

elements! { u32, i64, }

impl Element for Facts {
    type Bytes = [u8; 2];

    fn bytes(self) -> Self::Bytes {
        self.0.to_le_bytes()
    }

    fn from(bytes: Self::Bytes) -> Self {
        Self(u16::from_le_bytes(bytes))
    }
}

impl Element for [u8; 16] {
    type Bytes = Self;

    fn bytes(self) -> Self {
        self
    }

    fn from(bytes: Self) -> Self {
        bytes
    }
}

/// Makes the content of a file.
#[derive(Debug)]
pub struct CacheWriter(Vec<u8>);

impl CacheWriter {
    /// For an engine, of the state that the arrays are of; `arrays`: their bytes in all, as far as they are known.
    pub fn new(engine: u32, state: &[u8], arrays: usize) -> Self {
        let mut content = Vec::with_capacity(arrays + state.len() + 256);
        content.extend_from_slice(&MAGIC);
        content.extend_from_slice(&engine.to_le_bytes());
        let mut writer = Self(content);
        writer.length(state.len());
        writer.0.extend_from_slice(state);
        writer
    }

    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&(length as u64).to_le_bytes());
    }

    /// Appends an array.
    pub fn array<T: Element>(&mut self, elements: &[T]) {
        self.length(elements.len());
        for element in elements {
            self.0.extend_from_slice(element.bytes().as_ref());
        }
    }

    /// The whole content: with a digest of all of it.
    pub fn finish(mut self) -> Vec<u8> {
        let digest = Sha256::digest(&self.0);
        self.0.extend_from_slice(&digest);
        self.0
    }
}

/// Reads what a [`CacheWriter`] made. Each part is `None` where it is not what was written.
#[derive(Debug)]
pub struct CacheReader<'a> {
    rest: &'a [u8],
    state: &'a [u8],
}

impl<'a> CacheReader<'a> {
    /// Of a whole and undamaged file of this engine and version.
    pub fn open(content: &'a [u8], engine: u32) -> Option<Self> {
        let (content, digest) = content.split_at_checked(content.len().checked_sub(DIGEST)?)?;
        let rest = content.strip_prefix(&MAGIC)?.strip_prefix(&engine.to_le_bytes())?;
        if Sha256::digest(content)[..] != *digest {
            return None;
        }
        let mut reader = Self { rest, state: &[] };
        let length = reader.length()?;
        reader.state = reader.take(length)?;
        Some(reader)
    }

    /// The state that it belongs to.
    pub const fn state(&self) -> &'a [u8] {
        self.state
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()
    }

    /// The next array, with room for more.
    pub fn array<T: Element>(&mut self) -> Option<Vec<T>> {
        let (count, size) = (self.length()?, size_of::<T::Bytes>());
        // No longer than what is left, so that no length takes more memory than the file has.
        let bytes = self.take(count.checked_mul(size)?)?;
        let mut elements = Vec::with_capacity(count + count / SPARE);
        for element in bytes.chunks_exact(size) {
            elements.push(T::from(T::Bytes::try_from(element).ok()?));
        }
        Some(elements)
    }

    /// The next array, of as many elements as there are rows.
    pub fn column<T: Element>(&mut self, rows: usize) -> Option<Vec<T>> {
        self.array().filter(|column| column.len() == rows)
    }

    /// The four orders of the rows with these facts, each with every live row once.
    pub fn orders(&mut self, facts: &[Facts]) -> Option<[Order; 4]> {
        let live = facts.iter().filter(|facts| facts.is_live()).count();
        let mut order = || {
            let rows: Vec<u32> = self.column(live)?;
            let mut seen = Bits::new(facts.len());
            for row in &rows {
                if !facts.get(*row as usize)?.is_live() || seen.has(*row) {
                    return None;
                }
                seen.insert(*row);
            }
            Some(Order::new(rows))
        };
        Some([order()?, order()?, order()?, order()?])
    }

    /// Whether all has been read.
    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The name of the file of a database with this identity.
pub fn name(identity: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in identity {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut number = [0; 16];
    number.copy_from_slice(&digest.finalize()[..16]);
    format!("reparto-{:032x}.lists", u128::from_le_bytes(number))
}

/// The content of a file with `arrays` bytes of arrays at most. `None`: there is none; an error: it cannot be read, or is
/// too large to be one.
pub fn read(path: &Path, arrays: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let about = file.metadata()?;
    let most = arrays.saturating_add(FRAME);
    if !about.is_file() || about.len() > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no such file, or too large"));
    }
    let mut content = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    // It may grow while it is read.
    file.take(most).read_to_end(&mut content)?;
    Ok(Some(content))
}

/// Puts a file in the place of the one before, at once and for its owner alone. `false`: another process is writing it.
pub fn write(path: &Path, content: &[u8]) -> io::Result<bool> {
    let new = unfinished(path);
    let begun = fs::metadata(&new).and_then(|about| about.modified());
    if let Ok(begun) = begun {
        if begun.elapsed().is_ok_and(|age| age < LEFT_BEHIND) {
            return Ok(false);
        }
        fs::remove_file(&new)?;
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(OWNER).open(&new) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        opened => opened?,
    };
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The disk may be full: what was written of it must not stay.
        let _ = fs::remove_file(&new);
    }
    written.map(|()| true)
}

/// The name of a file while it is written.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}
