//! The chunks of a job: small ones first, then larger ones.

use reparto_domain::{
    OpportunityId, Role, Roles, Timestamp,
    jobs::{CHUNK, JobItemQuery, JobSet, JobWork, NewJob},
};
use reparto_store::Jobs as _;

use crate::common::{by, client, fresh, store, user};

#[tokio::test]
async fn chunks_start_small_and_grow() {
    let database = fresh().await;
    let store = store(&database.url(), 1).await;
    let admin = user(&store, "admin", Role::Admin).await;
    let ids: Vec<_> = (0..51_500).map(|_| OpportunityId::new()).collect();
    // The first and last items of small and large chunks, and of the batches sent to the server.
    let places = [0, 249, 250, 9_999, 10_000, 10_999, 11_000, 49_999, 50_000, 51_499];
    let malformed: Vec<_> = places.iter().map(|place| (*place, Box::from(format!("place {place}")))).collect();
    let job = NewJob {
        set: JobSet::Sent { ids: ids.clone(), malformed },
        work: JobWork::BulkUnassign,
        include_do_not_contact: false,
    };
    let job = store.job_create(&by(admin), job, &Roles::default(), None).await.unwrap().fresh().unwrap();
    assert_eq!(job.total, 51_500);
    let query = "SELECT first, count, cardinality(ids)::bigint FROM job_chunks ORDER BY number";
    let chunks = client(&database).await.query(query, &[]).await.unwrap();
    let mut sizes = Vec::new();
    let mut next = 0;
    for row in &chunks {
        let (first, count): (i64, i64) = (row.get(0), row.get(1));
        assert_eq!((first, row.get::<_, i64>(2)), (next, count));
        next += count;
        sizes.push(count);
    }
    let expected: Vec<i64> = [[i64::try_from(CHUNK).unwrap()].repeat(40), vec![1_000; 41], vec![500]].concat();
    assert_eq!(sizes, expected);
    // Every item is at its position and as sent.
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let query = JobItemQuery { only_errors: false, limit: 1_000, after };
        let walk = store.job_items(job.id, query).await.unwrap();
        items.extend(walk.items);
        after = walk.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(items.iter().map(|item| item.opportunity_id).collect::<Vec<_>>(), ids);
    let sent: Vec<_> = items.iter().enumerate().filter_map(|(place, item)| Some((place, item.sent.clone()?))).collect();
    assert_eq!(sent, places.map(|place| (place, format!("place {place}"))));
    // Runners claim each chunk once, in order.
    let mut claimed = Vec::new();
    let (now, lease) = (Timestamp::from_seconds(1_760_000_000), Timestamp::from_seconds(1_760_000_030));
    while let Some(claim) = store.job_claim(uuid::Uuid::from_u128(1), now, lease).await.unwrap() {
        claimed.push(claim.chunk);
    }
    assert_eq!(claimed, (0..82).collect::<Vec<_>>());
}
