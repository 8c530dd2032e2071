use reparto_domain::{Status, Timestamp};

use super::*;

fn step(
    kind: OperationKind,
    from: Option<UserId>,
    to: Option<UserId>,
    before: Option<Status>,
    after: Status,
) -> HistoryEntry {
    HistoryEntry {
        operation_id: OperationId::new(),
        kind,
        at: Timestamp::default(),
        actor_id: None,
        actor_name: None,
        from_id: from,
        to_id: to,
        previous_status: before,
        new_status: after,
        note: None,
    }
}

/// Created, assigned to a user, completed by them; newest first.
fn whole(user: UserId) -> Vec<HistoryEntry> {
    vec![
        step(OperationKind::Update, Some(user), Some(user), Some(Status::Assigned), Status::Converted),
        step(OperationKind::Assign, None, Some(user), Some(Status::Pending), Status::Assigned),
        step(OperationKind::Create, None, None, None, Status::Pending),
    ]
}

fn found(state: (Option<UserId>, Status), history: &[HistoryEntry]) -> usize {
    chain_findings(OpportunityId::new(), state, history).len()
}

#[test]
fn a_sound_history_has_no_findings() {
    let user = UserId::new();
    assert_eq!(found((Some(user), Status::Converted), &whole(user)), 0);
}

#[test]
fn a_history_not_matching_the_state_is_found() {
    let user = UserId::new();
    assert_eq!(found((None, Status::Converted), &whole(user)), 1);
    assert_eq!(found((Some(user), Status::Lost), &whole(user)), 1);
    assert_eq!(found((None, Status::Pending), &[]), 1);
}

#[test]
fn a_missing_step_is_found() {
    let user = UserId::new();
    for (gone, findings) in [(0, 1), (1, 1), (2, 1)] {
        let mut history = whole(user);
        history.remove(gone);
        assert_eq!(found((Some(user), Status::Converted), &history), findings, "without step {gone}");
    }
}

#[test]
fn a_history_without_a_creation_is_found() {
    let user = UserId::new();
    let mut history = whole(user);
    history[2].previous_status = Some(Status::Pending);
    assert_eq!(found((Some(user), Status::Converted), &history), 1);
}
