//! When things took effect, where two processes write whose clocks disagree.
//!
//! Each rule has two stores on one database: the clock of the second is a minute ahead of the first one's. After each
//! the database is verified, of which the order of times is a part (see [`verify::times`]).

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use futures::future::join_all;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reparto_domain::{
    AttemptStatus, Caller, Clock, OperationId, OpportunityId, Refusal, Role, Score, Status, Timestamp, UserId,
    effective_at,
    imports::{ImportMode, ImportRow},
    jobs::{JobSet, JobWork, NewJob},
    opportunities::{Assignee, FirstCall, OpportunityChanges},
};
use reparto_store::{Store, StoreError, StoreResult};
use uuid::Uuid;

use crate::{
    Database, Fixture, Member,
    fixture::{START, bulk_ids, origin, random},
    jobs::Lines,
    verify,
};

/// An engine on which two processes can write at once.
#[async_trait]
pub trait TwoProcesses: Send + Sync + 'static {
    /// Two stores on one fresh database, each with a clock of its own.
    async fn open(clocks: [Arc<dyn Clock>; 2]) -> [Database; 2];
}

/// Turns the rules about two clocks into tests of an engine.
#[macro_export]
macro_rules! two_clocks {
    ($engine:ty) => {
        $crate::two_clocks! { @tests $engine;
            operations_follow_the_history_of_their_opportunities,
            edits_follow_and_are_followed,
            jobs_follow_the_history_of_their_opportunities,
            a_bulk_requests_time_follows_the_domains_rule,
            an_undo_follows_what_it_takes_back,
            a_write_that_waited_takes_effect_when_executed,
            a_deactivation_is_after_all_that_was_given_before,
            nothing_is_given_before_the_receiver_was_activated,
            a_user_deletion_is_after_all_assignments_before_it,
            entries_about_a_user_are_in_order,
            under_load_no_history_runs_backwards,
        }
    };
    (@tests $engine:ty; $($rule:ident,)*) => {
        /// Two processes whose clocks disagree.
        mod two_clocks {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                reparto_store_tests::times::$rule::<$engine>().await;
            })*
        }
    };
}

/// How far the second clock is ahead, in seconds.
const AHEAD: i64 = 60;

/// A clock that moves by a millisecond whenever it is read, and otherwise as it is told.
#[derive(Debug)]
struct SteppingClock(AtomicI64);

impl SteppingClock {
    fn set(&self, at: Timestamp) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }

    /// What it shows, without moving it.
    fn shows(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1_000, Ordering::SeqCst))
    }
}

/// A process: its store, and its clock.
#[derive(Clone)]
struct Process {
    f: Fixture,
    clock: Arc<SteppingClock>,
    admin: UserId,
}

impl Process {
    /// The administrator, asking at this moment of the process's clock.
    fn admin(&self) -> Caller {
        let authority = reparto_domain::Authority::User {
            id: self.admin,
            issued_at: self.clock.shows(),
            generation: Some(0),
            session: None,
        };
        Caller { authority, origin: origin(), at: self.clock.shows() }
    }

    fn store(&self) -> &dyn Store {
        self.f.store()
    }

    /// Gives many to one; when.
    async fn give(&self, ids: &[OpportunityId], to: UserId) -> (OperationId, Timestamp) {
        let outcome =
            self.f.try_bulk_assign(&self.admin(), Fixture::bulk_assign_command(bulk_ids(ids), to)).await.unwrap();
        let at = outcome.done[0].updated_at;
        assert!(outcome.done.iter().all(|item| item.updated_at == at), "{outcome:?}");
        (outcome.operation.unwrap(), at)
    }

    /// Assigns one, or takes its holder away; when.
    async fn assign(&self, id: OpportunityId, to: Option<UserId>) -> Timestamp {
        let to = to.map(Assignee::User);
        let answer = self.store().opportunity_assign(&self.admin(), id, to, &self.f.policy(), None).await;
        answer.unwrap().fresh().unwrap().updated_at
    }

    async fn set_active(&self, user: UserId, active: bool) -> Timestamp {
        self.store().user_set_active(&self.admin(), user, active).await.unwrap().updated_at
    }

    async fn edit(&self, id: OpportunityId, score: i64) -> StoreResult<Timestamp> {
        let changes = OpportunityChanges { score: Score::new(score), ..OpportunityChanges::default() };
        let edited = self.store().opportunity_update(&self.admin(), id, changes, None, &self.f.assignable).await?;
        Ok(edited.updated_at)
    }

    async fn call(&self, id: OpportunityId, status: AttemptStatus) -> Timestamp {
        let call = FirstCall { number: 1, status, call_id: None, notes: None };
        let answer = self.store().opportunity_first_call(&self.admin(), id, call, None).await;
        answer.unwrap().fresh().unwrap().updated_at
    }

    /// Runs all pending chunks of jobs, by the process's clock.
    async fn run_jobs(&self) {
        let (runner, now) = (Uuid::from_u128(1), || self.clock.shows());
        while let Some(claim) = self.store().job_claim(runner, now(), now().plus_seconds(60)).await.unwrap() {
            self.store().job_run(claim, now(), &self.f.assignable, Arc::new(Lines)).await.unwrap();
        }
    }

    /// When the newest entry in the history of an opportunity took effect.
    async fn newest(&self, id: OpportunityId) -> Timestamp {
        verify::history(self.store(), id).await.unwrap()[0].at
    }
}

/// Two processes on one database; the clock of the second is ahead. Their clocks begin an hour after the fixture's.
async fn two<E: TwoProcesses>() -> (Process, Process) {
    let start = START.plus_seconds(3_600);
    let clock = |at: Timestamp| Arc::new(SteppingClock(AtomicI64::new(at.micros())));
    let (behind, ahead) = (clock(start), clock(start.plus_seconds(AHEAD)));
    let [first, second] = E::open([behind.clone(), ahead.clone()]).await;
    behind.set(Timestamp::default());
    let f = Fixture::on(first).await;
    behind.set(start);
    let admin = f.admin().id;
    let ahead = Process { f: f.on_copy(second), clock: ahead, admin };
    (Process { f, clock: behind, admin }, ahead)
}

/// So many opportunities, and an agent, made before either clock's time.
async fn prepared(behind: &Process, count: usize) -> (Vec<OpportunityId>, Member) {
    let now = behind.clock.shows();
    behind.clock.set(Timestamp::default());
    let prepared = (behind.f.opportunities(count).await, behind.f.agent().await);
    behind.clock.set(now);
    prepared
}

/// Each operation is at the time of the process that does it, but not before the newest entry about the opportunity.
pub async fn operations_follow_the_history_of_their_opportunities<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 2).await;
    let now = ahead.clock.shows();
    let (_, given) = ahead.give(&ids, agent.id).await;
    assert_eq!(given, now);
    assert_eq!(behind.assign(ids[0], None).await, given);
    assert_eq!(behind.give(&ids[..1], agent.id).await.1, given);
    // What is held already is in the history, too.
    assert_eq!(behind.give(&ids, agent.id).await.1, given);
    assert_eq!(behind.newest(ids[0]).await, given);
    let later = ahead.assign(ids[1], None).await;
    assert!(later > given, "{later:?}");
    let picked = behind.f.try_random(&behind.admin(), random(agent.id, 1, 7)).await.unwrap();
    assert_eq!((picked.ids, picked.at), (vec![ids[1]], later));
    assert_eq!(behind.newest(ids[1]).await, later);
    behind.store().opportunity_delete(&behind.admin(), ids[1], None).await.unwrap();
    verify::assert_whole(behind.store()).await;
}

/// Edits and calls change no holder, but have an entry in the audit log: they are in the order with operations.
pub async fn edits_follow_and_are_followed<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 1).await;
    let id = ids[0];
    let edited = ahead.edit(id, 77).await.unwrap();
    assert_eq!(behind.assign(id, Some(agent.id)).await, edited);
    let called = ahead.call(id, AttemptStatus::Orange).await;
    assert!(called > edited, "{called:?}");
    assert_eq!(behind.edit(id, 78).await.unwrap(), called);
    assert_eq!(behind.give(&[id], agent.id).await.1, called);
    let green = ahead.call(id, AttemptStatus::Green).await;
    assert_eq!(behind.call(id, AttemptStatus::Red).await, green);
    verify::assert_whole(behind.store()).await;
}

/// Whatever a job does, it is not before the newest entry about any of its opportunities.
pub async fn jobs_follow_the_history_of_their_opportunities<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 2).await;
    let assignee = Assignee::User(agent.id);
    for work in [
        JobWork::BulkAssign { assignee, status: None, note: None },
        JobWork::SetStatus(Status::Contacted),
        JobWork::BulkUnassign,
    ] {
        let (_, given) = ahead.give(&ids, agent.id).await;
        let job = NewJob { set: JobSet::Ids(ids.clone()), work, include_do_not_contact: false };
        let made = behind.f.try_job(&behind.admin(), job).await.unwrap();
        behind.run_jobs().await;
        assert_eq!([behind.newest(ids[0]).await, behind.newest(ids[1]).await], [given; 2], "{:?}", made.kind);
    }
    verify::assert_whole(behind.store()).await;
}

/// What a statement computes is what [`effective_at`] says of the opportunities that it changes, and of the assignee.
pub async fn a_bulk_requests_time_follows_the_domains_rule<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 4).await;
    let mut newest = Vec::new();
    for (later, id) in (1..=4).rev().zip(&ids) {
        ahead.clock.set(START.plus_seconds(3_600 + 10 * later));
        newest.push(ahead.assign(*id, Some(agent.id)).await);
    }
    // The item's time, the user's, the later of two items', the clock's, and the latest of all.
    let cases = [
        (3_605, None, 3..4),
        (3_615, Some(3_635), 3..4),
        (3_500, None, 2..4),
        (3_650, None, 1..2),
        (3_500, None, 0..4),
    ];
    for (now, reactivated, which) in cases {
        let to = prepared(&behind, 0).await.1;
        let mut user = START;
        if let Some(seconds) = reactivated {
            ahead.clock.set(START.plus_seconds(seconds));
            ahead.set_active(to.id, false).await;
            user = ahead.set_active(to.id, true).await;
        }
        behind.clock.set(START.plus_seconds(now));
        let follows = newest[which.clone()].iter().copied().chain([user]);
        let expected = effective_at(START.plus_seconds(now), follows);
        let at = behind.give(&ids[which.clone()], to.id).await.1;
        assert_eq!(at, expected, "{now} {reactivated:?} {which:?}");
        newest[which].fill(at);
    }
    verify::assert_whole(behind.store()).await;
}

/// An undo is not before the operation that it takes back, nor before the last change of who gets it back.
pub async fn an_undo_follows_what_it_takes_back<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 3).await;
    behind.give(&ids[..1], agent.id).await;
    let other = prepared(&behind, 0).await.1;
    let (operation, given) = ahead.give(&ids, other.id).await;
    ahead.set_active(agent.id, false).await;
    let activated = ahead.set_active(agent.id, true).await;
    let undone = behind.f.try_undo(&behind.admin(), operation).await.unwrap();
    assert!(undone.done.len() == 3 && activated > given, "{undone:?}");
    assert!(undone.done.iter().all(|item| item.updated_at == activated), "{undone:?}");
    let again = behind.f.try_undo(&behind.admin(), undone.operation.unwrap()).await.unwrap();
    assert!(again.done.iter().all(|item| item.updated_at == activated), "{again:?}");
    assert_eq!(behind.newest(ids[0]).await, activated);
    verify::assert_whole(behind.store()).await;
}

/// What a request is answered is the time at which it was carried out, not the one at which it arrived.
pub async fn a_write_that_waited_takes_effect_when_executed<E: TwoProcesses>() {
    let (behind, _) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 1).await;
    let asked = behind.admin();
    let now = asked.at.plus_seconds(25);
    behind.clock.set(now);
    let outcome =
        behind.f.try_bulk_assign(&asked, Fixture::bulk_assign_command(bulk_ids(&ids), agent.id)).await.unwrap();
    assert_eq!(outcome.done[0].updated_at, now);
    assert_eq!(behind.newest(ids[0]).await, now);
    verify::assert_whole(behind.store()).await;
}

/// What a clock that is ahead gave before is given before.
pub async fn a_deactivation_is_after_all_that_was_given_before<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 1).await;
    let (_, given) = ahead.give(&ids, agent.id).await;
    let taken = ahead.assign(ids[0], None).await;
    let deactivated = behind.set_active(agent.id, false).await;
    assert!(given < deactivated && taken < deactivated, "{deactivated:?}");
    verify::assert_whole(behind.store()).await;
}

/// Whoever was activated by a clock that is ahead is given nothing before, by whichever way.
pub async fn nothing_is_given_before_the_receiver_was_activated<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 4).await;
    let off = behind.set_active(agent.id, false).await;
    let on = ahead.set_active(agent.id, true).await;
    assert!(off < on, "{on:?}");
    assert_eq!(behind.give(&ids[..1], agent.id).await.1, on);
    assert_eq!(behind.assign(ids[1], Some(agent.id)).await, on);
    let changes =
        OpportunityChanges { assignee: Some(Some(Assignee::User(agent.id))), ..OpportunityChanges::default() };
    let updated =
        behind.store().opportunity_update(&behind.admin(), ids[2], changes, None, &behind.f.assignable).await.unwrap();
    assert_eq!(updated.updated_at, on);
    let picked = behind.f.try_random(&behind.admin(), random(agent.id, 1, 7)).await.unwrap();
    assert_eq!((picked.ids, picked.at), (vec![ids[3]], on));
    let mut command = Fixture::new_opportunity(behind.f.contact().await);
    command.assignee = Some(Assignee::User(agent.id));
    let made = behind.store().opportunity_create(&behind.admin(), command, &behind.f.policy(), None).await.unwrap();
    assert_eq!(made.fresh().unwrap().created_at, on);
    let row = ImportRow {
        holder_email: Some(agent.email.clone()),
        ..behind.f.import_row(crate::fixture::contact_named("Fila", "Importada"))
    };
    behind.store().import_rows(&behind.admin(), vec![row], ImportMode::default(), &behind.f.assignable).await.unwrap();
    verify::assert_whole(behind.store()).await;
}

/// As a deactivation.
pub async fn a_user_deletion_is_after_all_assignments_before_it<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, agent) = prepared(&behind, 1).await;
    ahead.give(&ids, agent.id).await;
    behind.store().user_delete(&behind.admin(), agent.id).await.unwrap();
    verify::assert_whole(behind.store()).await;
}

/// Changes of a user, and what is noted about their sessions, are in the order in which they took effect.
pub async fn entries_about_a_user_are_in_order<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let agent = prepared(&behind, 0).await.1;
    let failed = ahead.clock.now();
    ahead.store().session_failed(&agent.email, origin(), failed).await.unwrap();
    behind.store().session_failed(&agent.email, origin(), behind.clock.now()).await.unwrap();
    let user = behind.store().user_set_role(&behind.admin(), agent.id, Role::Lawyer).await.unwrap();
    assert_eq!(user.updated_at, failed);
    verify::assert_whole(behind.store()).await;
}

/// What an attempt of the load may be refused with.
fn tolerated<T: std::fmt::Debug>(result: StoreResult<T>) -> Option<T> {
    match result {
        Ok(outcome) => Some(outcome),
        Err(
            StoreError::Busy
            | StoreError::Refused(Refusal::AssigneeInactive | Refusal::RandomAssigneeInvalid | Refusal::AlreadyUndone),
        ) => None,
        Err(other) => panic!("{other:?}"),
    }
}

/// Both processes assign, undo, edit, deactivate and reactivate at once. Then every history and the whole audit log are
/// in order, and nothing was given to anybody while they were inactive.
pub async fn under_load_no_history_runs_backwards<E: TwoProcesses>() {
    let (behind, ahead) = two::<E>().await;
    let (ids, first) = prepared(&behind, 20).await;
    let agents = [first.id, prepared(&behind, 0).await.1.id, prepared(&behind, 0).await.1.id];
    let workers = (0..8).map(|number| {
        let process = if number % 2 == 0 { behind.clone() } else { ahead.clone() };
        let ids = ids.clone();
        tokio::spawn(async move { work(&process, &ids, agents, number).await })
    });
    let done: usize = join_all(workers).await.into_iter().map(Result::unwrap).sum();
    assert!(done > 100, "{done}");
    let mut clocks = HashSet::new();
    for id in &ids {
        let history = verify::history(behind.store(), *id).await.unwrap();
        clocks.extend(history.iter().map(|entry| entry.at));
    }
    assert!(clocks.len() > 20, "all at one time show nothing");
    verify::assert_whole(behind.store()).await;
}

/// A worker of the load; how much it carried out.
async fn work(process: &Process, ids: &[OpportunityId], agents: [UserId; 3], number: u64) -> usize {
    let mut random = StdRng::seed_from_u64(number);
    let (mut done, mut last) = (0, None);
    for round in 0..25 {
        let to = agents[random.random_range(0..3)];
        let some: Vec<OpportunityId> = ids.sample(&mut random, 5).copied().collect();
        let admin = process.admin();
        let carried_out = match random.random_range(0..9) {
            0..3 => {
                let outcome = tolerated(
                    process.f.try_bulk_assign(&admin, Fixture::bulk_assign_command(bulk_ids(&some), to)).await,
                );
                last = outcome.as_ref().and_then(|outcome| outcome.operation).or(last);
                outcome.is_some()
            }
            3 => {
                let to = random.random_bool(0.5).then_some(Assignee::User(to));
                let policy = process.f.policy();
                tolerated(process.store().opportunity_assign(&admin, some[0], to, &policy, None).await).is_some()
            }
            4 => tolerated(process.f.try_random(&admin, self::random(to, 2, number + round)).await).is_some(),
            5 => match last.take() {
                Some(operation) => tolerated(process.f.try_undo(&admin, operation).await).is_some(),
                None => false,
            },
            6 => tolerated(process.edit(some[0], random.random_range(0..100)).await).is_some(),
            7 => tolerated(process.store().user_set_active(&admin, to, false).await).is_some(),
            _ => tolerated(process.store().user_set_active(&admin, to, true).await).is_some(),
        };
        done += usize::from(carried_out);
    }
    done
}
