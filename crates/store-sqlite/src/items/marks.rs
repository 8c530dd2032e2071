//! Which items of an operation were given back by an undo: one bit for each, in the order of the request.

/// A bit for each item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marks(Vec<u8>);

impl Marks {
    /// The marks as they are stored; none where nothing is stored.
    pub(crate) fn of(stored: Option<Vec<u8>>) -> Self {
        Self(stored.unwrap_or_default())
    }

    /// Whether the item in this place is marked.
    pub(crate) fn has(&self, place: usize) -> bool {
        self.0.get(place / 8).is_some_and(|byte| byte & (1 << (place % 8)) != 0)
    }

    /// Marks the item in this place.
    pub(crate) fn set(&mut self, place: usize) {
        if self.0.len() <= place / 8 {
            self.0.resize(place / 8 + 1, 0);
        }
        self.0[place / 8] |= 1 << (place % 8);
    }

    /// Takes the mark of the item in this place away.
    pub(crate) fn clear(&mut self, place: usize) {
        if let Some(byte) = self.0.get_mut(place / 8) {
            *byte &= !(1 << (place % 8));
        }
    }

    /// What is stored; nothing where none is marked.
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
