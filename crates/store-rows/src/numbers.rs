//! Numbers between the program, which counts from 0, and a database, whose integers are signed.
//!
//! A number that a database holds and that must fit (a version, a row's number) is converted where it is read, and is an
//! error of its own there. What is here is for counts, where the end of the range is as good as the number.

/// A count as a database keeps it. One beyond the range of its integers becomes the greatest of them; nothing that was
/// counted in memory is.
pub fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// A count that was read. A negative one, which only damage can make, becomes 0.
pub fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// A count as the length of something in memory.
pub fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The number of a row of a mirror. Mirrors refuse rows whose number is higher when they read them.
pub fn row(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_a_range_become_its_end() {
        assert_eq!((signed(7_usize), signed(u64::MAX)), (7, i64::MAX));
        assert_eq!((counted(7), counted(-1)), (7, 0));
        assert_eq!((row(7), row(usize::MAX)), (7, u32::MAX));
        assert_eq!(length(7), 7);
    }
}
