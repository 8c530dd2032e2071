//! Ids in paths.

use std::{convert::Infallible, str::FromStr};

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use super::Problem;

/// The first id of a path. An id that is not a UUID names nothing: the handler refuses it as not found, after it has
/// checked the caller.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(Option<T>);

impl<T> PathId<T> {
    /// The id, where it is a UUID.
    pub fn known(self) -> Option<T> {
        self.0
    }

    /// The id, or this refusal where it is not a UUID.
    pub fn or<E: Into<Problem>>(self, not_found: E) -> Result<T, Problem> {
        self.0.ok_or_else(|| not_found.into())
    }
}

/// The second id of a path.
#[derive(Debug, Clone, Copy)]
pub struct SecondPathId<T>(Option<T>);

impl<T> SecondPathId<T> {
    /// The id, or this refusal where it is not a UUID.
    pub fn or<E: Into<Problem>>(self, not_found: E) -> Result<T, Problem> {
        self.0.ok_or_else(|| not_found.into())
    }
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for SecondPathId<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(nth(parts, state, 1).await))
    }
}

async fn nth<S: Send + Sync, T: FromStr>(parts: &mut Parts, state: &S, index: usize) -> Option<T> {
    let params = RawPathParams::from_request_parts(parts, state).await.ok()?;
    params.iter().nth(index).and_then(|(_, value)| value.parse().ok())
}

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(nth(parts, state, 0).await))
    }
}
