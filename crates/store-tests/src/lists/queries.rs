//! An arbitrary query.

use proptest::{option, prelude::Strategy, sample::select};
use reparto_domain::{
    OpportunityId, Priority, Score, Status, Timestamp, UserId,
    caller::Visibility,
    cursor::OpportunityCursor,
    opportunities::{HeldBy, OpportunityFilter, OpportunityQuery, OpportunitySort, Position},
    search::Search,
};

use crate::{Fixture, Member, fixture::all_opportunities};

/// A query whose users, times and rows are not yet known.
#[derive(Debug, Clone)]
pub struct AnyQuery {
    filter: OpportunityFilter,
    held_by: Option<u8>,
    seen_by: Option<bool>,
    times: (Option<i64>, Option<i64>),
    sort: OpportunitySort,
    descending: bool,
    page: u64,
    limit: u64,
    after: Option<u8>,
}

/// The search texts.
pub const SEARCHES: [&str; 9] = ["ana", "an", "z", "garcia", "mar", "nadie", "g ana", "7", "garcía a 7"];

/// An arbitrary query.
pub fn any_query() -> impl Strategy<Value = AnyQuery> {
    let scores = || option::weighted(0.2, select(vec![0_i64, 20, 50, 51, 80, 100]));
    let filter = (
        option::weighted(0.3, select(Status::ALL)),
        option::weighted(0.3, select(Priority::ALL)),
        option::weighted(0.3, select(&SEARCHES[..])),
        (scores(), scores()),
        (option::weighted(0.2, proptest::bool::ANY), option::weighted(0.2, proptest::bool::ANY)),
    )
        .prop_map(|(status, priority, search, (low, high), (attempts_left, do_not_contact))| OpportunityFilter {
            status,
            priority,
            search: search.and_then(Search::new),
            min_score: low.and_then(Score::new),
            max_score: high.and_then(Score::new),
            attempts_left,
            do_not_contact,
            ..OpportunityFilter::default()
        });
    let who = (option::weighted(0.4, 0_u8..5), option::weighted(0.2, proptest::bool::ANY));
    let times = (option::weighted(0.15, -5_i64..60), option::weighted(0.15, -5_i64..60));
    let part = (1_u64..7, select(vec![1_u64, 2, 5, 50]), option::weighted(0.3, proptest::num::u8::ANY));
    (filter, who, times, select(&OpportunitySort::ALL[..]), proptest::bool::ANY, part).prop_map(
        |(filter, (held_by, seen_by), times, sort, descending, (page, limit, after))| AnyQuery {
            filter,
            held_by,
            seen_by,
            times,
            sort,
            descending,
            page,
            limit,
            after,
        },
    )
}

impl AnyQuery {
    /// The query for this database. `rows`: those that a cursor may point at, some of them deleted.
    pub async fn of(&self, f: &Fixture, agents: &[Member; 2], rows: &[OpportunityId]) -> OpportunityQuery {
        let time = |seconds: i64| START.plus_seconds(seconds * 10);
        let held_by = self.held_by.map(|number| match number {
            0 => HeldBy::Nobody,
            1 => HeldBy::Unknown,
            2 => HeldBy::User(UserId::new()),
            number => HeldBy::User(agents[usize::from(number) % 2].id),
        });
        let position = match self.after {
            Some(number) if !rows.is_empty() => {
                let id = rows[usize::from(number) % rows.len()];
                self.after(f, id).await
            }
            _ => Position::Page(self.page),
        };
        OpportunityQuery {
            visibility: self
                .seen_by
                .map_or(Visibility::All, |first| Visibility::OwnOrUnassigned(agents[usize::from(first)].id)),
            filter: OpportunityFilter {
                held_by,
                detected_from: self.times.0.map(time),
                detected_to: self.times.1.map(time),
                ..self.filter.clone()
            },
            sort: self.sort,
            descending: self.descending,
            position,
            limit: self.limit,
        }
    }

    /// After this row if it exists, else after a key that no row may have.
    async fn after(&self, f: &Fixture, id: OpportunityId) -> Position {
        let viewer = f.admin().viewer();
        let key = match f.store().opportunity_get(&viewer, id).await {
            Ok(row) => match self.sort {
                OpportunitySort::DetectedAt => row.detected_at.micros(),
                OpportunitySort::Score => row.score.get(),
                OpportunitySort::Priority => row.priority.number().into(),
                OpportunitySort::CreatedAt => row.created_at.micros(),
            },
            Err(_) => 2,
        };
        Position::After(OpportunityCursor { sort: self.sort, descending: self.descending, key, id })
    }
}

/// The approximate time at which the rows of these tests were detected.
pub const START: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// Every row, in each order and both directions.
pub fn every_order() -> Vec<OpportunityQuery> {
    let orders = OpportunitySort::ALL.into_iter().flat_map(|sort| [(sort, true), (sort, false)]);
    orders.map(|(sort, descending)| OpportunityQuery { sort, descending, ..all_opportunities() }).collect()
}
