//! Opportunities of contacts who do not want to be contacted.

use reparto_domain::{
    ContactId, OpportunityId, Refusal, Score, Status,
    consent::DoNotContact,
    contacts::{AgentsSee, ContactFields},
    imports::{ImportMode, ImportRow, RowOutcome},
    jobs::{JobSet, JobWork, NewJob},
    opportunities::{Assignee, BulkAssign, BulkMode, ItemError, OpportunityChanges, OpportunityFilter},
};

use crate::{
    Fixture,
    fixture::{bulk_ids, contact_named, random, refused},
};

rules! { $ do_not_contact_rules in assignments::do_not_contact {
    it_is_not_picked_at_random,
    it_is_not_assigned_by_itself,
    a_bulk_request_reports_it_unless_it_includes_it,
    a_job_tells_of_it_unless_told_to_include_it,
    a_preview_counts_as_the_job_does,
    a_dry_run_tells_of_it_as_the_request_does,
    an_import_gives_it_to_nobody,
    unassigning_and_undoing_are_not_hindered,
    the_mark_follows_the_contact,
}}

async fn wishes(f: &Fixture, contact: ContactId, wish: Option<DoNotContact>) {
    let edit = move |fields: ContactFields| ContactFields { do_not_contact: wish.clone(), ..fields };
    f.store().contact_update(&f.as_admin(), contact, Box::new(edit), AgentsSee::Own).await.unwrap();
}

fn wish() -> DoNotContact {
    DoNotContact { since: crate::fixture::START, reason: Some("lo pidió".into()) }
}

async fn contact_of(f: &Fixture, id: OpportunityId) -> ContactId {
    f.get(id).await.contact.id
}

/// Three opportunities; the contact of the first does not want to be contacted.
async fn three(f: &Fixture) -> Vec<OpportunityId> {
    let ids = f.opportunities(3).await;
    wishes(f, contact_of(f, ids[0]).await, Some(wish())).await;
    ids
}

async fn it_is_not_picked_at_random(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    let outcome = f.try_random(&f.as_admin(), random(agent.id, 3, 1)).await.unwrap();
    assert_eq!((outcome.ids.len(), outcome.available), (2, 2));
    assert!(!outcome.ids.contains(&ids[0]));
    assert_eq!(f.holder(ids[0]).await, None);
}

async fn it_is_not_assigned_by_itself(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    let to = Some(Assignee::User(agent.id));
    for by in [f.as_admin(), f.by(&agent)] {
        let refusal = refused(f.store().opportunity_assign(&by, ids[0], to, &f.policy(), None).await);
        assert_eq!(refusal, Refusal::DoNotContact);
    }
    let changes = OpportunityChanges { assignee: Some(to), ..OpportunityChanges::default() };
    let update = f.store().opportunity_update(&f.as_admin(), ids[0], changes.clone(), None, &f.assignable).await;
    assert_eq!(refused(update), Refusal::DoNotContact);
    assert_eq!(f.holder(ids[0]).await, None);
    f.store().opportunity_update(&f.as_admin(), ids[1], changes, None, &f.assignable).await.unwrap();
}

async fn a_bulk_request_reports_it_unless_it_includes_it(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    let unknown = OpportunityId::new();
    let command = |mode| BulkAssign {
        mode,
        ..Fixture::bulk_assign_command(bulk_ids(&[ids[1], ids[0], unknown, ids[2]]), agent.id)
    };
    let outcome = f.try_bulk_assign(&f.as_admin(), command(BulkMode::default())).await.unwrap();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), &ids[1..]);
    let failed: Vec<_> = outcome.failed.into_iter().map(|failure| failure.error).collect();
    assert_eq!(failed, [ItemError::DoNotContact, ItemError::NotFound]);
    let mode = BulkMode { include_do_not_contact: true, ..BulkMode::default() };
    let outcome = f.try_bulk_assign(&f.as_admin(), command(mode)).await.unwrap();
    assert_eq!((outcome.done.len(), outcome.failed.len()), (3, 1));
    assert_eq!(f.holder(ids[0]).await, Some(agent.id));
}

async fn a_job_tells_of_it_unless_told_to_include_it(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    let assign = JobWork::BulkAssign { assignee: Assignee::User(agent.id), status: None, note: None };
    for work in [JobWork::Export, assign] {
        let new = |include_do_not_contact| NewJob {
            set: JobSet::Ids(ids.clone()),
            work: work.clone(),
            include_do_not_contact,
        };
        let job = f.ran(new(false)).await;
        assert_eq!((job.done, job.failed), (2, 1), "{work:?}");
        assert_eq!(f.job_errors(job.id).await, [(ids[0], "do_not_contact".to_owned())], "{work:?}");
        let job = f.ran(new(true)).await;
        assert_eq!((job.done, job.failed), (3, 0), "{work:?}");
    }
    assert_eq!(f.holder(ids[0]).await, Some(agent.id));
}

async fn a_preview_counts_as_the_job_does(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    let assign = JobWork::BulkAssign { assignee: Assignee::User(agent.id), status: None, note: None };
    let searched = OpportunityFilter { min_score: Score::new(0), ..OpportunityFilter::default() };
    let unwanted = OpportunityFilter { do_not_contact: Some(true), ..OpportunityFilter::default() };
    let wanted = OpportunityFilter { do_not_contact: Some(false), ..OpportunityFilter::default() };
    let sets = [
        JobSet::Filter(OpportunityFilter::default()),
        JobSet::Filter(searched),
        JobSet::Filter(unwanted),
        JobSet::Filter(wanted),
        JobSet::Ids([ids.clone(), vec![OpportunityId::new()]].concat()),
    ];
    for work in [JobWork::Export, JobWork::BulkUnassign, JobWork::SetStatus(Status::Contacted), assign] {
        for (set, include_do_not_contact) in sets.iter().cloned().flat_map(|set| [(set.clone(), false), (set, true)]) {
            let new = NewJob { set, work: work.clone(), include_do_not_contact };
            let preview = f.store().job_preview(&f.as_admin(), new.clone(), &f.assignable).await.unwrap();
            let job = f.ran(new.clone()).await;
            assert_eq!((preview.total, preview.failed()), (job.total, job.failed), "{new:?}");
        }
    }
}

async fn a_dry_run_tells_of_it_as_the_request_does(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    for include_do_not_contact in [false, true] {
        let [dry, real] = [true, false].map(|dry_run| BulkAssign {
            mode: BulkMode { dry_run, include_do_not_contact, ..BulkMode::default() },
            ..Fixture::bulk_assign_command(bulk_ids(&ids), agent.id)
        });
        let dry = f.try_bulk_assign(&f.as_admin(), dry).await.unwrap();
        let real = f.try_bulk_assign(&f.as_admin(), real).await.unwrap();
        assert_eq!((dry.done.len(), &dry.failed), (real.done.len(), &real.failed));
        assert_eq!(real.failed.is_empty(), include_do_not_contact);
    }
}

async fn an_import_gives_it_to_nobody(f: Fixture) {
    let agent = f.agent().await;
    let person = |name: &str, wish| ContactFields {
        email: Some(format!("{name}@example.org")),
        do_not_contact: wish,
        ..contact_named(name, "Ruiz")
    };
    // One who is known, one whom the file marks, and one who may be contacted.
    f.contact_with(person("ana", Some(wish()))).await;
    let people = [person("ana", None), person("eva", Some(wish())), person("luz", None)];
    let holder_email = Some(agent.email.clone());
    let rows = people.map(|person| ImportRow { holder_email: holder_email.clone(), ..f.import_row(person) });
    let import = async |dry_run| {
        let mode = ImportMode { dry_run, ..ImportMode::default() };
        f.store().import_rows(&f.system(), rows.to_vec(), mode, &f.assignable).await.unwrap()
    };
    let dry = import(true).await;
    let results = import(false).await;
    assert_eq!(dry, results);
    assert_eq!(results.iter().map(|result| result.withheld).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(results[0], RowOutcome::OpportunityAdded);
    let of =
        |do_not_contact| OpportunityFilter { do_not_contact: Some(do_not_contact), ..OpportunityFilter::default() };
    let marked = f.matching(of(true)).await;
    assert_eq!(f.states(&marked).await, [(None, Status::Pending); 2]);
    let free = f.matching(of(false)).await;
    assert_eq!(f.states(&free).await, [(Some(agent.id), Status::Assigned)]);
    assert!(import(false).await.iter().all(|result| !result.withheld), "nothing new to give");
}

async fn unassigning_and_undoing_are_not_hindered(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    wishes(&f, contact_of(&f, ids[0]).await, Some(wish())).await;
    let outcome = f.try_bulk_unassign(&f.as_admin(), bulk_ids(&ids), BulkMode::default()).await.unwrap();
    assert_eq!((outcome.done.len(), outcome.failed.len()), (2, 0));
    f.try_undo(&f.as_admin(), outcome.operation.unwrap()).await.unwrap();
    assert_eq!(f.holder(ids[0]).await, Some(agent.id), "as it was before");
    f.unassign(ids[0]).await;
    assert_eq!(f.holder(ids[0]).await, None);
}

async fn the_mark_follows_the_contact(f: Fixture) {
    let (agent, ids) = (f.agent().await, three(&f).await);
    let contact = contact_of(&f, ids[0]).await;
    wishes(&f, contact, None).await;
    f.assign(ids[0], &agent).await;
    wishes(&f, contact, Some(wish())).await;
    // Whoever holds it may keep it.
    f.assign(ids[0], &agent).await;
    assert_eq!(f.holder(ids[0]).await, Some(agent.id));
}
