//! A simple model of assignments: the results of operations and of their undo.

use reparto_domain::{OperationId, Status};

/// An opportunity; users are numbers.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub holder: Option<usize>,
    pub status: Status,
    pub deleted: bool,
    /// The effective operation: an undo and the operation it undid cancel out.
    pub effective: usize,
}

/// What an operation did to one row.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub row: usize,
    pub before: Row,
    /// The row's `effective` operation afterwards.
    pub left: usize,
    /// Whether an effective undo has restored it.
    pub given_back: bool,
}

/// An operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub id: OperationId,
    pub items: Vec<Item>,
    pub undoes: Option<usize>,
}

/// Why an item cannot be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    Deleted,
    Touched,
    HolderInactive,
    /// The row would stay with its current holder, who is inactive: an engine may allow or refuse this.
    Either,
}

/// The whole model.
#[derive(Debug)]
pub(super) struct Model {
    pub rows: Vec<Row>,
    pub active: Vec<bool>,
    /// In order of execution. Number 0 stands for the creation of the rows.
    pub operations: Vec<Operation>,
}

impl Model {
    pub fn new(rows: usize, users: usize, made_by: OperationId) -> Self {
        let row = Row { holder: None, status: Status::Pending, deleted: false, effective: 0 };
        let made = Operation { id: made_by, items: Vec::new(), undoes: None };
        Self { rows: vec![row; rows], active: vec![true; users], operations: vec![made] }
    }

    /// Applies a write: each of the rows gets a new holder and status.
    pub fn write(&mut self, id: OperationId, rows: &[usize], change: impl Fn(&Row) -> (Option<usize>, Status)) {
        let number = self.operations.len();
        let mut items = Vec::new();
        for row in rows {
            let before = self.rows[*row].clone();
            let (holder, status) = change(&before);
            self.rows[*row] = Row { holder, status, effective: number, ..before.clone() };
            items.push(Item { row: *row, before, left: number, given_back: false });
        }
        self.operations.push(Operation { id, items, undoes: None });
    }

    /// The obstacles to undoing this operation: each item not yet restored, with what prevents it.
    pub fn obstacles(&self, operation: usize) -> Vec<(usize, Option<Obstacle>)> {
        let items = self.operations[operation].items.iter().filter(|item| !item.given_back);
        items
            .map(|item| {
                let row = &self.rows[item.row];
                let inactive = item.before.holder.is_some_and(|holder| !self.active[holder]);
                let obstacle = if row.deleted {
                    Some(Obstacle::Deleted)
                } else if row.effective != item.left {
                    Some(Obstacle::Touched)
                } else if inactive && row.holder == item.before.holder {
                    Some(Obstacle::Either)
                } else {
                    inactive.then_some(Obstacle::HolderInactive)
                };
                (item.row, obstacle)
            })
            .collect()
    }

    /// Applies an undo that restored these rows.
    pub fn undo(&mut self, id: OperationId, operation: usize, rows: &[usize]) {
        let mut items = Vec::new();
        for row in rows {
            let before = self.rows[*row].clone();
            let undone =
                self.operations[operation].items.iter().find(|item| item.row == *row).expect("an item").clone();
            let Row { holder, status, effective, .. } = undone.before;
            self.rows[*row] = Row { holder, status, effective, ..before.clone() };
            items.push(Item { row: *row, before, left: effective, given_back: false });
            // The undone operation is restored; what it had undone itself becomes effective again; and so on.
            let (mut link, mut given_back) = (Some(operation), true);
            while let Some(number) = link {
                for item in self.operations[number].items.iter_mut().filter(|item| item.row == *row) {
                    item.given_back = given_back;
                }
                given_back = !given_back;
                link = self.operations[number].undoes;
            }
        }
        self.operations.push(Operation { id, items, undoes: Some(operation) });
    }
}
