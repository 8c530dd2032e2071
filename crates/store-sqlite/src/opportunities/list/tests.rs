use reparto_domain::{
    ContactId, Priority, Score, Status, Timestamp,
    opportunities::{OfContact, OfImport, OpportunityFilter, OpportunitySort},
    search::Search,
};
use reparto_store_rows::lists::Holders;

use super::{
    counts::Counts,
    plan::{self, Driver},
    sql::{self, Seek},
};
use crate::mirror::question::Question;

const LIVE: u64 = 1_000_000;

fn question(filter: OpportunityFilter, holders: Holders, sort: OpportunitySort) -> Question {
    let (contact, import) = (filter.contact.map(|_| 1), filter.import.map(|_| 1));
    Question { filter, holders, contact, import, sort }
}

fn counts(matching: u64) -> Counts {
    Counts { live: LIVE, matching }
}

/// Every statement that any question can lead to, by all that makes them differ.
fn every_statement() -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    let holders = [Holders::Any, Holders::Nobody, Holders::User(1), Holders::NobodyOr(1)];
    for bits in 0..512_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        let filter = OpportunityFilter {
            status: has(0).then_some(Status::Pending),
            priority: has(1).then_some(Priority::High),
            search: has(2).then(|| Search::new("ana")).flatten(),
            min_score: has(3).then_some(Score::DEFAULT),
            detected_to: has(4).then_some(Timestamp::from_micros(0)),
            attempts_left: has(5).then_some(bits % 3 == 0),
            contact: has(6).then(|| OfContact::Contact(ContactId::new())),
            do_not_contact: has(7).then_some(bits % 2 == 0),
            import: has(8).then_some(OfImport::Unknown),
            ..OpportunityFilter::default()
        };
        for holders in holders {
            for sort in OpportunitySort::ALL {
                let question = question(filter.clone(), holders, sort);
                let drivers = [
                    (Driver::Order, !has(6)),
                    (Driver::Contact, has(6)),
                    (Driver::Import, has(8)),
                    (Driver::Hot, question.needs_hot()),
                    (Driver::Facts(OpportunitySort::Priority), has(1)),
                    (Driver::Search, has(2)),
                    (Driver::Facts(OpportunitySort::Score), has(3)),
                    (Driver::Facts(OpportunitySort::DetectedAt), has(4)),
                ];
                for (driver, _) in drivers.into_iter().filter(|(_, offered)| *offered) {
                    for (seek, descending) in [(Seek::All, true), (Seek::Tied, false), (Seek::Beyond, true)] {
                        all.push(("PAGE", sql::page(&question, driver, seek, descending)));
                    }
                    all.push(("COUNT", sql::count(&question, driver)));
                    all.push(("ALL", sql::all(&question, driver)));
                }
            }
        }
    }
    all
}

#[test]
fn every_built_statement_is_prepared_and_planned_once() {
    let built = every_statement();
    crate::statements::tests::prepare(&built);
    crate::statements::tests::plan(&built);
}

fn plan_of(sql: &str) -> String {
    let (_folder, conn) = crate::engine::migrated();
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get::<_, String>(3).unwrap());
    }
    lines.join("\n")
}

#[test]
fn a_list_in_any_order_walks_its_index() {
    for sort in OpportunitySort::ALL {
        for descending in [true, false] {
            for seek in [Seek::All, Seek::Tied, Seek::Beyond] {
                let question = question(OpportunityFilter::default(), Holders::Any, sort);
                let plan = plan_of(&sql::page(&question, Driver::Order, seek, descending));
                let index = format!("COVERING INDEX opportunities_{}", sql::key(sort));
                assert!(plan.contains(&index) && !plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }
}

#[test]
fn walks_filter_facts_by_the_index_alone() {
    let filter = OpportunityFilter {
        priority: Some(Priority::High),
        min_score: Some(Score::DEFAULT),
        attempts_left: Some(false),
        ..OpportunityFilter::default()
    };
    for sort in OpportunitySort::ALL {
        let question = question(filter.clone(), Holders::Any, sort);
        let plan = plan_of(&sql::page(&question, Driver::Order, Seek::All, true));
        assert!(plan.contains(&format!("COVERING INDEX opportunities_{}", sql::key(sort))), "{plan}");
    }
}

#[test]
fn a_walk_reads_hot_rows_by_key() {
    let filter = OpportunityFilter { status: Some(Status::Pending), ..OpportunityFilter::default() };
    let question = question(filter, Holders::Nobody, OpportunitySort::DetectedAt);
    let plan = plan_of(&sql::page(&question, Driver::Order, Seek::All, true));
    assert!(plan.contains("SEARCH a USING INTEGER PRIMARY KEY") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn the_opportunity_of_a_contact_is_looked_up() {
    let contact = Some(OfContact::Contact(ContactId::new()));
    let filter = OpportunityFilter { contact, status: Some(Status::Pending), ..OpportunityFilter::default() };
    let question = question(filter, Holders::NobodyOr(1), OpportunitySort::Score);
    assert_eq!(plan::cheapest(&question, &counts(LIVE), None, 50, false), Driver::Contact);
    let plan = plan_of(&sql::page(&question, Driver::Contact, Seek::All, true));
    assert!(plan.contains("opportunities_contact (contact_seq=?)"), "{plan}");
}

#[test]
fn the_opportunities_of_an_import_are_looked_up_from_its_rows() {
    let filter = OpportunityFilter { import: Some(OfImport::Unknown), ..OpportunityFilter::default() };
    let question = question(filter, Holders::NobodyOr(1), OpportunitySort::Score);
    assert_eq!(plan::cheapest(&question, &counts(LIVE), None, 50, false), Driver::Import);
    let plan = plan_of(&sql::page(&question, Driver::Import, Seek::All, true));
    assert!(plan.contains("import_rows_outcome (import=? AND outcome=?)"), "{plan}");
    assert!(plan.contains("SEARCH o USING INTEGER PRIMARY KEY"), "{plan}");
}

#[test]
fn a_holders_list_reads_the_hot_rows_one_after_the_other() {
    let question = question(OpportunityFilter::default(), Holders::User(7), OpportunitySort::Score);
    let plan = plan_of(&sql::page(&question, Driver::Hot, Seek::All, true));
    assert!(plan.contains("SCAN a") && plan.contains("SEARCH o USING INTEGER PRIMARY KEY"), "{plan}");
}

#[test]
fn few_of_a_holder_are_sorted_many_are_walked() {
    let question = question(OpportunityFilter::default(), Holders::User(7), OpportunitySort::DetectedAt);
    assert_eq!(plan::cheapest(&question, &counts(20), None, 50, false), Driver::Hot);
    assert_eq!(plan::cheapest(&question, &counts(300_000), None, 50, false), Driver::Order);
}

#[test]
fn rare_searches_start_from_matches_common_ones_walk() {
    let filter = OpportunityFilter { search: Search::new("garcia"), ..OpportunityFilter::default() };
    let question = question(filter, Holders::Any, OpportunitySort::DetectedAt);
    assert_eq!(plan::cheapest(&question, &counts(LIVE), Some(12), 50, false), Driver::Search);
    assert_eq!(plan::cheapest(&question, &counts(LIVE), Some(20_000), 50, false), Driver::Order);
    assert_eq!(plan::cheapest(&question, &counts(LIVE), None, 50, false), Driver::Order);
}

#[test]
fn narrow_ranges_are_sorted_wide_ones_walked() {
    let filter = |low| OpportunityFilter { min_score: Score::new(low), ..OpportunityFilter::default() };
    let narrow = question(filter(100), Holders::Any, OpportunitySort::DetectedAt);
    assert_eq!(plan::cheapest(&narrow, &counts(LIVE), None, 50_000, false), Driver::Facts(OpportunitySort::Score));
    let wide = question(filter(1), Holders::Any, OpportunitySort::DetectedAt);
    assert_eq!(plan::cheapest(&wide, &counts(LIVE), None, 50, false), Driver::Order);
}

#[test]
fn counting_needs_no_order() {
    let filter = OpportunityFilter { priority: Some(Priority::High), ..OpportunityFilter::default() };
    let question = question(filter, Holders::Any, OpportunitySort::DetectedAt);
    assert_eq!(plan::cheapest(&question, &counts(LIVE), None, 10_001, true), Driver::Facts(OpportunitySort::Priority));
    let plan = plan_of(&sql::count(&question, Driver::Facts(OpportunitySort::Priority)));
    assert!(plan.contains("COVERING INDEX opportunities_priority"), "{plan}");
}
