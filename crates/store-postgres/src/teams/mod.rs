//! Teams and their members.

mod members;
mod pause;
pub(crate) mod rows;
mod write;

use async_trait::async_trait;
use reparto_domain::{
    Caller, Roles, TeamId, Timestamp, UserId,
    cursor::{KeyCursor, SequenceCursor},
    idempotency::{Answer, Keyed},
    opportunities::IfMatch,
    page::CursorPage,
    teams::{MemberChanges, NewTeam, Team, TeamChanges, TeamMember},
};
use reparto_store::{StoreResult, Teams};

use crate::{
    PostgresStore,
    engine::tx::{read, transact},
};

pub(crate) use pause::has_self_service;

#[async_trait]
impl Teams for PostgresStore {
    async fn team_create(
        &self,
        caller: &Caller,
        team: NewTeam,
        keyed: Option<Keyed<Team>>,
    ) -> StoreResult<Answer<Team>> {
        transact!(self, tx => write::create(tx, caller, &team, keyed.as_ref()))
    }

    async fn team_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Team, SequenceCursor>> {
        read!(self, conn => rows::list(conn, after, limit))
    }

    async fn team_get(&self, id: TeamId) -> StoreResult<Team> {
        read!(self, conn => rows::get(conn, id)).map(|(_, team)| team)
    }

    async fn team_update(
        &self,
        caller: &Caller,
        id: TeamId,
        changes: TeamChanges,
        if_match: Option<IfMatch>,
    ) -> StoreResult<Team> {
        transact!(self, tx => write::update(tx, caller, id, &changes, if_match.as_ref()))
    }

    async fn team_delete(&self, caller: &Caller, id: TeamId, if_match: Option<IfMatch>) -> StoreResult<()> {
        transact!(self, tx => write::delete(tx, caller, id, if_match.as_ref()))
    }

    async fn member_list(
        &self,
        team: TeamId,
        after: Option<KeyCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<TeamMember, KeyCursor>> {
        read!(self, conn => rows::members(conn, team, after, limit))
    }

    async fn member_put(
        &self,
        caller: &Caller,
        team: TeamId,
        user: UserId,
        changes: MemberChanges,
        assignable: &Roles,
    ) -> StoreResult<TeamMember> {
        transact!(self, tx => members::put(tx, caller, (team, user), &changes, assignable))
    }

    async fn member_remove(&self, caller: &Caller, team: TeamId, user: UserId) -> StoreResult<()> {
        transact!(self, tx => members::remove(tx, caller, team, user))
    }

    async fn member_pause(&self, caller: &Caller, until: Option<Timestamp>) -> StoreResult<Vec<TeamId>> {
        transact!(self, tx => pause::pause(tx, caller, until))
    }

    async fn member_has_self_service(&self, user: UserId) -> StoreResult<bool> {
        read!(self, conn => has_self_service(conn, user))
    }
}
