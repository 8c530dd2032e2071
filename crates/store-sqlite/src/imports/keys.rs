//! The keys of an import's rows, made while the rows before are written.

use std::{sync::mpsc::sync_channel, thread};

use reparto_domain::imports::ImportRow;
use reparto_store_rows::contacts::Keys;

/// From so many rows on, a thread is worth its start.
const MANY: usize = 200;

/// So many keys are passed at once: whoever waits is woken seldom.
const AT_ONCE: usize = 100;

/// Pieces that are made ahead.
const AHEAD: usize = 4;

/// Has something done with the keys of all rows, in their order. Those of many are made by another thread: the writer's time
/// is what an import's length depends on.
pub(super) fn with_keys<T>(rows: &[ImportRow], work: impl FnOnce(&mut dyn Iterator<Item = Keys>) -> T) -> T {
    let here = |rows: &[ImportRow]| rows.iter().map(|row| Keys::of(&row.contact)).collect::<Vec<_>>();
    if rows.len() < MANY {
        return work(&mut here(rows).into_iter());
    }
    thread::scope(|scope| {
        let (sender, made) = sync_channel(AHEAD);
        let maker = thread::Builder::new().name("import-keys".into()).spawn_scoped(scope, move || {
            // It stops where nobody wants the next ones any more.
            rows.chunks(AT_ONCE).map(here).try_for_each(|keys| sender.send(keys))
        });
        match maker {
            Ok(_) => work(&mut made.into_iter().flatten()),
            Err(error) => {
                tracing::debug!(%error, "no thread for the keys of an import");
                work(&mut here(rows).into_iter())
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use reparto_domain::contacts::ContactFields;

    use super::*;

    #[test]
    fn every_row_has_its_keys_in_order() {
        for count in [0, 1, MANY - 1, MANY, MANY + 1, 10 * AT_ONCE + 1] {
            let row = |n: usize| {
                let email = Some(format!("a{n}@example.org"));
                ImportRow::new(2, ContactFields { email, ..ContactFields::default() })
            };
            let rows: Vec<_> = (0..count).map(row).collect();
            let emails = with_keys(&rows, |keys| keys.filter_map(|keys| keys.email).collect::<Vec<_>>());
            assert_eq!(emails, rows.iter().filter_map(|row| row.contact.email.clone()).collect::<Vec<_>>());
            // Who needs no more than the first ones waits for no others.
            assert_eq!(with_keys(&rows, |keys| keys.next().is_some()), count > 0);
        }
    }
}
