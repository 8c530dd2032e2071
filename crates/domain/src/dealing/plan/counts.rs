//! How many leads of each class everybody gets.
//!
//! The most urgent lead that can be dealt is dealt first, along a path that moves leads dealt before to others where that
//! makes room (an augmenting path): so as many are dealt as possible, and no lead is left out for a less urgent one. Each
//! path ends at whoever may receive one more at the least cost, where the cost of a member's number of leads is
//! (number − owed)² / weight. Adding leads one by one along cheapest paths keeps the sum of these costs minimal: N. J. A.
//! Harvey, R. E. Ladner, L. Lovász, T. Tamir, "Semi-matchings for bipartite graphs and load balancing" (2006).

use std::cmp::Ordering;

use super::{DealInput, PlanLead, PlanMember};
use crate::dealing::balances::ONE_LEAD;

/// The numbers of a deal.
pub(super) struct Counts {
    /// The indices of the leads that are dealt, the most urgent first.
    pub dealt: Vec<usize>,
    /// The others, the most urgent first.
    pub undealt: Vec<usize>,
    /// For each class the number of leads of each member.
    pub of: Vec<Vec<u32>>,
}

pub(super) fn assign(input: &DealInput<'_>) -> Counts {
    let mut search = Search::new(input);
    let (mut dealt, mut undealt) = (Vec::with_capacity(input.leads.len()), Vec::new());
    for (lead, PlanLead { class, .. }) in input.leads.iter().enumerate() {
        if search.add(*class) { dealt.push(lead) } else { undealt.push(lead) }
    }
    Counts { dealt, undealt, of: search.of }
}

struct Search<'a> {
    input: &'a DealInput<'a>,
    of: Vec<Vec<u32>>,
    counts: Vec<u32>,
    /// For each class the members that a path from it reaches; `None`: to be found anew.
    reached: Vec<Option<Reached>>,
    /// Classes of which nothing more can be dealt. That stays so: everybody whom a path reaches is full.
    is_full: Vec<bool>,
}

/// The members that a path from a class reaches.
struct Reached {
    members: Vec<usize>,
    /// By member: the class whose lead comes to them on the way, and the member whom it comes from; `None` if it is the
    /// new lead.
    from: Vec<Option<(usize, Option<usize>)>>,
}

impl<'a> Search<'a> {
    fn new(input: &'a DealInput<'a>) -> Self {
        let (classes, members) = (input.classes.len(), input.members.len());
        Self {
            input,
            of: vec![vec![0; members]; classes],
            counts: vec![0; members],
            reached: (0..classes).map(|_| None).collect(),
            is_full: vec![false; classes],
        }
    }

    /// Deals one more lead of a class; returns whether that was possible.
    fn add(&mut self, class: usize) -> bool {
        if self.is_full[class] {
            return false;
        }
        let reached = self.reached[class].take().unwrap_or_else(|| self.reach(class));
        let free = reached
            .members
            .iter()
            .copied()
            .filter(|member| self.counts[*member] < self.input.members[*member].capacity);
        let Some(end) = free.min_by(|one, other| self.compare(*one, *other)) else {
            self.is_full[class] = true;
            return false;
        };
        self.counts[end] += 1;
        let (mut to, mut has_changed) = (end, false);
        while let Some((of_class, from)) = reached.from[to] {
            has_changed |= self.of[of_class][to] == 0;
            self.of[of_class][to] += 1;
            let Some(from) = from else { break };
            self.of[of_class][from] -= 1;
            has_changed |= self.of[of_class][from] == 0;
            to = from;
        }
        self.reached[class] = Some(reached);
        if has_changed && self.input.classes.len() > 1 {
            // Other leads can be moved now.
            self.reached.iter_mut().for_each(|reached| *reached = None);
        }
        true
    }

    /// Finds the members whom a new lead of a class reaches: those who may have it, those who may have what these could
    /// give away for it, and so on, by the fewest steps.
    fn reach(&self, class: usize) -> Reached {
        let mut from = vec![None; self.input.members.len()];
        let mut members: Vec<usize> = self.input.classes[class].clone();
        for member in &members {
            from[*member] = Some((class, None));
        }
        let mut is_seen = vec![false; self.input.classes.len()];
        is_seen[class] = true;
        let mut next = 0;
        while let Some(member) = members.get(next).copied() {
            next += 1;
            for (other, eligible) in self.input.classes.iter().enumerate() {
                // Whoever may have leads of a class that was seen is reached already.
                if is_seen[other] || self.of[other][member] == 0 {
                    continue;
                }
                is_seen[other] = true;
                for to in eligible {
                    if from[*to].is_none() {
                        from[*to] = Some((other, Some(member)));
                        members.push(*to);
                    }
                }
            }
        }
        Reached { members, from }
    }

    /// Whom one more lead costs less; with equal costs who has waited longer, then the place.
    fn compare(&self, one: usize, other: usize) -> Ordering {
        let (first, second) = (&self.input.members[one], &self.input.members[other]);
        let (cost, other_cost) = (marginal(first, self.counts[one]), marginal(second, self.counts[other]));
        let by_cost = (cost * i128::from(second.weight)).cmp(&(other_cost * i128::from(first.weight)));
        by_cost.then(first.last_event.cmp(&second.last_event)).then(one.cmp(&other))
    }
}

/// The weight times what one more lead adds to (number − owed)² / weight, in millionths.
fn marginal(member: &PlanMember, count: u32) -> i128 {
    (2 * i128::from(count) + 1) * i128::from(ONE_LEAD) - 2 * i128::from(member.balance)
}
