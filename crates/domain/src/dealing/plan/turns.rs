//! The order in which the turns of a deal are taken: each time by who is owed most of those who still get leads of the
//! class, while everybody who may still receive more is credited. So somebody whose quota is small takes these turns when
//! they are due, and is credited nothing once it is used up, as if leads came one at a time.

use std::cmp::Reverse;

use super::{Credited, DealInput, counts::Counts, weights};
use crate::dealing::balances::{self, ONE_LEAD};

/// A turn, before it is known which lead of its class is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// The lead in whose place it is.
    pub lead: usize,
    /// Its class.
    pub class: usize,
    /// Who takes it.
    pub member: usize,
}

/// The turns, in the order of the leads' urgency.
pub(super) fn order(input: &DealInput<'_>, counts: &Counts) -> Vec<Slot> {
    let weights = weights(input);
    let mut left = counts.of.clone();
    let mut owed: Vec<i64> = input.members.iter().map(|member| member.balance).collect();
    let mut credited = Credited::new(input);
    let mut shares: Vec<Option<(usize, Vec<i64>)>> = vec![None; input.classes.len()];
    let mut slots = Vec::with_capacity(counts.dealt.len());
    for lead in &counts.dealt {
        let class = input.leads[*lead].class;
        let eligible = &credited.eligible[class];
        // The parts change only when somebody drops out.
        let parts = match &mut shares[class] {
            Some((number, parts)) if *number == eligible.len() => parts,
            shares => &mut shares.insert((eligible.len(), balances::parts(ONE_LEAD, eligible, &weights))).1,
        };
        for (member, part) in eligible.iter().zip(parts.iter()) {
            owed[*member] += part;
        }
        let takes = input.classes[class].iter().copied().filter(|member| left[class][*member] > 0);
        // There is one: as many turns are counted as leads are dealt.
        let Some(member) = takes.min_by_key(|member| (Reverse(owed[*member]), *member)) else { continue };
        owed[member] -= ONE_LEAD;
        left[class][member] -= 1;
        credited.receive(member);
        slots.push(Slot { lead: *lead, class, member });
    }
    slots
}
