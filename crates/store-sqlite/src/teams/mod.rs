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

use crate::SqliteStore;

pub(crate) use pause::has_self_service;

#[async_trait]
impl Teams for SqliteStore {
    async fn team_create(
        &self,
        caller: &Caller,
        team: NewTeam,
        keyed: Option<Keyed<Team>>,
    ) -> StoreResult<Answer<Team>> {
        self.write_for(caller, move |conn, caller| write::create(conn, caller, &team, keyed.as_ref())).await
    }

    async fn team_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Team, SequenceCursor>> {
        self.read(move |conn| rows::list(conn, after, limit)).await
    }

    async fn team_get(&self, id: TeamId) -> StoreResult<Team> {
        self.read(move |conn| rows::get(conn, id).map(|(_, team)| team)).await
    }

    async fn team_update(
        &self,
        caller: &Caller,
        id: TeamId,
        changes: TeamChanges,
        if_match: Option<IfMatch>,
    ) -> StoreResult<Team> {
        self.write_for(caller, move |conn, caller| write::update(conn, caller, id, &changes, if_match.as_ref())).await
    }

    async fn team_delete(&self, caller: &Caller, id: TeamId, if_match: Option<IfMatch>) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| write::delete(conn, caller, id, if_match.as_ref())).await
    }

    async fn member_list(
        &self,
        team: TeamId,
        after: Option<KeyCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<TeamMember, KeyCursor>> {
        self.read(move |conn| rows::members(conn, team, after, limit)).await
    }

    async fn member_put(
        &self,
        caller: &Caller,
        team: TeamId,
        user: UserId,
        changes: MemberChanges,
        assignable: &Roles,
    ) -> StoreResult<TeamMember> {
        let assignable = assignable.clone();
        self.write_for(caller, move |conn, caller| members::put(conn, caller, (team, user), &changes, &assignable))
            .await
    }

    async fn member_remove(&self, caller: &Caller, team: TeamId, user: UserId) -> StoreResult<()> {
        self.write_for(caller, move |conn, caller| members::remove(conn, caller, team, user)).await
    }

    async fn member_pause(&self, caller: &Caller, until: Option<Timestamp>) -> StoreResult<Vec<TeamId>> {
        self.write_for(caller, move |conn, caller| pause::pause(conn, caller, until)).await
    }

    async fn member_has_self_service(&self, user: UserId) -> StoreResult<bool> {
        self.read(move |conn| has_self_service(conn, user)).await
    }
}
