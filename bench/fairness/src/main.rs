//! Deals the same leads to the same people in several ways, and prints as JSON how far each way leaves them apart; then how
//! long plans take.

mod models;
mod world;

use std::{io::Write as _, time::Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reparto_domain::dealing::{
    balances::ONE_LEAD,
    plan::{self, DealInput, PlanLead, PlanMember},
};
use serde_json::{Value, json};
use world::World;

/// A way of dealing: who gets each lead of the world.
type Model = fn(&World) -> Vec<usize>;

const MODELS: [(&str, Model); 6] = [
    ("Reparto, one deal each morning", models::deals),
    ("Reparto, one lead at a time", models::turns),
    ("Reparto, one lead at a time by value", models::by_value),
    ("Round robin with a pointer", models::round_robin),
    ("Odoo's rules: the best first to the first in the ring", models::best_first),
    ("EspoCRM's rules: to who has the fewest open leads", models::least_busy),
];

fn main() -> std::io::Result<()> {
    let world = World::new(1);
    let fairness: Vec<Value> = MODELS
        .iter()
        .map(|(name, model)| {
            let spread = world.spread(&model(&world));
            json!({
                "name": name,
                "count": spread.count,
                "value": spread.value,
                "most_in_a_day": spread.most_in_a_day,
            })
        })
        .collect();
    let plans: Vec<Value> = [(300, 12), (10_000, 100), (100_000, 100)]
        .into_iter()
        .map(|(leads, members)| json!({"leads": leads, "members": members, "ms": plan_time(leads, members)}))
        .collect();
    let (leads, members) = (world.leads.len(), world::MEMBERS);
    let found =
        json!({"leads": leads, "members": members, "dearest": world::DEAREST, "ways": fairness, "plans": plans});
    writeln!(std::io::stdout().lock(), "{found}")
}

/// The median time in milliseconds that the plan of a deal takes: three classes of leads, every fifth member with a quota.
fn plan_time(leads: usize, members: u32) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let (all, count) = ((0..members as usize).collect::<Vec<_>>(), u32::try_from(leads).unwrap_or(u32::MAX));
    let classes = vec![all.clone(), all.iter().copied().step_by(3).collect(), all[members as usize / 2..].to_vec()];
    let leads: Vec<PlanLead> = (0..leads)
        .map(|_| PlanLead {
            class: [0, 0, 0, 1, 2][random.random_range(0..5)],
            value: random.random_range(0..=100) * ONE_LEAD,
        })
        .collect();
    let members: Vec<PlanMember> = (0..members)
        .map(|at| PlanMember {
            weight: if at % 7 == 0 { 50 } else { 100 },
            balance: 0,
            value_balance: 0,
            capacity: if at % 5 == 0 { count / members / 2 } else { count },
            last_event: 0,
        })
        .collect();
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let input = DealInput { members: &members, classes: &classes, leads: &leads };
            let start = Instant::now();
            let planned = plan::plan(&input);
            let outcome = plan::book(&input, &planned.turns, |_, _| ());
            std::hint::black_box(outcome);
            start.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
