//! A simple model of who holds what: what operations leave, and what undoing them gives back.

use reparto_domain::{OperationId, Status};

/// An opportunity; users are numbers.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub holder: Option<usize>,
    pub status: Status,
    pub deleted: bool,
    /// The operation whose result stands there now: an undo and what it undid cancel out.
    pub effective: usize,
}

/// What an operation did to one row.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub row: usize,
    pub before: Row,
    /// What the row's `effective` was afterwards.
    pub left: usize,
    /// Whether an undo that is in force gave it back.
    pub given_back: bool,
}

/// An operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub id: OperationId,
    pub items: Vec<Item>,
    pub undoes: Option<usize>,
}

/// Why an item cannot go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    Deleted,
    Touched,
    HolderInactive,
    /// The row would stay with its present holder, who is inactive: an engine may do it or not.
    Either,
}

/// Everything.
#[derive(Debug)]
pub(super) struct Model {
    pub rows: Vec<Row>,
    pub active: Vec<bool>,
    /// By the order in which they were carried out. Number 0 stands for what made the rows.
    pub operations: Vec<Operation>,
}

impl Model {
    pub fn new(rows: usize, users: usize, made_by: OperationId) -> Self {
        let row = Row { holder: None, status: Status::Pending, deleted: false, effective: 0 };
        let made = Operation { id: made_by, items: Vec::new(), undoes: None };
        Self { rows: vec![row; rows], active: vec![true; users], operations: vec![made] }
    }

    /// A write: each of the rows gets a new holder and status.
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

    /// What an undo of this operation meets: each item that has not gone back yet, with what is in its way.
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

    /// An undo that gave these rows back.
    pub fn undo(&mut self, id: OperationId, operation: usize, rows: &[usize]) {
        let mut items = Vec::new();
        for row in rows {
            let before = self.rows[*row].clone();
            let undone =
                self.operations[operation].items.iter().find(|item| item.row == *row).expect("an item").clone();
            let Row { holder, status, effective, .. } = undone.before;
            self.rows[*row] = Row { holder, status, effective, ..before.clone() };
            items.push(Item { row: *row, before, left: effective, given_back: false });
            // What is undone is given back; what it had undone itself is in force again; and so on down.
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
