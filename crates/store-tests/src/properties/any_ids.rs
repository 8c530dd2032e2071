//! Any list of ids.

use std::collections::HashSet;

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection::vec, option, sample::select};
use reparto_domain::{
    OpportunityId, Refusal, Status,
    audit::action,
    opportunities::{BulkAssign, BulkIds, ItemError},
};
use serde_json::json;
use uuid::Uuid;

use crate::{Fixture, fixture::all_opportunities};

/// The number of opportunities, and how many of them are deleted.
const KNOWN: usize = 10;
const DELETED: usize = 3;

/// An id in the list.
#[derive(Debug, Clone)]
pub(super) enum Sent {
    /// One that exists or was deleted, in one of five spellings.
    Known(usize, u8),
    /// An unused UUID.
    Unknown(u128),
    /// Not a UUID.
    Malformed(String),
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    ids: Vec<Sent>,
    held_before: Vec<bool>,
    status: Option<Status>,
    note: Option<String>,
    all_or_nothing: bool,
}

pub(super) fn strategy() -> impl Strategy<Value = Request> {
    let sent = prop_oneof![
        6 => (0..KNOWN, 0..5_u8).prop_map(|(index, spelling)| Sent::Known(index, spelling)),
        1 => any::<u128>().prop_map(Sent::Unknown),
        1 => prop_oneof![".{0,12}", Just("invalid-uuid".to_owned())].prop_map(Sent::Malformed),
    ];
    let status = option::of(select(Status::ALL));
    let note = option::of("[a-zñ ]{1,8}(\n[a-z]{1,3})?");
    (vec(sent, 0..9), vec(any::<bool>(), KNOWN), status, note, proptest::bool::weighted(0.2)).prop_map(
        |(ids, held_before, status, note, all_or_nothing)| Request { ids, held_before, status, note, all_or_nothing },
    )
}

fn spelled(id: OpportunityId, spelling: u8) -> String {
    match spelling {
        0 => id.to_string(),
        1 => id.to_string().to_uppercase(),
        2 => id.to_string().replace('-', ""),
        3 => format!("{{{id}}}"),
        _ => format!("urn:uuid:{id}"),
    }
}

pub(super) async fn holds(f: Fixture, request: Request) {
    let (agent, before_agent, known) = (f.agent().await, f.agent().await, f.many(KNOWN).await);
    for id in &known[..DELETED] {
        f.delete(*id).await;
    }
    let live = &known[DELETED..];
    let held: Vec<OpportunityId> =
        live.iter().zip(&request.held_before).filter(|(_, held)| **held).map(|(id, _)| *id).collect();
    if !held.is_empty() {
        f.bulk_assign(&held, &before_agent).await;
    }
    let sent: Vec<String> = request
        .ids
        .iter()
        .map(|sent| match sent {
            Sent::Known(index, spelling) => spelled(known[*index], *spelling),
            Sent::Unknown(number) => Uuid::from_u128(*number).to_string(),
            Sent::Malformed(text) => text.clone(),
        })
        .collect();
    let states = f.list(all_opportunities()).await.items;
    let (operations, log) = (f.operation_count().await, f.log().await.len());

    let mut seen = HashSet::new();
    let meant = |text: &String| text.parse().map_or_else(|_| text.clone(), |id: OpportunityId| id.to_string());
    let repeated = sent.iter().any(|text| !seen.insert(meant(text)));
    let ids = match BulkIds::new(sent.clone(), 100) {
        Ok(ids) => {
            assert!(!repeated && !sent.is_empty());
            ids
        }
        Err(Refusal::ListEmpty) => return assert!(sent.is_empty()),
        Err(Refusal::ListHasDuplicates { .. }) => return assert!(repeated),
        Err(other) => panic!("{other:?}"),
    };
    let mut command = BulkAssign {
        status: request.status,
        note: request.note.clone(),
        ..Fixture::bulk_assign_command(ids, agent.id)
    };
    command.mode.all_or_nothing = request.all_or_nothing;
    let good = |text: &&String| text.parse().is_ok_and(|id: OpportunityId| live.contains(&id));
    let (done, failed): (Vec<&String>, Vec<&String>) = sent.iter().partition(good);

    let outcome = match f.try_bulk_assign(&f.as_admin(), command).await {
        Ok(outcome) => outcome,
        Err(reparto_store::StoreError::Refused(Refusal::NothingDone { failed: refused })) => {
            assert!(request.all_or_nothing && !failed.is_empty());
            assert_eq!(refused.iter().map(|failure| &failure.sent).collect::<Vec<_>>(), failed);
            assert_eq!(f.list(all_opportunities()).await.items, states);
            return assert_eq!((f.operation_count().await, f.log().await.len()), (operations, log));
        }
        Err(other) => panic!("{other:?}"),
    };
    assert!(!request.all_or_nothing || failed.is_empty());
    assert_eq!(outcome.done.len() + outcome.failed.len(), sent.len());
    let done: Vec<OpportunityId> = done.into_iter().filter_map(|text| text.parse().ok()).collect();
    assert_eq!(outcome.done.iter().map(|item| item.id).collect::<Vec<_>>(), done);
    assert_eq!(outcome.failed.iter().map(|failure| &failure.sent).collect::<Vec<_>>(), failed);
    assert!(outcome.failed.iter().all(|failure| failure.error == ItemError::NotFound));

    for before in states {
        let after = f.get(before.id).await;
        if !done.contains(&before.id) {
            assert_eq!(after, before);
            continue;
        }
        let expected = request.status.unwrap_or(before.status);
        assert_eq!((after.holder.map(|person| person.id), after.status), (Some(agent.id), expected));
        assert_eq!(after.notes, request.note);
        let answered = outcome.done.iter().find(|item| item.id == before.id).expect("answered");
        assert_eq!((answered.assigned_to_id, answered.status), (Some(agent.id), expected));
        let step = f.history(before.id).await.remove(0);
        assert_eq!((Some(step.operation_id), step.note), (outcome.operation, request.note.clone()));
    }
    assert_eq!(f.operation_count().await, operations + usize::from(!done.is_empty()));
    let entries = f.log_of(action::BULK_ASSIGN).await;
    assert_eq!(f.log().await.len(), log + 1);
    assert_eq!(entries[0].details.to_value()["assigned_count"], json!(done.len()));
    assert_eq!(entries[0].details.to_value()["failed_count"], json!(failed.len()));
    assert_eq!(outcome.operation.is_some(), !done.is_empty());
}
