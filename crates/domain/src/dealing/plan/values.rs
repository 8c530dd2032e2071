//! Which lead of its class each turn gives: the dearest first to whoever needs most value for each turn left, then
//! exchanges between two members while they bring both nearer to what is due to them.
//!
//! Numbers are decided before. As long as the two who are furthest apart differ by more than the dearest lead, and their
//! numbers by one at most, there is an exchange that narrows it: so one deal from level leaves values no further apart.

use std::collections::BTreeMap;

use super::{Credited, DealInput, turns::Slot, weights};
use crate::dealing::balances::{self, ONE_LEAD};

/// The mean value of the dealt leads of each class, in millionths.
pub(super) fn class_means(input: &DealInput<'_>, slots: &[Slot]) -> Vec<i64> {
    let mut sums = vec![(0_i64, 0_i64); input.classes.len()];
    for slot in slots {
        let (sum, count) = &mut sums[slot.class];
        *sum += input.leads[slot.lead].value;
        *count += 1;
    }
    sums.into_iter().map(|(sum, count)| if count == 0 { 0 } else { sum / count }).collect()
}

/// The lead of each slot.
pub(super) fn assign(input: &DealInput<'_>, slots: &[Slot]) -> Vec<usize> {
    let mut hands = Hands::new(input, slots);
    hands.deal(slots);
    hands.exchange();
    // Each one's leads of a class, in the order of urgency, to their turns.
    let mut queues: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (member, hand) in hands.of.into_iter().enumerate() {
        for ((class, _), leads) in hand {
            queues.entry((member, class)).or_default().extend(leads);
        }
    }
    for leads in queues.values_mut() {
        leads.sort_unstable_by(|one, other| other.cmp(one));
    }
    let lead = |slot: &Slot| queues.get_mut(&(slot.member, slot.class)).and_then(Vec::pop).unwrap_or(slot.lead);
    slots.iter().map(lead).collect()
}

/// The leads of a member by class and value.
type Hand = BTreeMap<(usize, i64), Vec<usize>>;

/// An exchange: leads of these values of a class change hands.
#[derive(Clone, Copy)]
struct Exchange {
    class: usize,
    given: i64,
    got: i64,
}

struct Hands<'a> {
    input: &'a DealInput<'a>,
    of: Vec<Hand>,
    /// What each has beyond what is due to them, in millionths; negative: lacks.
    beyond: Vec<i64>,
}

impl<'a> Hands<'a> {
    fn new(input: &'a DealInput<'a>, slots: &[Slot]) -> Self {
        Self {
            input,
            of: vec![Hand::new(); input.members.len()],
            beyond: due(input, slots).iter().map(|due| -due).collect(),
        }
    }

    /// Deals the dearest first to whoever needs most value for each turn left.
    fn deal(&mut self, slots: &[Slot]) {
        let (classes, members) = (self.input.classes.len(), self.input.members.len());
        let mut left = vec![vec![0_u32; members]; classes];
        let mut turns = vec![0_u32; members];
        for slot in slots {
            left[slot.class][slot.member] += 1;
            turns[slot.member] += 1;
        }
        let mut leads: Vec<(usize, usize)> = slots.iter().map(|slot| (slot.lead, slot.class)).collect();
        leads.sort_by_key(|(lead, _)| std::cmp::Reverse(self.input.leads[*lead].value));
        for (lead, class) in leads {
            let value = self.input.leads[lead].value;
            let takes = self.input.classes[class].iter().copied().filter(|member| left[class][*member] > 0);
            let needs = |member: usize| (i128::from(-self.beyond[member]), i128::from(turns[member]));
            let most = takes.reduce(|most, member| {
                let ((need, turns), (most_need, most_turns)) = (needs(member), needs(most));
                if need * most_turns > most_need * turns { member } else { most }
            });
            let Some(member) = most else { continue };
            left[class][member] -= 1;
            turns[member] -= 1;
            self.beyond[member] += value;
            self.of[member].entry((class, value)).or_default().push(lead);
        }
    }

    /// Exchanges leads while that brings somebody who has most beyond, or lacks most, nearer to what is due.
    fn exchange(&mut self) {
        // Each one lowers the sum of squares; the limit is far beyond what was ever needed.
        for _ in 0..100 * (self.input.leads.len() + self.input.members.len()) {
            let mut order: Vec<usize> = (0..self.of.len()).filter(|member| !self.of[*member].is_empty()).collect();
            order.sort_by_key(|member| (self.beyond[*member], *member));
            let (Some(lowest), Some(highest)) = (order.first().copied(), order.last().copied()) else { return };
            let with_highest = order.iter().map(|other| (highest, *other));
            let with_lowest = order.iter().rev().map(|other| (*other, lowest));
            let found = with_highest.chain(with_lowest).find_map(|(from, to)| Some((from, to, self.best(from, to)?)));
            let Some((from, to, exchange)) = found else { return };
            self.carry_out(from, to, exchange);
        }
    }

    /// The exchange between two members that brings them nearest to each other, if any does.
    fn best(&self, from: usize, to: usize) -> Option<Exchange> {
        let apart = self.beyond[from] - self.beyond[to];
        if apart <= 0 {
            return None;
        }
        let mut best: Option<(i64, Exchange)> = None;
        for (class, given) in self.of[from].keys().copied() {
            // What comes nearest to leaving them level: on either side of the value that would.
            let level = given - apart / 2;
            let others = &self.of[to];
            let below = others.range((class, i64::MIN)..=(class, level)).next_back();
            let above = others.range((class, level)..(class, given)).next();
            for ((_, got), _) in below.into_iter().chain(above) {
                let moved = given - got;
                if moved > 0 && moved < apart {
                    let off = (apart - 2 * moved).abs();
                    if best.is_none_or(|(least, _)| off < least) {
                        best = Some((off, Exchange { class, given, got: *got }));
                    }
                }
            }
        }
        best.map(|(_, exchange)| exchange)
    }

    fn carry_out(&mut self, from: usize, to: usize, exchange: Exchange) {
        let Exchange { class, given, got } = exchange;
        let (Some(one), Some(other)) = (take(&mut self.of[from], (class, given)), take(&mut self.of[to], (class, got)))
        else {
            return;
        };
        self.of[to].entry((class, given)).or_default().push(one);
        self.of[from].entry((class, got)).or_default().push(other);
        self.beyond[from] += got - given;
        self.beyond[to] += given - got;
    }
}

fn take(hand: &mut Hand, key: (usize, i64)) -> Option<usize> {
    let leads = hand.get_mut(&key)?;
    let lead = leads.pop();
    if leads.is_empty() {
        hand.remove(&key);
    }
    lead
}

/// The value due to each: what they are owed, and for each turn that they are credited the mean value of its class.
fn due(input: &DealInput<'_>, slots: &[Slot]) -> Vec<i64> {
    let means = class_means(input, slots);
    let weights = weights(input);
    let mut due: Vec<i64> = input.members.iter().map(|member| member.value_balance).collect();
    let mut credited = Credited::new(input);
    let mut credits = vec![vec![0_i64; input.members.len()]; input.classes.len()];
    // Turns of one class that follow each other are divided together.
    let mut run = (0, 0);
    let mut divided = |(class, turns): (usize, i64), credited: &Credited<'_>| {
        let eligible = &credited.eligible[class];
        for (member, part) in eligible.iter().zip(balances::divide(turns * ONE_LEAD, eligible, &weights)) {
            credits[class][*member] += part;
        }
    };
    for slot in slots {
        if slot.class != run.0 {
            divided(std::mem::replace(&mut run, (slot.class, 0)), &credited);
        }
        run.1 += 1;
        if credited.left[slot.member] == 1 {
            // The last turn of a member for which they are credited.
            divided(std::mem::replace(&mut run, (slot.class, 0)), &credited);
        }
        credited.receive(slot.member);
    }
    if run.1 > 0 {
        divided(run, &credited);
    }
    for (credits, mean) in credits.iter().zip(means) {
        for (due, turns) in due.iter_mut().zip(credits) {
            *due += i64::try_from(i128::from(*turns) * i128::from(mean) / i128::from(ONE_LEAD)).unwrap_or_default();
        }
    }
    due
}
