//! Which of the waiting bulk requests are executed together, and when: a pure decision, without I/O.
//!
//! - A request that finds a free place goes at once.
//! - Those that wait go together, in the order of their arrival, up to a number of requests and of items.
//! - No two that name the same opportunity are under way at once: the later one is held back until the earlier one has
//!   ended. It would wait for the earlier one's locks anyway, and make the rest of its group wait with it.
//! - Nobody is overtaken by a later request that names the same opportunity, and whoever waits longest is looked at
//!   first, so that nobody waits for ever.
//! - Requests with and without an idempotency key do not mix, for they take two round trips and one.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

/// The bounds of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// How many groups are under way at once.
    pub groups: usize,
    /// How many requests a group has at most.
    pub requests: usize,
    /// How many items a group has at most, unless a single request has more.
    pub items: usize,
}

/// How many waiting requests are looked at for a group, so that a long queue of overlapping ones costs no more.
const LOOK: usize = 64;

/// What decides on the turn of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// The opportunities that it names, each once.
    pub ids: Vec<Uuid>,
    /// Whether it has an idempotency key.
    pub keyed: bool,
}

/// The number of a waiting request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// Requests whose turn it is.
#[derive(Debug)]
pub(super) struct Group<T> {
    pub members: Vec<T>,
    pub place: Place,
}

/// The place of a group that is under way; to be given back with [`Turns::free`].
#[derive(Debug)]
#[must_use]
pub(super) struct Place(Vec<Uuid>);

#[derive(Debug)]
struct Waiting<T> {
    ticket: Ticket,
    claim: Claim,
    member: T,
}

/// The requests that wait, and the opportunities of those that are under way.
#[derive(Debug)]
pub(super) struct Turns<T> {
    bounds: Bounds,
    waiting: VecDeque<Waiting<T>>,
    taken: HashSet<Uuid>,
    under_way: usize,
    tickets: u64,
}

impl<T> Turns<T> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, waiting: VecDeque::new(), taken: HashSet::new(), under_way: 0, tickets: 0 }
    }

    /// A request arrives.
    pub(super) fn arrive(&mut self, claim: Claim, member: T) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.waiting.push_back(Waiting { ticket, claim, member });
        ticket
    }

    /// A request gives up waiting; `false`: its turn has come already.
    pub(super) fn give_up(&mut self, ticket: Ticket) -> bool {
        let place = self.waiting.iter().position(|waiting| waiting.ticket == ticket);
        place.is_some_and(|place| self.waiting.remove(place).is_some())
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The next group, if there is a free place for one. Requests that nobody waits for any more are dropped.
    pub(super) fn next(&mut self, is_awaited: impl Fn(&T) -> bool) -> Option<Group<T>> {
        if self.under_way >= self.bounds.groups {
            return None;
        }
        self.waiting.retain(|waiting| is_awaited(&waiting.member));
        let chosen = self.choose();
        if chosen.is_empty() {
            return None;
        }
        let (mut members, mut ids) = (Vec::with_capacity(chosen.len()), Vec::new());
        // From the back, so that the places of the others stay.
        for place in chosen.into_iter().rev() {
            if let Some(Waiting { claim, member, .. }) = self.waiting.remove(place) {
                ids.extend(claim.ids);
                members.push(member);
            }
        }
        members.reverse();
        self.taken.extend(&ids);
        self.under_way += 1;
        Some(Group { members, place: Place(ids) })
    }

    /// The places in the queue of those who go together next.
    fn choose(&self) -> Vec<usize> {
        let (mut chosen, mut items, mut keyed) = (Vec::new(), 0, None);
        // The opportunities of all that were looked at, chosen or not: nobody is overtaken.
        let mut seen: HashSet<Uuid> = HashSet::new();
        for (place, Waiting { claim, .. }) in self.waiting.iter().enumerate().take(LOOK) {
            let more = items + claim.ids.len();
            let fits = keyed.is_none_or(|keyed| keyed == claim.keyed && more <= self.bounds.items)
                && !claim.ids.iter().any(|id| self.taken.contains(id) || seen.contains(id));
            if fits {
                (items, keyed) = (more, Some(claim.keyed));
                chosen.push(place);
                if chosen.len() >= self.bounds.requests {
                    break;
                }
            }
            seen.extend(&claim.ids);
        }
        chosen
    }

    /// A group has ended, or is not waited for any longer.
    pub(super) fn free(&mut self, Place(ids): Place) {
        for id in ids {
            self.taken.remove(&id);
        }
        self.under_way -= 1;
    }
}

#[cfg(test)]
mod tests;
