//! What members of a team are owed, in millionths of a lead: a dealt lead credits everyone who could have had it, by
//! weight, and debits whoever received it. So all balances add up to 0, always.
//!
//! Whoever cannot be given leads is credited nothing: no flood on the return from a holiday, and nothing lost by it. The
//! scheme is that of R. Fagin and J. H. Williams, "A fair carpool scheduling algorithm" (1983); that taking the one who
//! is owed most keeps balances bounded is shown by M. Ajtai et al., "Fairness in scheduling" (1998).

/// One lead, in the unit of balances.
pub const ONE_LEAD: i64 = 1_000_000;

/// The members by their places, and the weight of each.
pub type Weights<'a> = &'a [u32];

/// Divides an amount among some members by weight, so that the parts add up to it exactly: what division leaves over goes,
/// a millionth each, to the first ones. A negative amount is divided like a positive one.
///
/// `among` are indices of `weights`, ascending, each once. The parts are in their order; none if nobody has a weight.
pub fn divide(amount: i64, among: &[usize], weights: Weights<'_>) -> Vec<i64> {
    let mut parts = parts(amount, among, weights);
    if parts.is_empty() {
        return parts;
    }
    // Each division leaves less than one over.
    let left: i64 = amount - parts.iter().sum::<i64>();
    let with_weight = among.iter().zip(&mut parts).filter(|(member, _)| weights[**member] > 0);
    with_weight.map(|(_, part)| part).take(usize::try_from(left).unwrap_or_default()).for_each(|part| *part += 1);
    parts
}

/// The parts rounded down.
pub(super) fn parts(amount: i64, among: &[usize], weights: Weights<'_>) -> Vec<i64> {
    let total: i128 = among.iter().map(|member| i128::from(weights[*member])).sum();
    if total == 0 {
        return Vec::new();
    }
    let part = |member: &usize| narrow((i128::from(amount) * i128::from(weights[*member])).div_euclid(total));
    among.iter().map(part).collect()
}

/// A part of an `i64` by weight is within an `i64`.
fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

/// A dealt lead as balances see it.
#[derive(Debug, Clone, Copy)]
pub struct Booking<'a> {
    /// Its points: [`ONE_LEAD`], or its value.
    pub points: i64,
    /// Everyone who could have had it: indices of the weights, ascending, each once.
    pub eligible: &'a [usize],
    /// Who pays for it: the receiver.
    pub receiver: usize,
}

impl Booking<'_> {
    /// Credits everyone eligible by weight, and debits the receiver, who pays that much less as division leaves over. So
    /// when everybody has had a turn, nobody is owed a millionth.
    pub fn book(&self, balances: &mut [i64], weights: Weights<'_>) {
        self.add(balances, weights, 1);
    }

    /// Takes back exactly what [`Booking::book`] added, in whichever order and whatever happened since.
    pub fn unbook(&self, balances: &mut [i64], weights: Weights<'_>) {
        self.add(balances, weights, -1);
    }

    fn add(&self, balances: &mut [i64], weights: Weights<'_>, times: i64) {
        let parts = parts(self.points, self.eligible, weights);
        for (member, part) in self.eligible.iter().zip(&parts) {
            balances[*member] += times * part;
        }
        balances[self.receiver] -= times * parts.iter().sum::<i64>();
    }
}

/// Gives a member this much, which the others pay by weight. Returns whether there is anybody who pays.
pub fn credit(balances: &mut [i64], amount: i64, to: usize, others: &[usize], weights: Weights<'_>) -> bool {
    let parts = divide(amount, others, weights);
    if parts.is_empty() {
        return false;
    }
    for (member, part) in others.iter().zip(parts) {
        balances[*member] -= part;
    }
    balances[to] += amount;
    true
}

/// Spreads what somebody who leaves is owed, or owes, over the others by weight.
pub fn leave(balances: &mut [i64], who: usize, others: &[usize], weights: Weights<'_>) {
    let amount = balances[who];
    credit(balances, -amount, who, others, weights);
}

#[cfg(test)]
mod tests;
