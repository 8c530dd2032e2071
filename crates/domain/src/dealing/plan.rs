//! A deal of many leads at once: which of them can be dealt at all, how many everybody gets, and which.
//!
//! 1. [`counts`]: the greatest number of leads that quotas, caps and skills allow, of those the most urgent ones, and the
//!    evenest numbers for each member.
//! 2. [`turns`]: the order in which these turns are taken, which says who is credited for each.
//! 3. [`values`]: which lead goes to whom, so that values are as even as the numbers allow.
//!
//! Leads with the same eligible members are one class; there is usually one, or a handful. The same input gives the same
//! plan.

mod counts;
mod turns;
mod values;

use super::{
    balances::{Booking, ONE_LEAD},
    choice::Because,
};

/// A member as a deal sees them, in the order of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanMember {
    /// The weight, at least 1.
    pub weight: u32,
    /// What they are owed, in millionths of a lead.
    pub balance: i64,
    /// What value they are owed, in millionths.
    pub value_balance: i64,
    /// How many leads they may receive: what quota and cap leave.
    pub capacity: u32,
    /// The number of the event that last gave them a lead; 0: none yet.
    pub last_event: u64,
}

/// A lead that is to be dealt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLead {
    /// The index of its class.
    pub class: usize,
    /// Its value in millionths, not negative.
    pub value: i64,
}

/// What a deal is made of.
#[derive(Debug, Clone, Copy)]
pub struct DealInput<'a> {
    /// The members, in the order of their places.
    pub members: &'a [PlanMember],
    /// For each class, the indices of the members who may have its leads: ascending, each once.
    pub classes: &'a [Vec<usize>],
    /// The leads, the most urgent first.
    pub leads: &'a [PlanLead],
}

/// A lead of a plan and its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The index of the lead.
    pub lead: usize,
    /// The index of the receiver.
    pub to: usize,
    /// Why.
    pub because: Because,
}

/// A plan: who gets which lead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What is dealt, in the order in which it is booked.
    pub turns: Vec<Turn>,
    /// The indices of the leads that nobody can take, the most urgent first.
    pub undealt: Vec<usize>,
}

/// What a plan makes of what everybody is owed, and how much everybody gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What each is owed after it, in millionths of a lead.
    pub balances: Vec<i64>,
    /// What value each is owed after it, in millionths.
    pub value_balances: Vec<i64>,
    /// The number of leads of each.
    pub counts: Vec<u32>,
    /// The value of each one's leads, in millionths.
    pub values: Vec<i64>,
}

/// Makes the plan of a deal.
pub fn plan(input: &DealInput<'_>) -> Plan {
    let counts = counts::assign(input);
    let slots = turns::order(input, &counts);
    let means = values::class_means(input, &slots);
    let leads = values::assign(input, &slots, &means);
    let mut plan = Plan { turns: Vec::with_capacity(slots.len()), undealt: counts.undealt };
    for (slot, lead) in slots.iter().zip(leads) {
        let because = match input.classes[slot.class].len() {
            1 => Because::OnlyOne,
            _ if slot.lead == lead => Because::Share,
            _ if input.leads[lead].value > means[slot.class] => Because::ValueBelow,
            _ if input.leads[lead].value < means[slot.class] => Because::ValueAbove,
            _ => Because::Share,
        };
        plan.turns.push(Turn { lead, to: slot.member, because });
    }
    plan
}

/// Books a plan, turn by turn: `visit` is given each turn's place and the members who are credited for it, which are those
/// of the lead's class who may still receive more, and the receiver.
///
/// A receiver beyond their capacity, or who may not have the class at all, was chosen by hand: they pay for it all the
/// same.
pub fn book(input: &DealInput<'_>, turns: &[Turn], mut visit: impl FnMut(usize, &[usize])) -> Outcome {
    let mut outcome = Outcome {
        balances: input.members.iter().map(|member| member.balance).collect(),
        value_balances: input.members.iter().map(|member| member.value_balance).collect(),
        counts: vec![0; input.members.len()],
        values: vec![0; input.members.len()],
    };
    let weights = weights(input);
    let mut credited = Credited::new(input);
    for (place, turn) in turns.iter().enumerate() {
        let PlanLead { class, value } = input.leads[turn.lead];
        let eligible = credited.of(class, turn.to);
        visit(place, eligible);
        let booking = Booking { points: ONE_LEAD, eligible, receiver: turn.to };
        booking.book(&mut outcome.balances, &weights);
        Booking { points: value, ..booking }.book(&mut outcome.value_balances, &weights);
        outcome.counts[turn.to] += 1;
        outcome.values[turn.to] += value;
        credited.receive(turn.to);
    }
    outcome
}

fn weights(input: &DealInput<'_>) -> Vec<u32> {
    input.members.iter().map(|member| member.weight).collect()
}

/// Who is credited for a turn, as turns are taken: whoever has reached their capacity no longer is.
struct Credited<'a> {
    input: &'a DealInput<'a>,
    left: Vec<u32>,
    /// For each class those who may have more, made anew when somebody's capacity is reached.
    eligible: Vec<Vec<usize>>,
    /// Those of one turn where the receiver is not among them.
    with_receiver: Vec<usize>,
}

impl<'a> Credited<'a> {
    fn new(input: &'a DealInput<'a>) -> Self {
        let left: Vec<u32> = input.members.iter().map(|member| member.capacity).collect();
        let mut eligible = input.classes.to_vec();
        for members in &mut eligible {
            members.retain(|member| left[*member] > 0);
        }
        Self { input, left, eligible, with_receiver: Vec::new() }
    }

    /// Those who are credited for a lead of this class that this member receives.
    fn of(&mut self, class: usize, receiver: usize) -> &[usize] {
        let eligible = &self.eligible[class];
        if let Err(place) = eligible.binary_search(&receiver) {
            self.with_receiver.clone_from(eligible);
            self.with_receiver.insert(place, receiver);
            return &self.with_receiver;
        }
        eligible
    }

    fn receive(&mut self, member: usize) {
        self.left[member] = self.left[member].saturating_sub(1);
        if self.left[member] == 0 && self.input.members[member].capacity > 0 {
            self.eligible.iter_mut().for_each(|members| members.retain(|other| *other != member));
        }
    }
}

#[cfg(test)]
mod tests;
