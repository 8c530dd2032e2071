//! A page of a job's items, as every engine puts it together from the job's chunks.

use reparto_domain::{
    OpportunityId,
    cursor::SequenceCursor,
    jobs::{Job, JobItem, JobItemError, JobItemQuery, JobStatus},
    page::Walk,
};

use reparto_store::StoreError;

use crate::job_errors;

/// A page that chunks are added to, in their order, until it is full.
#[derive(Debug)]
pub struct ItemPage {
    query: JobItemQuery,
    /// The place of the last item before the page, from 1.
    after: i64,
    /// What became of items that were left out when the job ended.
    left: Option<JobItemError>,
    items: Vec<JobItem>,
    last: i64,
}

/// What is stored of a chunk, beside its items.
#[derive(Debug, Clone, Copy)]
pub struct StoredChunk<'a> {
    /// How many items are in chunks before it.
    pub first: i64,
    /// Whether it was carried out.
    pub is_done: bool,
    /// Its failures: see [`job_errors::stored`].
    pub errors: Option<&'a str>,
    /// What was sent in place of ids: see [`job_errors::sent_stored`].
    pub sent: Option<&'a str>,
}

impl ItemPage {
    /// An empty page of a job. A cursor is the place of the last item that was given, from 1.
    pub fn of(job: &Job, query: JobItemQuery) -> Self {
        let left = match job.status {
            JobStatus::Cancelled => Some(JobItemError::Cancelled),
            JobStatus::Failed => Some(JobItemError::Refused(job.failure.clone().unwrap_or_default())),
            JobStatus::Queued | JobStatus::Running | JobStatus::Finished => None,
        };
        let after = query.after.map_or(0, |SequenceCursor(after)| after.max(0));
        Self { query, after, left, items: Vec::new(), last: after }
    }

    /// The place, from 1, after which the page begins.
    pub const fn after(&self) -> i64 {
        self.after
    }

    /// Whether only items with an error are wanted.
    pub const fn only_errors(&self) -> bool {
        self.query.only_errors
    }

    /// Whether what was not carried out has an error.
    pub const fn left_out(&self) -> bool {
        self.left.is_some()
    }

    /// Adds the items of a chunk that belong on the page; `id` gives the id of one. True where one of them had no more
    /// room: then the page is over.
    pub fn add<T, E: From<StoreError>>(
        &mut self,
        chunk: StoredChunk<'_>,
        items: impl IntoIterator<Item = T>,
        mut id: impl FnMut(T) -> Result<OpportunityId, E>,
    ) -> Result<bool, E> {
        let mut failed = job_errors::read(chunk.errors)?.into_iter().peekable();
        let mut sent = job_errors::sent_read(chunk.sent)?.into_iter().peekable();
        for (place, item) in items.into_iter().enumerate() {
            let error = match failed.next_if(|(failed, _)| *failed == place) {
                Some((_, error)) => Some(error),
                None if chunk.is_done => None,
                None => self.left.clone(),
            };
            let sent = sent.next_if(|(strange, _)| *strange == place).map(|(_, text)| text);
            let number = chunk.first + place as i64 + 1;
            if number <= self.after || (self.query.only_errors && error.is_none()) {
                continue;
            }
            if self.items.len() as u64 >= self.query.limit {
                return Ok(true);
            }
            self.items.push(JobItem { opportunity_id: id(item)?, sent, error });
            self.last = number;
        }
        Ok(false)
    }

    /// The page; `more`: there are further items.
    pub fn walk(self, more: bool) -> Walk<JobItem, SequenceCursor> {
        Walk { items: self.items, next: more.then_some(SequenceCursor(self.last)) }
    }
}
