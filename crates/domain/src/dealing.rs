//! Fair dealing: who may be given a lead now, what each member of a team is owed, and who gets which lead.
//!
//! Everything here is computed from plain values, in integers, and gives the same result for the same input: what was
//! decided can be decided again later and compared.

pub mod balances;
pub mod choice;
pub mod eligibility;
pub mod hours;
pub mod ledger;
pub mod plan;
pub mod presence;
