//! Sets of row numbers, one bit each.

/// A set of small numbers. Those beyond its length are not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// An empty set for numbers below `length`; it grows where it must.
    pub fn new(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    /// A set of these words; the lowest bit of the first is the number 0.
    pub const fn of(words: Vec<u64>) -> Self {
        Self(words)
    }

    /// Whether the number is in it.
    #[inline]
    pub fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }

    /// Puts a number in.
    #[inline]
    pub fn insert(&mut self, number: u32) {
        let place = number as usize / 64;
        if place >= self.0.len() {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (number % 64);
    }

    /// Takes a number out.
    pub fn remove(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    /// How many are in it.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether none is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.0.len() * 8
    }

    /// Leaves those that are in `other` too.
    pub fn intersect(&mut self, other: &Self) {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.0.iter_mut().zip(others) {
            *word &= other;
        }
    }

    /// Leaves those for which `keep` says so.
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
    fn what_was_put_in_is_in_until_it_is_taken_out() {
        let mut bits = set(&[0, 63, 64, 1_000]);
        assert_eq!(bits.len(), 4);
        bits.remove(63);
        bits.remove(5_000);
        assert_eq!([0, 63, 64, 1_000, 5_000].map(|number| bits.has(number)), [true, false, true, true, false]);
    }

    #[test]
    fn what_two_sets_share_stays_and_the_shorter_one_ends_it() {
        let mut bits = set(&[1, 64, 700]);
        bits.intersect(&set(&[1, 2, 64]));
        assert_eq!((bits.len(), bits.has(1), bits.has(64), bits.has(700)), (2, true, true, false));
    }

    #[test]
    fn what_is_not_kept_goes() {
        let mut bits = set(&[1, 64, 65, 700]);
        bits.retain(|number| number % 2 == 0);
        assert_eq!((bits.len(), bits.has(64), bits.has(700)), (2, true, true));
    }
}
