//! Bit sets of row numbers.

use rand::{
    Rng,
    seq::{SliceRandom as _, index},
};

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

    /// The elements, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..).step_by(64).zip(&self.0).flat_map(|(first, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                // Clears the lowest bit; there is none once all 64 are zero.
                left &= left.checked_sub(1)?;
                Some(first + bit)
            })
        })
    }

    /// At most this many elements, each subset of that size as likely as any other, in random order.
    pub fn sample(&self, random: &mut impl Rng, at_most: usize) -> Vec<u32> {
        let count = self.len();
        let mut sampled = if count <= at_most {
            self.iter().collect::<Vec<u32>>()
        } else {
            let mut ranks = index::sample(random, count, at_most).into_vec();
            ranks.sort_unstable();
            self.ranked(&ranks)
        };
        sampled.shuffle(random);
        sampled
    }

    /// The elements with these ranks; both ascending, ranks from 0.
    fn ranked(&self, ranks: &[usize]) -> Vec<u32> {
        let (mut found, mut ranks, mut passed) = (Vec::with_capacity(ranks.len()), ranks.iter().peekable(), 0_usize);
        for (first, word) in (0_u32..).step_by(64).zip(&self.0) {
            let here = word.count_ones() as usize;
            if ranks.peek().is_none() {
                break;
            }
            let (mut left, mut rank) = (*word, passed);
            while let Some(wanted) = ranks.next_if(|wanted| **wanted < passed + here) {
                while rank < *wanted {
                    left &= left - 1;
                    rank += 1;
                }
                found.push(first + left.trailing_zeros());
            }
            passed += here;
        }
        found
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
    use rand::{SeedableRng as _, rngs::StdRng};

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
    fn elements_come_in_ascending_order() {
        assert_eq!(set(&[1_000, 0, 63, 64]).iter().collect::<Vec<_>>(), [0, 63, 64, 1_000]);
        assert_eq!(Bits::new(500).iter().count(), 0);
    }

    #[test]
    fn a_sample_of_all_is_all_of_them() {
        let mut sampled = set(&[3, 64, 127, 700]).sample(&mut StdRng::seed_from_u64(1), 10);
        sampled.sort_unstable();
        assert_eq!(sampled, [3, 64, 127, 700]);
        assert!(Bits::default().sample(&mut StdRng::seed_from_u64(1), 10).is_empty());
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "the numbers of a test are small")]
    fn each_element_is_sampled_as_often_as_any_other() {
        let numbers: Vec<u32> = (0..1_000).filter(|number| number % 7 < 3 || *number > 900).collect();
        let (bits, mut counts) = (set(&numbers), std::collections::HashMap::<u32, u64>::new());
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..2_000 {
            let sampled = bits.sample(&mut random, 50);
            assert_eq!(sampled.iter().collect::<std::collections::HashSet<_>>().len(), 50);
            for number in sampled {
                *counts.entry(number).or_default() += 1;
            }
        }
        let expected = 2_000.0 * 50.0 / numbers.len() as f64;
        let squared: f64 = numbers.iter().map(|n| (counts[n] as f64 - expected).powi(2) / expected).sum();
        // So many degrees of freedom less one: five standard deviations.
        let freedom = numbers.len() as f64 - 1.0;
        assert!((squared - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(), "{squared} of {freedom}");
        assert!(counts.keys().all(|number| bits.has(*number)));
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
