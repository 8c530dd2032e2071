//! Lists of opportunities: filters, orders, pages, cursors, totals and visibility.

use std::collections::HashSet;

use reparto_domain::{
    AttemptStatus, ContactId, OpportunityId, Priority, Score, Status, UserId,
    caller::Visibility,
    opportunities::{HeldBy, OfContact, OpportunityFilter, OpportunityQuery, OpportunitySort, Position},
    search::Search,
};

use crate::{Fixture, Member, fixture::all_opportunities};

rules! { $ list_rules in opportunities::list {
    the_default_order_is_newest_first,
    every_order_is_total_in_both_directions,
    pages_have_no_gap_or_overlap,
    cursors_walk_every_row_once_in_every_order,
    a_cursor_survives_the_deletion_of_its_row,
    the_last_page_has_no_next,
    a_page_far_past_the_end_is_empty,
    an_empty_list_is_an_empty_page,
    the_status_filter_holds,
    the_holder_filter_holds,
    the_priority_filter_holds,
    the_contact_filter_holds_within_the_view,
    score_bounds_are_inclusive,
    time_bounds_are_inclusive,
    attempts_left_is_fewer_than_five_and_not_completed,
    filters_combine,
    an_agent_lists_only_own_and_unassigned,
    filters_do_not_widen_an_agents_view,
    totals_count_exactly_the_matches,
    deleted_ones_are_not_listed_and_not_counted,
    a_row_is_the_same_in_the_list_and_alone,
}}

async fn ids(f: &Fixture, query: OpportunityQuery) -> Vec<OpportunityId> {
    f.list(query).await.items.into_iter().map(|opportunity| opportunity.id).collect()
}

fn reversed(mut ids: Vec<OpportunityId>) -> Vec<OpportunityId> {
    ids.reverse();
    ids
}

async fn the_default_order_is_newest_first(f: Fixture) {
    let made = f.opportunities(4).await;
    assert_eq!(ids(&f, all_opportunities()).await, reversed(made));
}

/// Rows with many equal keys.
async fn rows_with_ties(f: &Fixture) -> Vec<OpportunityId> {
    let mut made = Vec::new();
    for index in 0..12 {
        let id = f
            .opportunity_with(|command| {
                command.score = Score::new([0, 50, 100][index % 3]).unwrap();
                command.priority = Priority::ALL[index % 4];
            })
            .await;
        made.push(id);
    }
    made
}

async fn every_order_is_total_in_both_directions(f: Fixture) {
    rows_with_ties(&f).await;
    for sort in OpportunitySort::ALL {
        let rows = f.list(OpportunityQuery { sort, ..all_opportunities() }).await.items;
        let keys: Vec<i64> = rows
            .iter()
            .map(|row| match sort {
                OpportunitySort::DetectedAt => row.detected_at.micros(),
                OpportunitySort::Score => row.score.get(),
                OpportunitySort::Priority => i64::from(row.priority.number()),
                OpportunitySort::CreatedAt => row.created_at.micros(),
            })
            .collect();
        for (index, pair) in keys.windows(2).enumerate() {
            let in_order = pair[0] > pair[1] || (pair[0] == pair[1] && rows[index].id < rows[index + 1].id);
            assert!(in_order, "{sort:?} at {index}");
        }
        let descending: Vec<OpportunityId> = rows.into_iter().map(|row| row.id).collect();
        let ascending = ids(&f, OpportunityQuery { sort, descending: false, ..all_opportunities() }).await;
        assert_eq!(ascending, reversed(descending), "{sort:?}");
    }
}

async fn pages_have_no_gap_or_overlap(f: Fixture) {
    rows_with_ties(&f).await;
    for sort in OpportunitySort::ALL {
        let all = ids(&f, OpportunityQuery { sort, ..all_opportunities() }).await;
        let mut pages = Vec::new();
        for (number, rows) in [(1, 5), (2, 5), (3, 2)] {
            let query = OpportunityQuery { sort, position: Position::Page(number), limit: 5, ..all_opportunities() };
            let page = f.list(query).await;
            assert_eq!((page.items.len(), page.total), (rows, 12));
            assert_eq!(page.next.is_some(), number < 3);
            pages.extend(page.items.into_iter().map(|row| row.id));
        }
        assert_eq!(pages, all, "{sort:?}");
    }
}

/// Pages by cursor; asserts that each page has the same total.
async fn walk(f: &Fixture, mut query: OpportunityQuery) -> Vec<OpportunityId> {
    let mut all = Vec::new();
    loop {
        let page = f.list(query.clone()).await;
        assert!(page.items.len() as u64 <= query.limit);
        all.extend(page.items.iter().map(|row| row.id));
        assert!(all.len() as u64 <= page.total, "the walk does not end");
        match page.next {
            Some(cursor) => query.position = Position::After(cursor),
            None => return all,
        }
    }
}

async fn cursors_walk_every_row_once_in_every_order(f: Fixture) {
    rows_with_ties(&f).await;
    for sort in OpportunitySort::ALL {
        for descending in [true, false] {
            for limit in [1, 5, 12] {
                let all = OpportunityQuery { sort, descending, ..all_opportunities() };
                let walked = walk(&f, OpportunityQuery { limit, ..all.clone() }).await;
                assert_eq!(walked, ids(&f, all).await, "{sort:?} {descending} {limit}");
            }
        }
    }
}

async fn a_cursor_survives_the_deletion_of_its_row(f: Fixture) {
    let made = reversed(f.opportunities(5).await);
    let first = f.list(OpportunityQuery { limit: 2, ..all_opportunities() }).await;
    f.delete(made[1]).await;
    let query = OpportunityQuery { position: Position::After(first.next.unwrap()), ..all_opportunities() };
    assert_eq!(ids(&f, query).await, &made[2..]);
}

async fn the_last_page_has_no_next(f: Fixture) {
    f.opportunities(4).await;
    let page = |number| OpportunityQuery { position: Position::Page(number), limit: 2, ..all_opportunities() };
    assert_eq!(f.list(page(2)).await.next, None);
    let behind = f.list(page(3)).await;
    assert_eq!((behind.items.len(), behind.total, behind.next), (0, 4, None));
}

async fn a_page_far_past_the_end_is_empty(f: Fixture) {
    f.opportunity().await;
    for number in [1_000_000_000, u64::from(u32::MAX), i64::MAX as u64, u64::MAX] {
        let query = OpportunityQuery { position: Position::Page(number), limit: 1_000, ..all_opportunities() };
        assert!(f.list(query).await.items.is_empty());
    }
}

async fn an_empty_list_is_an_empty_page(f: Fixture) {
    let page = f.list(all_opportunities()).await;
    assert_eq!((page.items.len(), page.total, page.total_is_exact, page.next), (0, 0, true, None));
}

async fn the_status_filter_holds(f: Fixture) {
    let made = f.opportunities(Status::ALL.len()).await;
    for (id, status) in made.iter().zip(Status::ALL) {
        f.set_status(*id, *status).await;
    }
    for (id, status) in made.iter().zip(Status::ALL) {
        let filter = OpportunityFilter { status: Some(*status), ..OpportunityFilter::default() };
        assert_eq!(f.matching(filter).await, [*id]);
    }
}

fn held_by(held_by: HeldBy) -> OpportunityFilter {
    OpportunityFilter { held_by: Some(held_by), ..OpportunityFilter::default() }
}

async fn the_holder_filter_holds(f: Fixture) {
    let (first, second, made) = (f.agent().await, f.agent().await, f.opportunities(4).await);
    f.bulk_assign(&made[..1], &first).await;
    f.bulk_assign(&made[1..3], &second).await;
    assert_eq!(f.matching(held_by(HeldBy::User(first.id))).await, [made[0]]);
    assert_eq!(f.matching(held_by(HeldBy::User(second.id))).await, [made[2], made[1]]);
    assert_eq!(f.matching(held_by(HeldBy::Nobody)).await, [made[3]]);
    assert!(f.matching(held_by(HeldBy::Unknown)).await.is_empty());
    assert!(f.matching(held_by(HeldBy::User(UserId::new()))).await.is_empty());
    assert!(f.matching(held_by(HeldBy::User(f.admin().id))).await.is_empty());
}

async fn the_priority_filter_holds(f: Fixture) {
    let mut made = Vec::new();
    for priority in Priority::ALL {
        made.push(f.opportunity_with(|command| command.priority = *priority).await);
    }
    for (id, priority) in made.iter().zip(Priority::ALL) {
        let filter = OpportunityFilter { priority: Some(*priority), ..OpportunityFilter::default() };
        assert_eq!(f.matching(filter).await, [*id]);
    }
}

async fn the_contact_filter_holds_within_the_view(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let without = f.contact().await;
    let made = [f.opportunity().await, f.opportunity_held_by(&agent).await, f.opportunity_held_by(&other).await];
    let of = |contact| OpportunityFilter { contact: Some(contact), ..OpportunityFilter::default() };
    for (id, agent_sees) in made.iter().zip([true, true, false]) {
        let filter = of(OfContact::Contact(f.get(*id).await.contact.id));
        for sort in OpportunitySort::ALL {
            let query = OpportunityQuery { filter: filter.clone(), sort, ..all_opportunities() };
            assert_eq!(ids(&f, query.clone()).await, [*id]);
            let seen = f.list(OpportunityQuery { visibility: agent.viewer().visibility(), ..query }).await;
            assert_eq!((seen.total, seen.items.len()), (u64::from(agent_sees), usize::from(agent_sees)));
        }
        let narrowed = OpportunityFilter { status: Some(Status::Lost), ..filter };
        assert_eq!(f.matching(narrowed).await, []);
    }
    for contact in [OfContact::Contact(without), OfContact::Contact(ContactId::new()), OfContact::Unknown] {
        assert_eq!(f.matching(of(contact)).await, [], "{contact:?}");
    }
}

async fn score_bounds_are_inclusive(f: Fixture) {
    let mut made = Vec::new();
    for score in [0, 40, 70, 100] {
        made.push(f.opportunity_with(|command| command.score = Score::new(score).unwrap()).await);
    }
    let within = |min: Option<i64>, max: Option<i64>| OpportunityFilter {
        min_score: min.and_then(Score::new),
        max_score: max.and_then(Score::new),
        ..OpportunityFilter::default()
    };
    assert_eq!(f.matching(within(Some(40), Some(70))).await, [made[2], made[1]]);
    assert_eq!(f.matching(within(Some(70), None)).await, [made[3], made[2]]);
    assert_eq!(f.matching(within(None, Some(0))).await, [made[0]]);
    assert!(f.matching(within(Some(70), Some(40))).await.is_empty());
}

async fn time_bounds_are_inclusive(f: Fixture) {
    let made = f.opportunities(4).await;
    let (second, third) = (f.get(made[1]).await.detected_at, f.get(made[2]).await.detected_at);
    let within =
        |detected_from, detected_to| OpportunityFilter { detected_from, detected_to, ..OpportunityFilter::default() };
    assert_eq!(f.matching(within(Some(second), Some(third))).await, [made[2], made[1]]);
    assert_eq!(f.matching(within(Some(third), None)).await, [made[3], made[2]]);
    assert_eq!(f.matching(within(None, Some(second))).await, [made[1], made[0]]);
    assert!(f.matching(within(Some(third), Some(second))).await.is_empty());
}

async fn attempts_left_is_fewer_than_five_and_not_completed(f: Fixture) {
    let made = f.opportunities(4).await;
    let call = async |index: usize, number, status| {
        f.try_call(&f.as_admin(), made[index], number, status).await.unwrap();
    };
    call(1, 3, AttemptStatus::Orange).await;
    for number in 1..=5 {
        call(2, number, AttemptStatus::Orange).await;
    }
    call(3, 1, AttemptStatus::Green).await;
    let left = |attempts_left| OpportunityFilter { attempts_left: Some(attempts_left), ..OpportunityFilter::default() };
    assert_eq!(f.matching(left(true)).await, [made[1], made[0]]);
    assert_eq!(f.matching(left(false)).await, [made[3], made[2]]);
}

async fn filters_combine(f: Fixture) {
    let agent = f.agent().await;
    let mut made = Vec::new();
    for score in [20, 80, 80, 80] {
        let set = |command: &mut reparto_domain::opportunities::CreateOpportunity| {
            command.score = Score::new(score).unwrap();
        };
        made.push(f.opportunity_with(set).await);
    }
    f.bulk_assign(&made[..3], &agent).await;
    f.set_status(made[2], Status::Contacted).await;
    let filter = OpportunityFilter {
        status: Some(Status::Assigned),
        priority: Some(Priority::Medium),
        min_score: Score::new(50),
        attempts_left: Some(true),
        search: Search::new("contacto"),
        ..held_by(HeldBy::User(agent.id))
    };
    assert_eq!(f.matching(filter.clone()).await, [made[1]]);
    assert!(f.matching(OpportunityFilter { priority: Some(Priority::Low), ..filter }).await.is_empty());
}

async fn seen_by(f: &Fixture, member: &Member, filter: OpportunityFilter) -> (Vec<OpportunityId>, u64) {
    let query = OpportunityQuery { visibility: member.viewer().visibility(), filter, ..all_opportunities() };
    let page = f.list(query).await;
    (page.items.into_iter().map(|row| row.id).collect(), page.total)
}

async fn an_agent_lists_only_own_and_unassigned(f: Fixture) {
    let (agent, other, made) = (f.agent().await, f.agent().await, f.opportunities(4).await);
    f.bulk_assign(&made[..1], &agent).await;
    f.bulk_assign(&made[1..2], &other).await;
    let all = OpportunityFilter::default;
    assert_eq!(seen_by(&f, &agent, all()).await, (vec![made[3], made[2], made[0]], 3));
    assert_eq!(seen_by(&f, f.admin(), all()).await.1, 4);
    let (mine, pending) = (Visibility::OwnOrUnassigned(agent.id), Some(Status::Pending));
    for sort in OpportunitySort::ALL {
        let query = OpportunityQuery { visibility: mine, sort, limit: 1, ..all_opportunities() };
        let walked: HashSet<_> = walk(&f, query).await.into_iter().collect();
        assert_eq!(walked, [made[0], made[2], made[3]].into(), "{sort:?}");
    }
    let filter = OpportunityFilter { status: pending, ..all() };
    assert_eq!(seen_by(&f, &agent, filter).await, (vec![made[3], made[2]], 2));
}

async fn filters_do_not_widen_an_agents_view(f: Fixture) {
    let (agent, other, made) = (f.agent().await, f.agent().await, f.opportunities(3).await);
    f.bulk_assign(&made[..1], &agent).await;
    f.bulk_assign(&made[1..2], &other).await;
    assert_eq!(seen_by(&f, &agent, held_by(HeldBy::User(other.id))).await, (vec![], 0));
    assert_eq!(seen_by(&f, &agent, held_by(HeldBy::User(agent.id))).await, (vec![made[0]], 1));
    assert_eq!(seen_by(&f, &agent, held_by(HeldBy::Nobody)).await, (vec![made[2]], 1));
    let search = OpportunityFilter { search: Search::new("contacto"), ..OpportunityFilter::default() };
    assert_eq!(seen_by(&f, &agent, search).await, (vec![made[2], made[0]], 2));
}

async fn totals_count_exactly_the_matches(f: Fixture) {
    let (agent, made) = (f.agent().await, f.opportunities(5).await);
    f.bulk_assign(&made[..3], &agent).await;
    let some = OpportunityFilter { priority: Some(Priority::Medium), ..OpportunityFilter::default() };
    for (filter, total) in [
        (OpportunityFilter::default(), 5),
        (held_by(HeldBy::User(agent.id)), 3),
        (held_by(HeldBy::Nobody), 2),
        (OpportunityFilter { status: Some(Status::Pending), ..OpportunityFilter::default() }, 2),
        (OpportunityFilter { status: Some(Status::Lost), ..OpportunityFilter::default() }, 0),
        (some, 5),
    ] {
        let page = f.list(OpportunityQuery { filter: filter.clone(), limit: 1, ..all_opportunities() }).await;
        assert_eq!((page.total, page.total_is_exact), (total, true), "{filter:?}");
    }
}

async fn deleted_ones_are_not_listed_and_not_counted(f: Fixture) {
    let made = f.opportunities(3).await;
    f.delete(made[1]).await;
    for sort in OpportunitySort::ALL {
        let page = f.list(OpportunityQuery { sort, ..all_opportunities() }).await;
        assert_eq!(page.items.iter().map(|row| row.id).collect::<Vec<_>>().len(), 2, "{sort:?}");
        assert_eq!(page.total, 2);
    }
    assert_eq!(f.matching(held_by(HeldBy::Nobody)).await, [made[2], made[0]]);
}

async fn a_row_is_the_same_in_the_list_and_alone(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    f.try_call(&f.as_admin(), id, 2, AttemptStatus::Orange).await.unwrap();
    f.set_notes(id, Some("nota")).await;
    assert_eq!(f.list(all_opportunities()).await.items, [f.get(id).await]);
}
