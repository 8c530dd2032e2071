//! What engines share of erasing: keyed hashes, and rows of kept exports.

use std::collections::HashSet;

use csv::ByteRecord;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reparto_domain::erasures::{Identity, KeyKind, Traces};
use reparto_store::{StoreError, StoreResult};
use sha2::Sha256;

use crate::contacts::Keys;

/// What identifies the contact of these keys.
pub fn identity(keys: &Keys) -> Identity {
    let [phone, mobile] = &keys.former_numbers;
    Identity::new(keys.email.as_deref(), [&keys.phone, &keys.mobile, phone, mobile].map(Option::as_deref))
}

/// A keyed hash of an address or a number.
pub type Hash = [u8; 32];

/// The hashes of an identity's keys, with the key of the database: without it, numbers could be found by trying all.
pub fn hashes(secret: &str, identity: &Identity) -> StoreResult<Vec<(KeyKind, Hash)>> {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map_err(|error| StoreError::Internal(format!("the key of erasures: {error}")))?;
    let hash = |(kind, key): (KeyKind, String)| {
        let mut mac = keyed.clone();
        mac.update(key.as_bytes());
        (kind, mac.finalize().into_bytes().into())
    };
    Ok(identity.keys().into_iter().map(hash).collect())
}

/// The rows of a kept export (CSV, whose first two columns are the ids of opportunity and contact) with all other
/// cells of some opportunities emptied. `None` if it has none of these opportunities.
#[expect(clippy::implicit_hasher, reason = "both engines have the default one")]
pub fn without_cells(output: &[u8], opportunities: &HashSet<String>) -> StoreResult<Option<Vec<u8>>> {
    rewritten(output, |record| {
        let is_one = record
            .get(0)
            .and_then(|id| std::str::from_utf8(id).ok())
            .is_some_and(|id| opportunities.contains(id.trim_start_matches('\u{feff}')));
        is_one.then(|| record.iter().enumerate().map(|(place, cell)| if place < 2 { cell } else { b"" }).collect())
    })
}

/// The rows of a kept export with all cells emptied that have one of these traces. `None` if it has no such cell.
pub fn without_traces(output: &[u8], traces: &Traces) -> StoreResult<Option<Vec<u8>>> {
    let names_them = |cell: &[u8]| traces.are_in(&String::from_utf8_lossy(cell));
    rewritten(output, |record| {
        let is_one = record.iter().skip(2).any(names_them);
        let bare = |(place, cell)| if place >= 2 && names_them(cell) { b"" } else { cell };
        is_one.then(|| record.iter().enumerate().map(bare).collect())
    })
}

/// A kept export with those rows replaced for which `replace` gives another. `None` if there is no such row.
fn rewritten(output: &[u8], replace: impl Fn(&ByteRecord) -> Option<ByteRecord>) -> StoreResult<Option<Vec<u8>>> {
    let broken = |error: csv::Error| StoreError::Inconsistent(format!("job_chunks.output: {error}"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(output);
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::with_capacity(output.len()));
    let mut found = false;
    for record in reader.byte_records() {
        let record = record.map_err(broken)?;
        let other = replace(&record);
        found |= other.is_some();
        writer.write_byte_record(other.as_ref().unwrap_or(&record)).map_err(broken)?;
    }
    let written = writer.into_inner().map_err(|error| StoreError::Internal(format!("an export: {error}")))?;
    Ok(found.then_some(written))
}

#[cfg(test)]
mod tests {
    use reparto_domain::contacts::ContactFields;

    use super::*;

    #[test]
    fn hashes_depend_on_the_key_and_the_kind() {
        let identity = Identity::new(Some("a@b.es"), [Some("600123456"), None]);
        let first = hashes("one", &identity).unwrap();
        assert_eq!(first, hashes("one", &identity).unwrap());
        assert_ne!(first, hashes("other", &identity).unwrap());
        assert_eq!(first.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [KeyKind::Address, KeyKind::Number]);
        assert_ne!(first[0].1, first[1].1);
    }

    #[test]
    fn a_number_is_recognised_by_its_former_key() {
        let of = |phone: &str| {
            let fields = ContactFields { phone: Some(phone.to_owned()), ..ContactFields::default() };
            identity(&Keys::of(&fields)).numbers
        };
        assert_eq!(of("+49 (0)30 123456"), ["4930123456", "49030123456"]);
        assert_eq!(of("+34 600 123 456"), ["600123456"]);
    }

    #[test]
    fn only_the_cells_of_erased_people_are_emptied() {
        let output = b"o1,c1,Ana,\"a, \"\"b\"\"\"\r\no2,c2,\"Eva\nMar\",x\r\n";
        let erased = without_cells(output, &HashSet::from(["o2".to_owned()])).unwrap().unwrap();
        assert_eq!(String::from_utf8(erased).unwrap(), "o1,c1,Ana,\"a, \"\"b\"\"\"\r\no2,c2,,\r\n");
        assert_eq!(without_cells(output, &HashSet::from(["o3".to_owned()])).unwrap(), None);
    }
}
