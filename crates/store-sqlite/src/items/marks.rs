//! Which items of an operation were undone: one bit for each, in the order of the request.

/// A bit for each item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marks(Vec<u8>);

impl Marks {
    /// Decodes stored marks; `None` means that no item is marked.
    pub(crate) fn of(stored: Option<Vec<u8>>) -> Self {
        Self(stored.unwrap_or_default())
    }

    /// Whether the item at this position is marked.
    pub(crate) fn has(&self, place: usize) -> bool {
        self.0.get(place / 8).is_some_and(|byte| byte & (1 << (place % 8)) != 0)
    }

    /// Marks the item at this position.
    pub(crate) fn set(&mut self, place: usize) {
        if self.0.len() <= place / 8 {
            self.0.resize(place / 8 + 1, 0);
        }
        self.0[place / 8] |= 1 << (place % 8);
    }

    /// Clears the mark of the item at this position.
    pub(crate) fn clear(&mut self, place: usize) {
        if let Some(byte) = self.0.get_mut(place / 8) {
            *byte &= !(1 << (place % 8));
        }
    }

    /// The marks in stored form; `None` if no item is marked.
    pub(crate) fn stored(&self) -> Option<&[u8]> {
        self.0.iter().any(|byte| *byte != 0).then_some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn marks_are_set_and_cleared() {
        let mut marks = Marks::default();
        marks.set(9);
        marks.set(0);
        assert!(marks.has(9) && marks.has(0) && !marks.has(8) && !marks.has(100));
        assert_eq!(Marks::of(marks.stored().map(<[u8]>::to_vec)), marks);
        marks.clear(9);
        marks.clear(0);
        marks.clear(100);
        assert_eq!(marks.stored(), None);
    }
}
