//! Which lead of its class each turn gives: the dearest first to whoever needs most value for each turn left, then
//! exchanges between two members while they bring both nearer to what is due to them.
//!
//! Numbers are decided before. As long as the two who are furthest apart differ by more than the dearest lead, and their
//! numbers by one at most, there is an exchange that narrows it: so one deal from level leaves values no further apart.

use std::cmp::Reverse;

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

/// The lead of each slot. `means` are the mean values of the classes.
pub(super) fn assign(input: &DealInput<'_>, slots: &[Slot], means: &[i64]) -> Vec<usize> {
    let mut hands = Hands::new(input, slots, means);
    hands.deal(slots);
    hands.exchange();
    // Each one's leads of a class, in the order of urgency, to their turns.
    let mut queues: Vec<Vec<Vec<usize>>> = Vec::with_capacity(hands.of.len());
    for hand in hands.of {
        let of_class = hand.into_iter().map(|values| {
            let mut leads = values.concat();
            leads.sort_unstable_by(|one, other| other.cmp(one));
            leads
        });
        queues.push(of_class.collect());
    }
    slots.iter().map(|slot| queues[slot.member][slot.class].pop().unwrap_or(slot.lead)).collect()
}

/// The leads of a member: by class, then by the index of their value.
type Hand = Vec<Vec<Vec<usize>>>;

/// An exchange: leads of these values of a class, given by their indices, change hands.
#[derive(Clone, Copy)]
struct Exchange {
    class: usize,
    given: usize,
    got: usize,
}

struct Hands<'a> {
    input: &'a DealInput<'a>,
    /// The different values of the leads, ascending.
    values: Vec<i64>,
    of: Vec<Hand>,
    /// What each has beyond what is due to them, in millionths; negative: lacks.
    beyond: Vec<i64>,
}

impl<'a> Hands<'a> {
    fn new(input: &'a DealInput<'a>, slots: &[Slot], means: &[i64]) -> Self {
        let mut values: Vec<i64> = slots.iter().map(|slot| input.leads[slot.lead].value).collect();
        values.sort_unstable();
        values.dedup();
        let hand = vec![vec![Vec::new(); values.len()]; input.classes.len()];
        let beyond = due(input, slots, means).iter().map(|due| -due).collect();
        Self { input, values, of: vec![hand; input.members.len()], beyond }
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
        leads.sort_by_key(|(lead, _)| Reverse(self.input.leads[*lead].value));
        for (lead, class) in leads {
            let takes = self.input.classes[class].iter().copied().filter(|member| left[class][*member] > 0);
            let needs = |member: usize| (i128::from(-self.beyond[member]), i128::from(turns[member]));
            let most = takes.reduce(|most, member| {
                let ((need, turns), (most_need, most_turns)) = (needs(member), needs(most));
                if need * most_turns > most_need * turns { member } else { most }
            });
            let Some(member) = most else { continue };
            left[class][member] -= 1;
            turns[member] -= 1;
            let value = self.input.leads[lead].value;
            self.beyond[member] += value;
            let index = self.values.partition_point(|known| *known < value);
            self.of[member][class][index].push(lead);
        }
    }

    /// Exchanges leads while that brings somebody who has most beyond, or lacks most, nearer to what is due. Whom no
    /// exchange brings nearer stays as they are.
    fn exchange(&mut self) {
        let has_leads = |hand: &Hand| hand.iter().flatten().any(|leads| !leads.is_empty());
        let mut open: Vec<usize> = (0..self.of.len()).filter(|member| has_leads(&self.of[*member])).collect();
        let all = open.clone();
        while open.len() > 1 {
            let by_distance = |member: &usize| (self.beyond[*member], *member);
            let (lowest, highest) =
                (open.iter().copied().min_by_key(by_distance), open.iter().copied().max_by_key(by_distance));
            let (Some(lowest), Some(highest)) = (lowest, highest) else { return };
            // Each exchange lowers the sum of squares, so this ends.
            if let Some(exchange) = self.best(highest, lowest) {
                self.carry_out(highest, lowest, exchange);
                continue;
            }
            let mut order = all.clone();
            order.sort_by_key(by_distance);
            if let Some((to, exchange)) = order.iter().find_map(|to| Some((*to, self.best(highest, *to)?))) {
                self.carry_out(highest, to, exchange);
                continue;
            }
            open.retain(|member| *member != highest);
            if let Some((from, exchange)) = order.iter().rev().find_map(|from| Some((*from, self.best(*from, lowest)?)))
            {
                self.carry_out(from, lowest, exchange);
                continue;
            }
            open.retain(|member| *member != lowest);
        }
    }

    /// The exchange between two members that brings them nearest to each other, if any does.
    fn best(&self, from: usize, to: usize) -> Option<Exchange> {
        let apart = self.beyond[from] - self.beyond[to];
        if apart <= 0 {
            return None;
        }
        let mut best: Option<(i64, Exchange)> = None;
        for (class, (own, others)) in self.of[from].iter().zip(&self.of[to]).enumerate() {
            let given = own.iter().enumerate().filter(|(_, leads)| !leads.is_empty()).map(|(index, _)| index);
            let mut got = others.iter().enumerate().filter(|(_, leads)| !leads.is_empty()).map(|(index, _)| index);
            // The others' values next to the one that would leave both level: it rises with the value that is given.
            let (mut below, mut above) = (None, got.next());
            for given in given {
                let level = self.values[given] - apart / 2;
                while let Some(index) = above.filter(|index| self.values[*index] <= level) {
                    (below, above) = (Some(index), got.next());
                }
                for got in [below, above].into_iter().flatten() {
                    let moved = self.values[given] - self.values[got];
                    let off = (apart - 2 * moved).abs();
                    if moved > 0 && moved < apart && best.is_none_or(|(least, _)| off < least) {
                        best = Some((off, Exchange { class, given, got }));
                    }
                }
            }
        }
        best.map(|(_, exchange)| exchange)
    }

    fn carry_out(&mut self, from: usize, to: usize, exchange: Exchange) {
        let Exchange { class, given, got } = exchange;
        let (one, other) = (self.of[from][class][given].pop(), self.of[to][class][got].pop());
        self.of[to][class][given].extend(one);
        self.of[from][class][got].extend(other);
        let moved = self.values[given] - self.values[got];
        self.beyond[from] -= moved;
        self.beyond[to] += moved;
    }
}

/// The value due to each: what they are owed, and for each turn that they are credited the mean value of its class.
fn due(input: &DealInput<'_>, slots: &[Slot], means: &[i64]) -> Vec<i64> {
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
            *due += i64::try_from(i128::from(*turns) * i128::from(*mean) / i128::from(ONE_LEAD)).unwrap_or_default();
        }
    }
    due
}
