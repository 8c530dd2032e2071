//! What an undo may restore, and what it leaves marked as undone.

use std::collections::HashSet;

use super::{OperationKind, Touch};
use crate::{
    Refusal, Roles,
    opportunities::ItemError,
    text::{add_note, remove_note},
    users::Person,
};

impl OperationKind {
    /// Refuses to undo an operation of a kind that cannot be undone, and one that is undone already.
    pub const fn require_undoable(self, is_undone: bool) -> Result<(), Refusal> {
        if !self.can_be_undone() {
            return Err(Refusal::NotUndoable);
        }
        if is_undone { Err(Refusal::AlreadyUndone) } else { Ok(()) }
    }
}

/// An item of the operation to undo, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct UndoItem<'a, Present> {
    /// The opportunity's present state; `None` if it was deleted.
    pub present: Option<Present>,
    /// The newest operation that touched it since; `None` if it is as the operation left it.
    pub touched_by: Option<Touch>,
    /// The user who held it before the operation; `None`: nobody.
    pub earlier_holder: Option<&'a Person>,
}

impl<Present> UndoItem<'_, Present> {
    /// The present state of an item that can be restored: the opportunity exists, nobody touched it since, and its
    /// earlier holder may hold it again.
    pub fn require_restorable(self, assignable: &Roles) -> Result<Present, ItemError> {
        let present = self.present.ok_or(ItemError::NotFound)?;
        if let Some(touch) = self.touched_by {
            return Err(ItemError::Touched { operation: touch.operation_id, actor: touch.actor_id, at: touch.at });
        }
        let Some(person) = self.earlier_holder else { return Ok(present) };
        let holder = || (person.id, person.name.clone());
        if !person.is_active {
            return Err(ItemError::EarlierHolderInactive { holder: holder() });
        }
        if assignable.contains(person.role_name) {
            Ok(present)
        } else {
            Err(ItemError::EarlierHolderNotAssignable { holder: holder() })
        }
    }
}

/// Of the operations that touched an opportunity, newest first, those that are still in effect, oldest first: without
/// undos and the operations that they reverted. `numbers` gives an operation's number and that of the one that it undid.
pub fn in_effect<T>(newest_first: impl IntoIterator<Item = T>, numbers: impl Fn(&T) -> (i64, Option<i64>)) -> Vec<T> {
    let mut reverted = HashSet::new();
    let mut remaining: Vec<T> = newest_first
        .into_iter()
        .filter(|operation| {
            let (number, undoes) = numbers(operation);
            if reverted.contains(&number) {
                return false;
            }
            reverted.extend(undoes);
            undoes.is_none()
        })
        .collect();
    remaining.reverse();
    remaining
}

/// A mark that an undo sets or clears on the restored items of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark<Id> {
    /// The operation.
    pub operation: Id,
    /// Whether the items are undone now.
    pub is_undone: bool,
    /// The operation by which they are.
    pub by: Id,
}

/// The marks that an undo changes. `nested` is the operation that it undoes, the one that this undid itself, and so on:
/// what the first one had undone is in effect again, what the second had undone is not, and so on.
pub fn marks<Id: Copy>(undo: Id, nested: &[Id]) -> impl Iterator<Item = Mark<Id>> {
    let by = std::iter::once(undo).chain(nested.iter().copied());
    let undone = [true, false].into_iter().cycle();
    nested.iter().copied().zip(by).zip(undone).map(|((operation, by), is_undone)| Mark { operation, is_undone, by })
}

/// What an undo does to the notes of the restored opportunities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteChange<'a> {
    /// Removes the note that the operation added.
    Remove(&'a str),
    /// Adds it again: the operation had removed it.
    Add(&'a str),
}

impl<'a> NoteChange<'a> {
    /// The change, if there is a note at all. `nested` are the notes of the operations as in [`marks`]: only the last of
    /// them, which is no undo, can have one.
    pub fn of(nested: &[Option<&'a str>]) -> Option<Self> {
        let note = nested.last().copied().flatten()?;
        Some(if nested.len() % 2 == 1 { Self::Remove(note) } else { Self::Add(note) })
    }

    /// The notes after the change; `None` if it leaves them as they are.
    #[allow(clippy::option_option, reason = "whether they change, and to what; and that may be none")]
    pub fn apply(self, notes: Option<&str>) -> Option<Option<String>> {
        let after = match self {
            Self::Remove(note) => remove_note(notes, note),
            Self::Add(note) => Some(add_note(notes, note)),
        };
        (after.as_deref() != notes).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OperationId, Role, Timestamp, UserId};

    fn person(role: Role, is_active: bool) -> Person {
        let at = Timestamp::default();
        Person {
            id: UserId::new(),
            name: "Ana".into(),
            email: "ana@example.org".into(),
            phone: None,
            role_name: role,
            is_active,
            avatar_url: None,
            daily_lead_quota: 10,
            created_at: at,
            updated_at: at,
        }
    }

    fn check(exists: bool, touched_by: Option<Touch>, earlier_holder: Option<&Person>) -> Result<(), &'static str> {
        let item = UndoItem { present: exists.then_some(()), touched_by, earlier_holder };
        item.require_restorable(&Roles::default()).map_err(|error| error.code())
    }

    #[test]
    fn creations_imports_and_deletions_are_not_undone() {
        for kind in OperationKind::ALL {
            let made = matches!(kind, OperationKind::Create | OperationKind::Import | OperationKind::Delete);
            let expected = if made { Err(Refusal::NotUndoable) } else { Err(Refusal::AlreadyUndone) };
            assert_eq!(kind.require_undoable(true), expected);
            assert_eq!(kind.require_undoable(false), if made { Err(Refusal::NotUndoable) } else { Ok(()) });
        }
    }

    #[test]
    fn an_untouched_item_is_restored_to_an_assignable_holder() {
        let touch = Touch { operation_id: OperationId::new(), actor_id: None, at: Timestamp::default() };
        let (active, inactive, user) =
            (person(Role::Agent, true), person(Role::Agent, false), person(Role::User, true));
        assert_eq!(check(true, None, None), Ok(()));
        assert_eq!(check(true, None, Some(&active)), Ok(()));
        assert_eq!(check(true, None, Some(&inactive)), Err("earlier_holder_inactive"));
        assert_eq!(check(true, None, Some(&user)), Err("earlier_holder_not_assignable"));
        // What happened to the opportunity itself is said first.
        assert_eq!(check(true, Some(touch), Some(&inactive)), Err("touched_since"));
        assert_eq!(check(false, Some(touch), Some(&inactive)), Err("opportunity_not_found"));
    }

    #[test]
    fn an_undo_and_what_it_undid_cancel_out() {
        let remaining = |newest_first: &[(i64, Option<i64>)]| -> Vec<i64> {
            in_effect(newest_first, |step| **step).iter().map(|step| step.0).collect()
        };
        assert_eq!(remaining(&[(3, None), (2, None)]), [2, 3]);
        assert_eq!(remaining(&[(4, Some(3)), (3, None), (2, None)]), [2]);
        // The undo of an undo: the first operation is in effect again.
        assert_eq!(remaining(&[(5, Some(4)), (4, Some(3)), (3, None)]), [3]);
        // What it undid is older than what was asked for.
        assert_eq!(remaining(&[(4, Some(1)), (3, None)]), [3]);
    }

    #[test]
    fn each_undo_of_an_undo_turns_the_marks_around() {
        let mark = |operation, is_undone, by| Mark { operation, is_undone, by };
        assert_eq!(marks(9, &[5]).collect::<Vec<_>>(), [mark(5, true, 9)]);
        let deep: Vec<_> = marks(9, &[7, 6, 5]).collect();
        assert_eq!(deep, [mark(7, true, 9), mark(6, false, 7), mark(5, true, 6)]);
    }

    #[test]
    fn a_note_is_removed_and_added_again() {
        let change = NoteChange::of(&[Some("call")]).unwrap();
        assert_eq!(change, NoteChange::Remove("call"));
        assert_eq!(change.apply(Some("x\ncall")), Some(Some("x".to_owned())));
        assert_eq!(change.apply(Some("call")), Some(None));
        assert_eq!(change.apply(Some("rewritten")), None);
        let again = NoteChange::of(&[None, Some("call")]).unwrap();
        assert_eq!(again.apply(None), Some(Some("call".to_owned())));
        assert_eq!(NoteChange::of(&[None]), None);
    }
}
