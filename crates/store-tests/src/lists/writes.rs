//! Arbitrary writes that lists show.

use super::queries::START;
use crate::{
    Fixture, Member,
    fixture::{ALL_OPERATIONS, bulk_ids, contact_named},
};
use proptest::{
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::{Index, select},
};
use reparto_domain::{
    AttemptStatus, OpportunityId, Priority, Score, Status,
    consent::DoNotContact,
    contacts::{AgentsSee, ContactFields},
    imports::{ImportMode, RowOutcome},
    operations::OperationQuery,
    opportunities::{Assignee, OpportunityChanges},
};

const NAMES: [&str; 5] = ["Ana", "Mariana", "Zoé", "Juan 7", "Xi"];

/// A write; rows are given by index among the created ones.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "named as what they do")]
pub enum Write {
    Create { name: &'static str, score: i64, priority: Priority },
    Import { times: Vec<i64>, score: i64, dry: bool },
    BulkAssign { rows: Vec<Index>, to: bool, status: Option<Status> },
    BulkUnassign { rows: Vec<Index> },
    Assign { row: Index, to: bool },
    Edit { row: Index, score: i64, priority: Priority, status: Option<Status> },
    Call { row: Index, number: u8, green: bool },
    Rename { row: Index, name: &'static str },
    Wish { row: Index, is_made: bool },
    Erase { row: Index },
    Delete { row: Index },
    Undo { which: Index },
}

/// An arbitrary write.
pub fn any_write() -> impl Strategy<Value = Write> {
    let row = any::<Index>;
    let rows = || proptest::collection::vec(row(), 1..6);
    let score = || select(vec![0_i64, 20, 50, 51, 80, 100]);
    let status = || option::of(select(Status::ALL));
    let name = || select(&NAMES[..]);
    let priority = || select(Priority::ALL);
    prop_oneof![
        3 => (name(), score(), priority()).prop_map(|(name, score, priority)| Write::Create { name, score, priority }),
        2 => (proptest::collection::vec(-5_i64..60, 1..8), score(), proptest::bool::weighted(0.2))
            .prop_map(|(times, score, dry)| Write::Import { times, score, dry }),
        3 => (rows(), any::<bool>(), status()).prop_map(|(rows, to, status)| Write::BulkAssign { rows, to, status }),
        1 => rows().prop_map(|rows| Write::BulkUnassign { rows }),
        1 => (row(), any::<bool>()).prop_map(|(row, to)| Write::Assign { row, to }),
        3 => (row(), score(), priority(), status())
            .prop_map(|(row, score, priority, status)| Write::Edit { row, score, priority, status }),
        2 => (row(), 1_u8..=5, any::<bool>()).prop_map(|(row, number, green)| Write::Call { row, number, green }),
        2 => (row(), name()).prop_map(|(row, name)| Write::Rename { row, name }),
        2 => (row(), any::<bool>()).prop_map(|(row, is_made)| Write::Wish { row, is_made }),
        1 => row().prop_map(|row| Write::Erase { row }),
        1 => row().prop_map(|row| Write::Delete { row }),
        1 => (Just(()), row()).prop_map(|((), which)| Write::Undo { which }),
    ]
}

/// The rows and users created so far.
pub struct TestData {
    /// Opportunities, including deleted ones.
    pub rows: Vec<OpportunityId>,
    /// The possible holders.
    pub agents: [Member; 2],
}

impl TestData {
    /// Creates two agents and some opportunities.
    pub async fn new(f: &Fixture) -> Self {
        let agents = [f.agent().await, f.agent().await];
        Self { rows: f.many(6).await, agents }
    }

    fn ids(&self, rows: &[Index]) -> Vec<OpportunityId> {
        let mut ids: Vec<OpportunityId> = rows.iter().map(|row| self.row(*row)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn row(&self, row: Index) -> OpportunityId {
        self.rows[row.index(self.rows.len())]
    }

    /// Executes a write. Refusals (for example, because the row is deleted) are ignored.
    pub async fn write(&mut self, f: &Fixture, write: &Write) {
        let admin = f.as_admin();
        match write {
            Write::Create { name, score, priority } => {
                let contact = f.contact_with(contact_named(name, "García")).await;
                let mut command = Fixture::new_opportunity(contact);
                command.score = Score::new(*score).unwrap();
                command.priority = *priority;
                let made = f.store().opportunity_create(&admin, command, &f.policy(), None).await.unwrap();
                if let reparto_domain::idempotency::Answer::Fresh(made) = made {
                    self.rows.push(made.id);
                }
            }
            Write::Import { times, score, dry } => self.import(f, times, *score, *dry).await,
            Write::BulkAssign { rows, to, status } => {
                let mut command =
                    Fixture::bulk_assign_command(bulk_ids(&self.ids(rows)), self.agents[usize::from(*to)].id);
                command.status = *status;
                let _ = f.try_bulk_assign(&admin, command).await;
            }
            Write::BulkUnassign { rows } => {
                f.bulk_unassign(&self.ids(rows)).await;
            }
            Write::Assign { row, to } => {
                let to = Assignee::User(self.agents[usize::from(*to)].id);
                let _ = f.try_assign(&admin, self.row(*row), Some(to)).await;
            }
            Write::Edit { row, score, priority, status } => {
                let changes = OpportunityChanges {
                    score: Score::new(*score),
                    priority: Some(*priority),
                    status: *status,
                    ..OpportunityChanges::default()
                };
                let _ = f.try_update(&admin, self.row(*row), changes).await;
            }
            Write::Call { row, number, green } => {
                let status = if *green { AttemptStatus::Green } else { AttemptStatus::Orange };
                let _ = f.try_call(&admin, self.row(*row), *number, status).await;
            }
            Write::Rename { row, name } => {
                self.edit(f, self.row(*row), |fields| fields.first_name = Some((*name).to_owned())).await;
            }
            Write::Wish { row, is_made } => {
                let wish = is_made.then(|| DoNotContact { since: START, reason: None });
                self.edit(f, self.row(*row), |fields| fields.do_not_contact.clone_from(&wish)).await;
            }
            Write::Erase { row } => {
                if let Ok(found) = f.store().opportunity_get(&f.admin().viewer(), self.row(*row)).await {
                    f.erase(found.contact.id).await;
                }
            }
            Write::Delete { row } => {
                let _ = f.store().opportunity_delete(&admin, self.row(*row), None).await;
            }
            Write::Undo { which } => {
                let operations = f.operations(OperationQuery { ..ALL_OPERATIONS }).await;
                let _ = f.try_undo(&admin, operations[which.index(operations.len())].id).await;
            }
        }
    }

    async fn import(&mut self, f: &Fixture, times: &[i64], score: i64, dry_run: bool) {
        let rows = times
            .iter()
            .map(|time| {
                let mut row = f.import_row(contact_named("Importada", &format!("{}", f.number())));
                row.detected_at = Some(START.plus_seconds(time * 10));
                row.score = Score::new(score);
                row
            })
            .collect();
        let mode = ImportMode { dry_run, ..ImportMode::default() };
        let outcomes = f.store().import_rows(&f.system(), rows, mode, &f.assignable).await.unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == RowOutcome::Created));
    }

    /// Edits the contact of a row; one who was erased is left alone.
    async fn edit(&self, f: &Fixture, row: OpportunityId, change: impl Fn(&mut ContactFields)) {
        if let Ok(found) = f.store().opportunity_get(&f.admin().viewer(), row).await {
            let mut fields = found.contact.fields;
            change(&mut fields);
            let edit = move |_| fields.clone();
            let _ = f.store().contact_update(&f.as_admin(), found.contact.id, Box::new(edit), AgentsSee::Own).await;
        }
    }
}
