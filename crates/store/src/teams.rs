//! Teams and their members.

use async_trait::async_trait;
use reparto_domain::{
    Caller, Roles, TeamId, Timestamp, UserId,
    cursor::{KeyCursor, SequenceCursor},
    idempotency::{Answer, Keyed},
    opportunities::IfMatch,
    page::CursorPage,
    teams::{MemberChanges, NewTeam, Team, TeamChanges, TeamMember},
};

use crate::StoreResult;

/// Teams and their members. Staff may read them, only administrators may write. Whatever changes a team or a member
/// raises the team's revision, and is an entry in the audit log about the team.
#[async_trait]
pub trait Teams: Send + Sync {
    /// Creates a team, and a rotation with it. A name that another team has, whatever its case:
    /// [`Refusal::TeamNameTaken`](reparto_domain::Refusal::TeamNameTaken).
    async fn team_create(
        &self,
        caller: &Caller,
        team: NewTeam,
        keyed: Option<Keyed<Team>>,
    ) -> StoreResult<Answer<Team>>;

    /// Lists part of the teams, oldest first.
    async fn team_list(
        &self,
        after: Option<SequenceCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<Team, SequenceCursor>>;

    /// Returns a team that is not deleted.
    async fn team_get(&self, id: TeamId) -> StoreResult<Team>;

    /// Changes a team. If nothing changes, nothing is written.
    async fn team_update(
        &self,
        caller: &Caller,
        id: TeamId,
        changes: TeamChanges,
        if_match: Option<IfMatch>,
    ) -> StoreResult<Team>;

    /// Soft-deletes a team: its name becomes free, and it gives its members no self-service any more.
    async fn team_delete(&self, caller: &Caller, id: TeamId, if_match: Option<IfMatch>) -> StoreResult<()>;

    /// Lists part of a team's members, by place.
    async fn member_list(
        &self,
        team: TeamId,
        after: Option<KeyCursor>,
        limit: u64,
    ) -> StoreResult<CursorPage<TeamMember, KeyCursor>>;

    /// Makes a user a member of a team, or changes the settings of one. The user is checked like the assignee of a bulk
    /// request. Who was a member before begins anew. If nothing changes, nothing is written.
    async fn member_put(
        &self,
        caller: &Caller,
        team: TeamId,
        user: UserId,
        changes: MemberChanges,
        assignable: &Roles,
    ) -> StoreResult<TeamMember>;

    /// Ends a membership. The row stays, for what refers to it.
    async fn member_remove(&self, caller: &Caller, team: TeamId, user: UserId) -> StoreResult<()>;

    /// Pauses the caller in all of their teams that have self-service, or ends the pause there. Returns these teams;
    /// none: [`Refusal::SelfServiceRequired`](reparto_domain::Refusal::SelfServiceRequired).
    async fn member_pause(&self, caller: &Caller, until: Option<Timestamp>) -> StoreResult<Vec<TeamId>>;

    /// Whether a user is a member of a team that has self-service.
    async fn member_has_self_service(&self, user: UserId) -> StoreResult<bool>;
}
