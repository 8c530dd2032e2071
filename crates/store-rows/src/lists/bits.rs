//! Bit sets of row numbers.

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// An empty set with space for numbers below `length`; it grows as needed.
    pub fn new(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    /// A set from these words; the lowest bit of the first word is the number 0.
    pub const fn of(words: Vec<u64>) -> Self {
        Self(words)
    }

    /// Whether the set contains the number.
    #[inline]
    pub fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }

    /// Inserts a number.
    #[inline]
    pub fn insert(&mut self, number: u32) {
        let place = number as usize / 64;
        if place >= self.0.len() {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (number % 64);
    }

    /// Removes a number.
    pub fn remove(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.len() * 8
    }

    /// Keeps only numbers that `other` contains, too.
    pub fn intersect(&mut self, other: &Self) {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.0.iter_mut().zip(others) {
            *word &= other;
        }
    }

    /// Keeps only numbers for which `keep` returns `true`.
    pub fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        for (first, word) in (0_u32..).step_by(64).zip(&mut self.0) {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                *word &= !(u64::from(!keep(first + bit)) << bit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: &[u32]) -> Bits {
        let mut bits = Bits::default();
        for number in numbers {
            bits.insert(*number);
        }
        bits
    }

    #[test]
    fn inserted_numbers_stay_until_removed() {
        let mut bits = set(&[0, 63, 64, 1_000]);
        assert_eq!(bits.len(), 4);
        bits.remove(63);
        bits.remove(5_000);
        assert_eq!([0, 63, 64, 1_000, 5_000].map(|number| bits.has(number)), [true, false, true, true, false]);
    }

    #[test]
    fn intersecting_keeps_only_what_both_have() {
        let mut bits = set(&[1, 64, 700]);
        bits.intersect(&set(&[1, 2, 64]));
        assert_eq!((bits.len(), bits.has(1), bits.has(64), bits.has(700)), (2, true, true, false));
    }

    #[test]
    fn retain_drops_the_rest() {
        let mut bits = set(&[1, 64, 65, 700]);
        bits.retain(|number| number % 2 == 0);
        assert_eq!((bits.len(), bits.has(64), bits.has(700)), (2, true, true));
    }
}
