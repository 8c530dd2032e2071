//! Who gets one lead: the choice among those who may have it.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::balances::{self, ONE_LEAD, Weights};
use crate::values::named_values;

named_values! {
    /// How a rotation chooses.
    Strategy {
        /// By turns: who is owed most leads.
        Turns = 0 "turns",
        /// By value: who is owed most value.
        Value = 1 "value",
        /// Who has the fewest open leads.
        Open = 2 "open",
        /// By lot, weighted.
        Random = 3 "random",
    }
}

named_values! {
    /// What decided between those who could have had a lead.
    Because {
        /// Nobody else could have it.
        OnlyOne = 0 "only_one",
        /// Is owed more leads than everybody else.
        OwedMost = 1 "owed_most",
        /// The lead is dearer than most, and they are furthest below the value due to them.
        ValueBelow = 2 "value_below",
        /// The lead is cheaper than most, and they are furthest above the value due to them.
        ValueAbove = 3 "value_above",
        /// Has waited longest.
        WaitedLongest = 4 "waited_longest",
        /// All else is equal: the place in the team.
        Place = 5 "place",
        /// Has the fewest open leads.
        FewestOpen = 6 "fewest_open",
        /// Was drawn by lot.
        Drawn = 7 "drawn",
        /// Had the lead's contact before.
        Sticky = 8 "sticky",
        /// Was chosen by hand.
        ByHand = 9 "by_hand",
        /// The one who was owed more had several in a row.
        OthersInARow = 10 "others_in_a_row",
        /// One of as many leads as are their share of a deal, by turns.
        Share = 11 "share",
    }
}

/// What a rotation knows of a member before a lead is dealt. Members are in the order of their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contender {
    /// What they are owed, in millionths of a lead.
    pub balance: i64,
    /// What value they are owed, in millionths.
    pub value_balance: i64,
    /// How many open leads they hold.
    pub open: u32,
    /// The number of the event that last gave them a lead; 0: none yet.
    pub last_event: u64,
    /// How many of the newest leads were theirs, one after the other.
    pub in_a_row: u32,
}

/// The settings of a rotation that the choice follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChoiceRules {
    /// How it chooses.
    pub strategy: Strategy,
    /// How far below the greatest balance one may be and still be chosen for the sake of values, in millionths of a lead.
    pub slack: i64,
    /// How many leads one may get in a row while others could have had them; 0: any number. Whose share is larger than
    /// that allows may have as many as the share takes.
    pub max_in_a_row: u32,
}

impl Default for ChoiceRules {
    fn default() -> Self {
        Self { strategy: Strategy::Turns, slack: ONE_LEAD / 2, max_in_a_row: 3 }
    }
}

/// The lead that is to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadValue {
    /// Its value, in millionths.
    pub value: i64,
    /// The mean value of the leads that the rotation dealt before, in millionths; `None` if there were none.
    pub mean: Option<i64>,
}

/// A choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The index of the member.
    pub member: usize,
    /// What decided.
    pub because: Because,
}

/// Chooses who gets a lead. `eligible` are the indices of the members who may have it, ascending; `None` if there are
/// none. The seed matters for [`Strategy::Random`] alone.
pub fn choose(
    rules: &ChoiceRules,
    members: &[Contender],
    weights: Weights<'_>,
    eligible: &[usize],
    lead: LeadValue,
    seed: u64,
) -> Option<Choice> {
    match eligible {
        [] => return None,
        [member] => return Some(Choice { member: *member, because: Because::OnlyOne }),
        _ => {}
    }
    let rested: Vec<usize> = eligible
        .iter()
        .copied()
        .filter(|member| may_have_another(rules, members, weights, eligible, *member))
        .collect();
    let (candidates, because_others_rest) =
        if rested.is_empty() { (eligible, false) } else { (&*rested, rested.len() < eligible.len()) };
    let mut field = Field { members, weights, left: candidates.to_vec(), because: Because::OnlyOne };
    match rules.strategy {
        Strategy::Random => return draw(weights, candidates, seed),
        Strategy::Open => {
            field.keep_least(Because::FewestOpen, |member, _| i64::from(member.open));
            field.keep_most_owed(eligible, 0);
        }
        Strategy::Value => {
            let credits = field.credits(lead.value, eligible);
            field.keep_least(Because::ValueBelow, |member, at| -(member.value_balance + credits[at]));
            field.keep_most_owed(eligible, 0);
        }
        Strategy::Turns => {
            field.keep_most_owed(eligible, rules.slack);
            match lead.mean.map(|mean| lead.value.cmp(&mean)) {
                Some(std::cmp::Ordering::Greater) => {
                    field.keep_least(Because::ValueBelow, |member, _| -member.value_balance);
                }
                Some(std::cmp::Ordering::Less) => {
                    field.keep_least(Because::ValueAbove, |member, _| member.value_balance);
                }
                _ => {}
            }
        }
    }
    field.keep_least(Because::WaitedLongest, |member, _| i64::try_from(member.last_event).unwrap_or(i64::MAX));
    let member = field.left[0];
    let because = match field.because {
        _ if field.left.len() > 1 => Because::Place,
        Because::OnlyOne if because_others_rest => Because::OthersInARow,
        because => because,
    };
    Some(Choice { member, because })
}

/// Whether a member may have one more although the last ones were theirs, too.
fn may_have_another(
    rules: &ChoiceRules,
    members: &[Contender],
    weights: Weights<'_>,
    eligible: &[usize],
    member: usize,
) -> bool {
    if rules.max_in_a_row == 0 {
        return true;
    }
    // Whoever has nine of ten shares gets nine in a row, and one more while the others catch up.
    let weight = |member: &usize| u64::from(weights[*member]);
    let own = weight(&member);
    let others: u64 = eligible.iter().filter(|other| **other != member).map(weight).sum();
    let natural = own.div_ceil(others.max(1)) + 1;
    let allowed = if own > others { natural.max(u64::from(rules.max_in_a_row)) } else { rules.max_in_a_row.into() };
    u64::from(members[member].in_a_row) < allowed
}

/// Those who are left, and what decided so far.
struct Field<'a> {
    members: &'a [Contender],
    weights: Weights<'a>,
    left: Vec<usize>,
    because: Because,
}

impl Field<'_> {
    /// What a lead of so many points credits to each member.
    fn credits(&self, points: i64, eligible: &[usize]) -> Vec<i64> {
        let mut credits = vec![0; self.members.len()];
        for (member, part) in eligible.iter().zip(balances::parts(points, eligible, self.weights)) {
            credits[*member] = part;
        }
        credits
    }

    /// Keeps those for whom a number is least.
    fn keep_least(&mut self, because: Because, number: impl Fn(&Contender, usize) -> i64) {
        let of = |at: &usize| number(&self.members[*at], *at);
        let Some(least) = self.left.iter().map(of).min() else { return };
        let kept: Vec<usize> = self.left.iter().copied().filter(|at| of(at) == least).collect();
        self.keep(because, kept);
    }

    /// Keeps those who, once the lead is credited, are owed no more than `slack` less than the one who is owed most.
    fn keep_most_owed(&mut self, eligible: &[usize], slack: i64) {
        let credits = self.credits(ONE_LEAD, eligible);
        let owed = |at: &usize| self.members[*at].balance + credits[*at];
        let Some(most) = self.left.iter().map(owed).max() else { return };
        let kept: Vec<usize> = self.left.iter().copied().filter(|at| owed(at) >= most - slack).collect();
        self.keep(Because::OwedMost, kept);
    }

    fn keep(&mut self, because: Because, kept: Vec<usize>) {
        if kept.len() < self.left.len() {
            self.because = because;
        }
        self.left = kept;
    }
}

/// Draws one of the candidates, each with a chance in proportion to the weight.
fn draw(weights: Weights<'_>, candidates: &[usize], seed: u64) -> Option<Choice> {
    let total: u64 = candidates.iter().map(|member| u64::from(weights[*member])).sum();
    if total == 0 {
        return None;
    }
    let mut point = StdRng::seed_from_u64(seed).random_range(0..total);
    let drawn = candidates.iter().find(|member| {
        let weight = u64::from(weights[**member]);
        let is_drawn = point < weight;
        point = point.saturating_sub(weight);
        is_drawn
    });
    drawn.map(|member| Choice { member: *member, because: Because::Drawn })
}

#[cfg(test)]
mod tests;
