//! A page of a job's items, assembled from the job's chunks.

use reparto_domain::{
    OpportunityId,
    cursor::SequenceCursor,
    jobs::{Job, JobItem, JobItemError, JobItemQuery, JobStatus},
    page::CursorPage,
};

use crate::numbers::signed;
use reparto_store::StoreError;

use crate::job_errors;

/// A page to which chunks are added in order until it is full.
#[derive(Debug)]
pub struct ItemPage {
    query: JobItemQuery,
    /// The position of the last item before the page, from 1.
    after: i64,
    /// The error of items that were unprocessed when the job ended.
    unprocessed: Option<JobItemError>,
    items: Vec<JobItem>,
    last: i64,
}

/// The stored data of a chunk, except its items.
#[derive(Debug, Clone, Copy)]
pub struct StoredChunk<'a> {
    /// The number of items in earlier chunks.
    pub first: i64,
    /// Whether it was executed.
    pub is_done: bool,
    /// Its failures: see [`job_errors::encode`].
    pub errors: Option<&'a str>,
    /// Its malformed ids: see [`job_errors::encode_sent`].
    pub sent: Option<&'a str>,
}

impl ItemPage {
    /// An empty page of a job. A cursor is the position of the last item returned, from 1.
    pub fn new(job: &Job, query: JobItemQuery) -> Self {
        let unprocessed = match job.status {
            JobStatus::Cancelled => Some(JobItemError::Cancelled),
            JobStatus::Failed => Some(JobItemError::Refused(job.failure.clone().unwrap_or_default())),
            JobStatus::Queued | JobStatus::Running | JobStatus::Finished => None,
        };
        let after = query.after.map_or(0, |SequenceCursor(after)| after.max(0));
        Self { query, after, unprocessed, items: Vec::new(), last: after }
    }

    /// The position, from 1, after which the page begins.
    pub const fn after(&self) -> i64 {
        self.after
    }

    /// Whether only failed items are wanted.
    pub const fn only_errors(&self) -> bool {
        self.query.only_errors
    }

    /// Whether unprocessed items count as failed.
    pub const fn reports_unprocessed(&self) -> bool {
        self.unprocessed.is_some()
    }

    /// Adds the items of a chunk that belong on the page; `id` returns the id of one. Returns `true` if the page is
    /// full.
    pub fn add<T, E: From<StoreError>>(
        &mut self,
        chunk: StoredChunk<'_>,
        items: impl IntoIterator<Item = T>,
        mut id: impl FnMut(T) -> Result<OpportunityId, E>,
    ) -> Result<bool, E> {
        let mut failed = job_errors::decode(chunk.errors)?.into_iter().peekable();
        let mut sent = job_errors::decode_sent(chunk.sent)?.into_iter().peekable();
        for (place, item) in items.into_iter().enumerate() {
            let error = match failed.next_if(|(failed, _)| *failed == place) {
                Some((_, error)) => Some(error),
                None if chunk.is_done => None,
                None => self.unprocessed.clone(),
            };
            let sent = sent.next_if(|(malformed, _)| *malformed == place).map(|(_, text)| text);
            let number = chunk.first + signed(place) + 1;
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

    /// Finishes the page; `more` says whether there are further items.
    pub fn finish(self, more: bool) -> CursorPage<JobItem, SequenceCursor> {
        CursorPage { items: self.items, next: more.then_some(SequenceCursor(self.last)) }
    }
}
