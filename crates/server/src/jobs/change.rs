//! What the requests that change a job have in common.

use std::sync::Arc;

use axum::response::Response;
use reparto_domain::{
    JobId, Refusal,
    idempotency::{Answer, Keyed},
    jobs::Job,
};
use reparto_store::StoreResult;

use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        idempotency::{Render, keyed, respond},
    },
    state::App,
};

/// Changes the job of a path as an administrator, once for each idempotency key.
pub(super) async fn change(
    app: &App,
    signed: &Signed,
    id: PathId<JobId>,
    incoming: Incoming,
    render: Render<Job>,
    store: impl AsyncFnOnce(JobId, Option<Keyed<Job>>) -> StoreResult<Answer<Job>>,
) -> Result<Response, Problem> {
    signed.administrator()?;
    let id = id.or(Refusal::JobNotFound)?;
    let body = incoming.json_or_empty().await?;
    let keyed = keyed(app, &body, signed.caller.at, Arc::clone(&render))?;
    let answer = store(id, keyed).await?;
    Ok(respond(answer, &*render))
}
