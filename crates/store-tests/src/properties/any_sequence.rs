//! Any sequence of writes.

use std::collections::HashMap;

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{
    collection::vec,
    option,
    sample::{Index, select, subsequence},
};
use reparto_domain::{
    JobId, OpportunityId, Refusal, Status, UserId,
    operations::{OperationKind, OperationQuery, UndoOutcome},
    opportunities::{Assignee, BulkAssign, BulkMode, ItemError},
};
use reparto_store::StoreError;

use super::{
    by_jobs::Work,
    model::{Model, Obstacle},
};
use crate::{
    Fixture, Member,
    fixture::{ALL_OPERATIONS, bulk_ids, refused},
    verify,
};

const ROWS: usize = 5;
const AGENTS: usize = 3;

/// A write.
#[derive(Debug, Clone)]
pub(super) enum Step {
    BulkAssign {
        rows: Vec<usize>,
        to: usize,
        status: Option<Status>,
    },
    BulkUnassign {
        rows: Vec<usize>,
    },
    Assign {
        row: usize,
        to: Option<usize>,
    },
    SetStatus {
        row: usize,
        status: Status,
    },
    Toggle {
        agent: usize,
    },
    Delete {
        row: usize,
    },
    Undo {
        which: Index,
    },
    /// By a job rather than a request.
    Job {
        rows: Vec<usize>,
        work: Work,
    },
    UndoJob {
        which: Index,
    },
}

pub(super) fn strategy() -> impl Strategy<Value = Vec<Step>> {
    let rows = || subsequence((0..ROWS).collect::<Vec<_>>(), 1..=ROWS);
    let status = || select(Status::ALL);
    let work = || {
        prop_oneof![
            3 => (0..AGENTS, option::weighted(0.8, status())).prop_map(|(to, status)| Work::Assign { to, status }),
            1 => Just(Work::Unassign),
            1 => status().prop_map(Work::SetStatus),
        ]
    };
    let step = prop_oneof![
        5 => (rows(), 0..AGENTS, option::weighted(0.8, status()))
            .prop_map(|(rows, to, status)| Step::BulkAssign { rows, to, status }),
        2 => rows().prop_map(|rows| Step::BulkUnassign { rows }),
        2 => (0..ROWS, option::weighted(0.7, 0..AGENTS)).prop_map(|(row, to)| Step::Assign { row, to }),
        1 => (0..ROWS, status()).prop_map(|(row, status)| Step::SetStatus { row, status }),
        1 => (0..AGENTS).prop_map(|agent| Step::Toggle { agent }),
        1 => (0..ROWS).prop_map(|row| Step::Delete { row }),
        8 => any::<Index>().prop_map(|which| Step::Undo { which }),
        3 => (rows(), work()).prop_map(|(rows, work)| Step::Job { rows, work }),
        3 => any::<Index>().prop_map(|which| Step::UndoJob { which }),
    ];
    vec(step, 1..16)
}

/// The store and the model side by side.
pub(super) struct Both {
    pub(super) f: Fixture,
    ids: Vec<OpportunityId>,
    pub(super) agents: Vec<Member>,
    pub(super) model: Model,
    /// The jobs that changed something, each with the number of its operation.
    pub(super) jobs: Vec<(JobId, usize)>,
}

pub(super) async fn holds(f: Fixture, steps: Vec<Step>) {
    let ids = f.many(ROWS).await;
    let mut agents = Vec::new();
    for _ in 0..AGENTS {
        agents.push(f.agent().await);
    }
    let made_by = f.history(ids[0]).await[0].operation_id;
    let mut both = Both { f, ids, agents, model: Model::new(ROWS, AGENTS, made_by), jobs: Vec::new() };
    for step in steps {
        both.step(step).await;
        both.assert_same().await;
    }
    both.assert_marks().await;
    both.walk_back().await;
}

impl Both {
    async fn step(&mut self, step: Step) {
        match step {
            Step::BulkAssign { rows, to, status } => self.bulk_assign(&rows, to, status).await,
            Step::BulkUnassign { rows } => self.bulk_unassign(&rows).await,
            Step::Assign { row, to } => self.assign(row, to).await,
            Step::SetStatus { row, status } => self.set_status(row, status).await,
            Step::Toggle { agent } => {
                self.model.active[agent] = !self.model.active[agent];
                self.f.set_active(&self.agents[agent], self.model.active[agent]).await;
            }
            Step::Delete { row } if !self.model.rows[row].deleted => {
                self.f.delete(self.ids[row]).await;
                self.model.rows[row].deleted = true;
            }
            Step::Delete { .. } => {}
            Step::Undo { which } => {
                let undoable = self.model.operations.len() - 1;
                if undoable > 0 {
                    self.undo(1 + which.index(undoable)).await;
                }
            }
            Step::Job { rows, work } => self.job(&rows, work).await,
            Step::UndoJob { which } => {
                if !self.jobs.is_empty() {
                    self.undo_job(which.index(self.jobs.len())).await;
                }
            }
        }
    }

    pub(super) fn ids_of(&self, rows: &[usize]) -> Vec<OpportunityId> {
        rows.iter().map(|row| self.ids[*row]).collect()
    }

    /// The rows that are not deleted.
    pub(super) fn live(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().copied().filter(|row| !self.model.rows[*row].deleted).collect()
    }

    async fn bulk_assign(&mut self, rows: &[usize], to: usize, status: Option<Status>) {
        let command =
            BulkAssign { status, ..Fixture::bulk_assign_command(bulk_ids(&self.ids_of(rows)), self.agents[to].id) };
        let result = self.f.try_bulk_assign(&self.f.as_admin(), command).await;
        if !self.model.active[to] {
            return assert_eq!(refused(result), Refusal::AssigneeInactive);
        }
        let (outcome, live) = (result.expect("opportunity_bulk_assign"), self.live(rows));
        assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), self.ids_of(&live));
        assert_eq!(outcome.operation.is_some(), !live.is_empty());
        if let Some(id) = outcome.operation {
            self.model.write(id, &live, |row| (Some(to), status.unwrap_or(row.status)));
        }
    }

    async fn bulk_unassign(&mut self, rows: &[usize]) {
        let ids = bulk_ids(&self.ids_of(rows));
        let outcome = self.f.try_bulk_unassign(&self.f.as_admin(), ids, BulkMode::default()).await.expect("unassign");
        let live = self.live(rows);
        assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), self.ids_of(&live));
        if let Some(id) = outcome.operation {
            self.model.write(id, &live, |row| (None, row.status.after_unassign()));
        }
    }

    async fn assign(&mut self, row: usize, to: Option<usize>) {
        let before = self.model.rows[row].clone();
        let whom = to.map(|to| Assignee::User(self.agents[to].id));
        let result = self.f.try_assign(&self.f.as_admin(), self.ids[row], whom).await;
        if before.deleted || before.holder == to {
            // Refused or nothing to do: in both cases nothing is written, as the comparison shows.
            return;
        }
        if to.is_some_and(|to| !self.model.active[to]) {
            return assert_eq!(refused(result), Refusal::AssigneeInactive);
        }
        result.expect("opportunity_assign");
        let id = self.newest(row).await;
        let change = |to: Option<usize>, status: Status| match to {
            Some(_) => (to, Status::Assigned),
            None => (None, status.after_unassign()),
        };
        self.model.write(id, &[row], |row| change(to, row.status));
    }

    async fn set_status(&mut self, row: usize, status: Status) {
        if self.model.rows[row].deleted || self.model.rows[row].status == status {
            return;
        }
        self.f.set_status(self.ids[row], status).await;
        let id = self.newest(row).await;
        self.model.write(id, &[row], |row| (row.holder, status));
    }

    pub(super) async fn newest(&self, row: usize) -> reparto_domain::OperationId {
        self.f.history(self.ids[row]).await[0].operation_id
    }

    async fn undo(&mut self, number: usize) {
        let expected = self.model.obstacles(number);
        let result = self.f.try_undo(&self.f.as_admin(), self.model.operations[number].id).await;
        let outcome = match result {
            Err(StoreError::Refused(Refusal::AlreadyUndone)) => {
                let rest = expected.iter().all(|(_, obstacle)| *obstacle == Some(Obstacle::Deleted));
                return assert!(rest, "operation {number} was not undone yet: {expected:?}");
            }
            other => other.expect("operation_undo"),
        };
        assert!(!expected.is_empty(), "operation {number} was undone already: {outcome:?}");
        self.assert_undone(number, &expected, &outcome);
        let rows: Vec<usize> = outcome.done.iter().map(|item| self.row(item.id)).collect();
        if let Some(id) = outcome.operation {
            self.model.undo(id, number, &rows);
        }
    }

    pub(super) fn row(&self, id: OpportunityId) -> usize {
        self.ids.iter().position(|known| *known == id).expect("a row of this database")
    }

    fn assert_undone(&self, number: usize, expected: &[(usize, Option<Obstacle>)], outcome: &UndoOutcome) {
        let errors: HashMap<usize, &ItemError> =
            outcome.failed.iter().map(|f| (self.row(f.sent.parse().expect("an id")), &f.error)).collect();
        assert_eq!(outcome.done.len() + outcome.failed.len(), expected.len(), "operation {number}: {outcome:?}");
        assert_eq!(outcome.operation.is_some(), !outcome.done.is_empty());
        for (row, obstacle) in expected {
            let met = match errors.get(row) {
                None => None,
                Some(ItemError::NotFound) => Some(Obstacle::Deleted),
                Some(ItemError::Touched { .. }) => Some(Obstacle::Touched),
                Some(ItemError::EarlierHolderInactive { .. }) => Some(Obstacle::HolderInactive),
                Some(other) => panic!("operation {number}, row {row}: {other:?}"),
            };
            let either = *obstacle == Some(Obstacle::Either) && matches!(met, None | Some(Obstacle::HolderInactive));
            assert!(met == *obstacle || either, "operation {number}, row {row}: {met:?}, not {obstacle:?}");
        }
    }

    async fn assert_same(&self) {
        let mut states: HashMap<OpportunityId, (Option<UserId>, Status)> = verify::opportunities(self.f.store())
            .await
            .expect("opportunity_list")
            .into_iter()
            .map(|opportunity| (opportunity.id, (opportunity.holder.map(|person| person.id), opportunity.status)))
            .collect();
        for (id, row) in self.ids.iter().zip(&self.model.rows) {
            let expected = (!row.deleted).then(|| (row.holder.map(|holder| self.agents[holder].id), row.status));
            assert_eq!(states.remove(id), expected, "{id}");
        }
        assert!(states.is_empty());
    }

    /// Asserts that exactly the undone operations are marked.
    async fn assert_marks(&self) {
        for operation in &self.model.operations[1..] {
            let deleted = operation.items.iter().any(|item| self.model.rows[item.row].deleted);
            let all = operation.items.iter().all(|item| item.given_back);
            if all || !deleted {
                let undone_by = self.f.operation(operation.id).await.operation.undone_by;
                assert_eq!(undone_by.is_some(), all, "undone_by of {operation:?}");
            }
        }
    }

    /// Undoes everything, newest first, including undos: each restores the state before it.
    async fn walk_back(&mut self) {
        for agent in 0..AGENTS {
            if !self.model.active[agent] {
                self.model.active[agent] = true;
                self.f.set_active(&self.agents[agent], true).await;
            }
        }
        for number in (1..self.model.operations.len()).rev() {
            let rows: Vec<usize> = self.model.operations[number].items.iter().map(|item| item.row).collect();
            if self.live(&rows).is_empty() {
                continue;
            }
            self.undo(number).await;
            self.assert_same().await;
        }
        for row in self.model.rows.iter().filter(|row| !row.deleted) {
            assert_eq!((row.holder, row.status), (None, Status::Pending), "the first state");
        }
        let query = OperationQuery { kind: Some(OperationKind::Undo), ..ALL_OPERATIONS };
        let undos = self.model.operations.iter().filter(|operation| operation.undoes.is_some()).count();
        assert_eq!(self.f.operations(query).await.len(), undos);
    }
}
