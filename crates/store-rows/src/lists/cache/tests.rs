use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use super::*;

const ENGINE: u32 = 7;

fn facts(live: &[bool]) -> Vec<Facts> {
    live.iter().map(|live| if *live { Facts::new(50, 1, true) } else { Facts::default() }).collect()
}

fn content(live: &[bool], orders: &[Vec<u32>; 4]) -> Vec<u8> {
    let mut writer = CacheWriter::new(ENGINE, b"state", 0);
    writer.array(&facts(live));
    writer.array(&[-1_i64, i64::MAX]);
    writer.array(&[[7_u8; 16]]);
    for rows in orders {
        writer.array(rows);
    }
    writer.finish()
}

/// The orders in it.
fn orders(content: &[u8]) -> Option<[Order; 4]> {
    let mut reader = CacheReader::open(content, ENGINE)?;
    let facts = reader.array::<Facts>()?;
    (reader.array::<i64>()? == [-1, i64::MAX] && reader.column::<[u8; 16]>(1)? == [[7; 16]]).then_some(())?;
    let orders = reader.orders(&facts)?;
    reader.is_at_end().then_some(orders)
}

fn whole() -> Vec<u8> {
    content(&[false, true, true], &[vec![1, 2], vec![2, 1], vec![1, 2], vec![2, 1]])
}

#[test]
fn what_was_written_is_read() {
    let whole = whole();
    let read = orders(&whole).unwrap();
    assert_eq!(read.each_ref().map(|order| order.rows().to_vec()), [[1, 2], [2, 1], [1, 2], [2, 1]]);
    assert_eq!(CacheReader::open(&whole, ENGINE).unwrap().state(), b"state");
    assert!(CacheReader::open(&whole, ENGINE + 1).is_none(), "another engine");
    assert!(CacheReader::open(&whole, ENGINE).unwrap().column::<Facts>(2).is_none(), "another number of rows");
}

#[test]
fn an_order_with_a_row_twice_or_one_that_is_not_there_is_refused() {
    let good = vec![1, 2];
    for bad in [vec![1, 1], vec![1], vec![0, 1], vec![1, 3], vec![1, u32::MAX], vec![1, 2, 1]] {
        let content = content(&[false, true, true], &[good.clone(), good.clone(), bad.clone(), good.clone()]);
        assert!(orders(&content).is_none(), "{bad:?}");
    }
}

#[test]
fn a_length_beyond_the_file_is_refused() {
    for length in [3, u64::MAX, u64::MAX / 4 + 1] {
        let mut writer = CacheWriter::new(ENGINE, b"", 0);
        writer.0.extend_from_slice(&length.to_le_bytes());
        writer.0.extend_from_slice(&[0; 8]);
        let content = writer.finish();
        assert!(CacheReader::open(&content, ENGINE).unwrap().array::<u32>().is_none(), "{length}");
    }
}

#[test]
fn a_file_takes_the_place_of_another_and_is_its_owners() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists");
    assert!(read(&path, 0).unwrap().is_none());
    assert!(write(&path, b"one").unwrap() && write(&path, b"another").unwrap());
    assert_eq!(read(&path, 100).unwrap().as_deref(), Some(&b"another"[..]));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, OWNER);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    fs::write(unfinished(&path), "").unwrap();
    assert!(!write(&path, b"third").unwrap(), "somebody else is writing");
    let left = File::options().write(true).open(unfinished(&path)).unwrap();
    left.set_modified(left.metadata().unwrap().modified().unwrap() - 2 * LEFT_BEHIND).unwrap();
    assert!(write(&path, b"third").unwrap(), "nobody is any more");
}

#[test]
fn what_is_too_large_or_no_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists");
    File::create(&path).unwrap().set_len(FRAME + 11).unwrap();
    assert!(read(&path, 10).is_err());
    assert!(read(folder.path(), 10).is_err());
}

proptest! {
    #[test]
    fn a_flipped_bit_a_missing_end_or_more_at_the_end_is_refused(bit in any::<usize>(), length in any::<usize>(), more in any::<u8>()) {
        let whole = whole();
        let mut flipped = whole.clone();
        let bit = bit % (whole.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(orders(&flipped).is_none());
        prop_assert!(orders(&whole[..length % whole.len()]).is_none());
        let mut longer = whole;
        longer.push(more);
        prop_assert!(orders(&longer).is_none());
    }

    #[test]
    fn no_content_panics(content in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut written = CacheWriter::new(ENGINE, b"", 0);
        written.0.extend_from_slice(&content);
        let _ = orders(&written.finish());
        prop_assert!(orders(&content).is_none());
    }
}
