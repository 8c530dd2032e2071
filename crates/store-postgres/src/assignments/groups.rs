//! Bulk requests that wait in this process at one moment are executed together: one statement, one commit, an outcome
//! for each. [`Turns`] decides who goes with whom; a task of its own executes each group, so that a caller who goes
//! away does not take others' work along.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reparto_domain::{OpportunityId, UserId};
use reparto_store::StoreError;
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use super::{
    bulk::{Answered, Bulk, Ungrouped, alone, together},
    turns::{Bounds, Claim, Group, Place, Turns},
};
use crate::{Options, PostgresStore};

/// How many groups are under way in a process, and how large they are, by measurement on two processors: see
/// `docs/architecture.md`.
const BOUNDS: Bounds = Bounds { groups: 3, requests: 8, items: 1_000 };

/// The bulk requests of a process.
pub(crate) struct Groups {
    turns: Mutex<Turns<Waiting>>,
    /// The idempotency keys of requests that wait or are under way.
    keys: Mutex<HashSet<Key>>,
    /// A group that takes longer than this waits for somebody else's lock: it keeps no place any more, and holds back
    /// nobody. So a lock that is held for long stops those who need it, and not all the others.
    patience: Duration,
}

type Key = (UserId, String);

/// A request that waits for its turn.
struct Waiting {
    bulk: Bulk,
    answer: oneshot::Sender<Answered>,
    /// The span of the request, for the spans of its statements.
    span: Span,
}

impl Groups {
    pub(crate) fn new(options: &Options) -> Self {
        let bounds = Bounds { groups: BOUNDS.groups.min(options.pool_size).max(1), ..BOUNDS };
        Self { turns: Mutex::new(Turns::new(bounds)), keys: Mutex::default(), patience: options.patience }
    }

    /// The number of requests waiting for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.turns().waiting()
    }

    fn turns(&self) -> MutexGuard<'_, Turns<Waiting>> {
        // Nothing that can panic is done under the lock but by `Turns`, which then is wrong for ever.
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Executes a request, with others that wait. A request whose turn does not come in time is refused as busy, like one
/// that gets no connection.
pub(super) async fn execute(store: &PostgresStore, bulk: Bulk) -> Answered {
    let key = match Present::enter(store, &bulk) {
        Ok(key) => key,
        // Another with the same key is under way: what becomes of this one, the database says at once.
        Err(Repeated) => return alone(store, &bulk).await,
    };
    let claim =
        Claim { ids: bulk.ids.iter().filter_map(|id| id.id).map(OpportunityId::uuid).collect(), keyed: key.is_some() };
    let (answer, mut answered) = oneshot::channel();
    let ticket = store.groups().turns().arrive(claim, Waiting { bulk, answer, span: Span::current() });
    start(store);
    let ended = || Err(StoreError::Internal("a group of bulk requests ended without an answer".into()));
    if let Ok(answered) = tokio::time::timeout(store.wait(), &mut answered).await {
        return answered.unwrap_or_else(|_| ended());
    }
    if store.groups().turns().give_up(ticket) {
        return Err(StoreError::Busy);
    }
    answered.await.unwrap_or_else(|_| ended())
}

/// Another request with the same key waits or is under way in this process.
struct Repeated;

/// The presence of a request with a key; ends when dropped.
struct Present {
    store: PostgresStore,
    key: Key,
}

impl Present {
    /// `None`: it has no key.
    fn enter(store: &PostgresStore, bulk: &Bulk) -> Result<Option<Self>, Repeated> {
        let (Some(keyed), Some(user)) = (&bulk.keyed, bulk.caller.user()) else { return Ok(None) };
        let key = (user, keyed.key.clone());
        if !store.groups().keys().insert(key.clone()) {
            return Err(Repeated);
        }
        Ok(Some(Self { store: store.clone(), key }))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.store.groups().keys().remove(&self.key);
    }
}

/// Starts all groups whose turn it is.
fn start(store: &PostgresStore) {
    loop {
        let next = store.groups().turns().next(|waiting| !waiting.answer.is_closed());
        let Some(Group { members, place }) = next else { return };
        let span = members.first().map_or_else(Span::none, |first| first.span.clone());
        let place = Occupied { store: store.clone(), place: Some(place) };
        tokio::spawn(answer(place, members).instrument(span));
    }
}

/// The place of a group; given back when dropped, whatever becomes of the group.
struct Occupied {
    store: PostgresStore,
    place: Option<Place>,
}

impl Occupied {
    /// Gives the place back, and starts who has waited for it.
    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            self.store.groups().turns().free(place);
            start(&self.store);
        }
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Executes a group and answers its members. If the database rolls it back, each member is executed by itself, and
/// answered as soon as it is done: one that fails, or waits for a lock, harms no other.
async fn answer(mut place: Occupied, mut members: Vec<Waiting>) {
    if members.len() == 1 {
        if let Some(member) = members.pop() {
            answer_one(place, member).await;
        }
        return;
    }
    let (bulks, mut waiting): (Vec<Bulk>, Vec<_>) =
        members.into_iter().map(|Waiting { bulk, answer, span }| (bulk, (answer, span))).unzip();
    let store = place.store.clone();
    let work = {
        let members: Vec<&Bulk> = bulks.iter().collect();
        let callers = waiting.iter_mut().map(|(answer, _)| answer).collect();
        awaited(&mut place, callers, Box::pin(together(&store, &members))).await
    };
    place.leave();
    let answers = match work {
        None => return,
        Some(Ok(answers)) => answers,
        Some(Err(Ungrouped::Failed(error))) => bulks.iter().map(|_| Err(error.clone())).collect(),
        Some(Err(Ungrouped::RolledBack(error))) => {
            tracing::debug!(%error, requests = bulks.len(), "a group of bulk requests was rolled back");
            for (bulk, (answer, span)) in bulks.into_iter().zip(waiting) {
                let place = Occupied { store: store.clone(), place: None };
                let member = Waiting { bulk, answer, span: span.clone() };
                tokio::spawn(answer_one(place, member).instrument(span));
            }
            return;
        }
    };
    for ((caller, _), answer) in waiting.into_iter().zip(answers) {
        // Who has gone away meanwhile does not hear of it.
        let _ = caller.send(answer);
    }
}

/// Executes a request by itself and answers it.
async fn answer_one(mut place: Occupied, member: Waiting) {
    let (store, Waiting { bulk, mut answer, .. }) = (place.store.clone(), member);
    let answered = awaited(&mut place, vec![&mut answer], Box::pin(alone(&store, &bulk))).await;
    place.leave();
    if let Some(answered) = answered {
        let _ = answer.send(answered);
    }
}

/// Does some work while anybody waits for it; otherwise it is given up, and what it has sent is cancelled. Gives the
/// place back when it takes long.
async fn awaited<T>(
    place: &mut Occupied,
    callers: Vec<&mut oneshot::Sender<Answered>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut gone = std::pin::pin!(async {
        for caller in callers {
            caller.closed().await;
        }
    });
    let mut patience = std::pin::pin!(tokio::time::sleep(place.store.groups().patience));
    let mut is_patient = true;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = &mut gone => return None,
            () = &mut patience, if is_patient => {
                is_patient = false;
                place.leave();
            }
        }
    }
}
