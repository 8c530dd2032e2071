//! Events that do not happen every day.

use reparto_domain::{
    OpportunityId, Status,
    jobs::{CHUNK, JobSet, JobWork},
    opportunities::{Assignee, HeldBy, OpportunityFilter},
    users::UserChanges,
};

use super::{History, leads::Lead};
use crate::{
    demo::{people::Account, words},
    failure::Failure,
};

/// The maximum number of opportunities of a job: more than one chunk, so that it can be stopped half-way.
const MANY: usize = 400;
/// The maximum number of leads handed back before a holiday.
const HOLIDAY: usize = 40;

impl<'a> History<'a> {
    /// The events of a day of work, numbered from 1.
    pub(super) async fn special_events(&mut self, day: usize) -> Result<(), Failure> {
        match day {
            3 => self.make_webhooks().await,
            5 => self.call_again().await,
            8 => self.expire_the_oldest().await,
            11 => self.stop_half_way().await,
            14 => self.leave().await,
            16 => self.export().await,
            18 => self.on_holiday().await,
            20 => self.change_quota().await,
            22 => self.give_up_what_is_gone().await,
            _ => Ok(()),
        }
    }

    /// A job assigns old leads to one agent.
    async fn call_again(&mut self) -> Result<(), Failure> {
        let (administrator, Some(agent)) = (self.administrator(), self.agent()) else { return Ok(()) };
        let ids = self.oldest_free(self.one_in(80));
        let work = give(agent, Some(words::CALL_AGAIN));
        if let Some(job) = self.job(administrator, ids.clone(), work).await? {
            self.finish(job.id).await?;
            self.set_all(&ids, Some(agent), Status::Assigned);
        }
        Ok(())
    }

    /// A job sets the status of old leads to expired. Some in its list were deleted before; these fail.
    async fn expire_the_oldest(&mut self) -> Result<(), Failure> {
        let administrator = self.administrator();
        let mut ids = self.oldest_free(self.one_in(40));
        self.set_all(&ids, None, Status::Expired);
        ids.extend(&self.deleted);
        if let Some(job) = self.job(administrator, ids, JobWork::SetStatus(Status::Expired)).await? {
            self.finish(job.id).await?;
        }
        Ok(())
    }

    /// A job started by mistake is stopped half-way and undone.
    async fn stop_half_way(&mut self) -> Result<(), Failure> {
        let (administrator, Some(agent)) = (self.administrator(), self.agent()) else { return Ok(()) };
        let ids = self.leads.some(&mut self.random, MANY, |lead| lead.is_free() || lead.is_to_call());
        let is_done_at_once = ids.len() <= CHUNK;
        let Some(job) = self.job(administrator, ids, give(agent, None)).await? else { return Ok(()) };
        if !is_done_at_once {
            self.step(job.id).await?;
        }
        self.cancel(administrator, job.id).await?;
        self.undo_job(administrator, job.id).await
    }

    /// An agent leaves: their leads are assigned to another, and the account is deactivated.
    async fn leave(&mut self) -> Result<(), Failure> {
        let (administrator, Some(leaving)) = (self.administrator(), self.leaving.take()) else { return Ok(()) };
        self.agents.retain(|agent| agent.id != leaving.id);
        let Some(next) = self.agent() else { return Ok(()) };
        let filter = OpportunityFilter { held_by: Some(HeldBy::User(leaving.id)), ..OpportunityFilter::default() };
        let work = JobWork::BulkAssign {
            assignee: Assignee::User(next.id),
            status: None,
            note: Some(words::HANDED_OVER.to_owned()),
        };
        if let Some(job) = self.job_about(administrator, JobSet::Filter(filter), work).await? {
            self.finish(job.id).await?;
            self.leads.hand_over(leaving.id, next.id);
        }
        self.pass(300..=900);
        let caller = self.caller(administrator);
        self.store.user_set_active(&caller, leaving.id, false).await?;
        Ok(())
    }

    /// A job exports converted leads.
    async fn export(&mut self) -> Result<(), Failure> {
        let administrator = self.administrator();
        let ids = self.leads.some(&mut self.random, MANY, |lead| lead.status == Status::Converted);
        if let Some(job) = self.job(administrator, ids, JobWork::Export).await? {
            self.finish(job.id).await?;
        }
        Ok(())
    }

    /// An agent goes on holiday: their leads still to be called are unassigned.
    async fn on_holiday(&mut self) -> Result<(), Failure> {
        let (administrator, Some(agent)) = (self.administrator(), self.agent()) else { return Ok(()) };
        let ids = self.leads.some(&mut self.random, HOLIDAY, |lead| lead.holder == Some(agent.id) && lead.is_to_call());
        if let Some(job) = self.job(administrator, ids.clone(), JobWork::BulkUnassign).await? {
            self.finish(job.id).await?;
            self.set_all(&ids, None, Status::Pending);
        }
        Ok(())
    }

    /// An agent's daily quota is raised.
    async fn change_quota(&mut self) -> Result<(), Failure> {
        let (administrator, Some(agent)) = (self.administrator(), self.agent()) else { return Ok(()) };
        self.pass(60..=300);
        let caller = self.caller(administrator);
        let changes = UserChanges { daily_lead_quota: Some(25), ..UserChanges::default() };
        self.store.user_update(&caller, agent.id, changes).await?;
        Ok(())
    }

    /// One in `share` of all leads, within the limits of a job of moderate size.
    fn one_in(&self, share: u64) -> usize {
        usize::try_from(self.opportunities / share).unwrap_or(MANY).clamp(5, MANY)
    }

    /// At most `count` of the oldest unassigned leads.
    fn oldest_free(&self, count: usize) -> Vec<OpportunityId> {
        self.leads.matching(Lead::is_free).iter().take(count).map(|lead| lead.id).collect()
    }

    /// Updates leads after a job.
    fn set_all(&mut self, ids: &[OpportunityId], holder: Option<&'a Account>, status: Status) {
        for id in ids {
            self.leads.set(*id, holder.map(|holder| holder.id), status);
        }
    }
}

fn give(agent: &Account, note: Option<&str>) -> JobWork {
    let note = note.map(str::to_owned);
    JobWork::BulkAssign { assignee: Assignee::User(agent.id), status: Some(Status::Assigned), note }
}
