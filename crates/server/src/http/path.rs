//! Ids in paths.

use std::{convert::Infallible, str::FromStr};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use super::Problem;

/// The first id of a path. One that is no UUID names nothing: the handler says what was not found, after it has
/// found out who asks.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(Option<T>);

impl<T> PathId<T> {
    /// The id, where it is one.
    pub fn known(self) -> Option<T> {
        self.0
    }

    /// The id, or the refusal of what it should name.
    pub fn or<E: Into<Problem>>(self, not_found: E) -> Result<T, Problem> {
        self.0.ok_or_else(|| not_found.into())
    }
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let params = RawPathParams::from_request_parts(parts, state).await.ok();
        let id = params.and_then(|params| params.iter().next().and_then(|(_, value)| value.parse().ok()));
        Ok(Self(id))
    }
}
