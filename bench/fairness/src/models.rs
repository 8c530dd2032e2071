//! Ways of dealing. Those of other systems are written anew from their published rules, without what does not bear on
//! fairness.

use std::cmp::Reverse;

use reparto_domain::dealing::{
    balances::{Booking, ONE_LEAD},
    choice::{ChoiceRules, Contender, LeadValue, Strategy, choose},
    plan::{self, DealInput, PlanLead, PlanMember},
};

use crate::world::{MEMBERS, World};

const WEIGHTS: [u32; MEMBERS] = [100; MEMBERS];

/// One deal each morning over who is there.
pub fn deals(world: &World) -> Vec<usize> {
    let mut receivers = vec![0; world.leads.len()];
    let (mut balances, mut value_balances) = (vec![0; MEMBERS], vec![0; MEMBERS]);
    for day in 0..world.days() {
        let places: Vec<(usize, i64)> = world.day(day).map(|(place, lead)| (place, lead.value * ONE_LEAD)).collect();
        let leads: Vec<PlanLead> = places.iter().map(|(_, value)| PlanLead { class: 0, value: *value }).collect();
        let members: Vec<PlanMember> = (0..MEMBERS)
            .map(|at| PlanMember {
                weight: WEIGHTS[at],
                balance: balances[at],
                value_balance: value_balances[at],
                capacity: u32::MAX,
                last_event: 0,
            })
            .collect();
        let classes = [world.present[day].clone()];
        let input = DealInput { members: &members, classes: &classes, leads: &leads };
        let planned = plan::plan(&input);
        for turn in &planned.turns {
            receivers[places[turn.lead].0] = turn.to;
        }
        let outcome = plan::book(&input, &planned.turns, |_, _| ());
        (balances, value_balances) = (outcome.balances, outcome.value_balances);
    }
    receivers
}

/// One lead at a time, by turns.
pub fn turns(world: &World) -> Vec<usize> {
    one_at_a_time(world, Strategy::Turns)
}

/// One lead at a time, by value.
pub fn by_value(world: &World) -> Vec<usize> {
    one_at_a_time(world, Strategy::Value)
}

fn one_at_a_time(world: &World, strategy: Strategy) -> Vec<usize> {
    let rules = ChoiceRules { strategy, ..ChoiceRules::default() };
    let mut members = [Contender::default(); MEMBERS];
    let mut sum = 0;
    let mut receivers = Vec::with_capacity(world.leads.len());
    for (number, lead) in (1..).zip(&world.leads) {
        let (value, eligible) = (lead.value * ONE_LEAD, &world.present[lead.day]);
        let mean = (number > 1).then(|| sum / (number - 1));
        let chosen = choose(&rules, &members, &WEIGHTS, eligible, LeadValue { value, mean }, 0);
        let receiver = chosen.map_or(0, |choice| choice.member);
        let (mut turns, mut values) = ([0; MEMBERS], [0; MEMBERS]);
        let booking = Booking { points: ONE_LEAD, eligible, receiver };
        booking.book(&mut turns, &WEIGHTS);
        Booking { points: value, ..booking }.book(&mut values, &WEIGHTS);
        for (at, member) in members.iter_mut().enumerate() {
            member.balance += turns[at];
            member.value_balance += values[at];
            member.in_a_row = if at == receiver { member.in_a_row + 1 } else { 0 };
        }
        members[receiver].last_event = number.unsigned_abs();
        sum += value;
        receivers.push(receiver);
    }
    receivers
}

/// A pointer that goes round and skips who is not there.
pub fn round_robin(world: &World) -> Vec<usize> {
    let mut next = 0;
    let mut deal = |lead: &crate::world::Lead| {
        while !world.present[lead.day].contains(&next) {
            next = (next + 1) % MEMBERS;
        }
        let receiver = next;
        next = (next + 1) % MEMBERS;
        receiver
    };
    world.leads.iter().map(&mut deal).collect()
}

/// Each morning's leads sorted by value, and people in a fixed order who each take the best that is left.
pub fn best_first(world: &World) -> Vec<usize> {
    let mut receivers = vec![0; world.leads.len()];
    for day in 0..world.days() {
        let mut leads: Vec<_> = world.day(day).collect();
        leads.sort_by_key(|(_, lead)| Reverse(lead.value));
        let ring = world.present[day].iter().copied().cycle();
        leads.into_iter().zip(ring).for_each(|((place, _), member)| receivers[place] = member);
    }
    receivers
}

/// To who has the fewest open leads; people close a part of theirs each day.
pub fn least_busy(world: &World) -> Vec<usize> {
    let mut open = [0_u32; MEMBERS];
    let mut receivers = Vec::with_capacity(world.leads.len());
    for day in 0..world.days() {
        let present = &world.present[day];
        for _ in world.day(day) {
            let receiver = present.iter().copied().min_by_key(|member| (open[*member], *member)).unwrap_or_default();
            open[receiver] += 1;
            receivers.push(receiver);
        }
        for member in present {
            open[*member] -= open[*member] * world.closes[*member] / 100;
        }
    }
    receivers
}
