//! An operation with its items, and the later operations that touched each.

use std::collections::HashMap;

use reparto_domain::{
    OperationId, OpportunityId, Refusal,
    operations::{OperationDetail, OperationItem},
};
use uuid::Uuid;

use super::{
    chain,
    people::people,
    stored::{operation, operation_columns, operation_tables},
};
use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    items::{item_columns, items},
    rows::Reader,
    statements::statements,
};

statements! {
    ONE = concat!("SELECT ", operation_columns!(), ", ", item_columns!(), " FROM ", operation_tables!(),
        " WHERE p.id = $1");
    HEADS = "SELECT a.seq, a.last_operation, o.id FROM assignments a JOIN opportunities o ON o.seq = a.seq \
        WHERE a.seq = ANY($1)";
}

/// The newest operation and the id of each of these opportunities, deleted or not.
pub(crate) async fn heads(conn: &mut Conn, seqs: Vec<i64>) -> Db<HashMap<i64, (i64, OpportunityId)>> {
    let rows = conn.all(HEADS, &[&seqs]).await?;
    let mut heads = HashMap::with_capacity(rows.len());
    for row in &rows {
        let mut row = Reader::new(row);
        heads.insert(row.next()?, (row.next()?, OpportunityId::from_uuid(row.next::<Uuid>()?)));
    }
    match seqs.iter().find(|seq| !heads.contains_key(*seq)) {
        Some(seq) => Err(Fault::inconsistent(format!("assignments has no row with seq {seq}"))),
        None => Ok(heads),
    }
}

pub(super) async fn get(conn: &mut Conn, id: OperationId) -> Db<OperationDetail> {
    let found = conn.opt(ONE, &[&id.uuid()]).await?.ok_or(Refusal::OperationNotFound)?;
    let mut row = Reader::new(&found);
    let (seq, operation) = operation(&mut row)?;
    let items = items(&mut row)?;
    let heads = heads(conn, items.iter().map(|item| item.opportunity).collect()).await?;
    let newest: Vec<(i64, i64)> = heads.iter().map(|(seq, (newest, _))| (*seq, *newest)).collect();
    let touches = chain::touches(conn, &newest, seq).await?;
    let mut seqs: Vec<i64> = touches.values().flatten().filter_map(|step| step.actor).collect();
    seqs.extend(items.iter().flat_map(|item| [item.holder, item.before.and_then(|before| before.holder)]).flatten());
    let people = people(conn, seqs).await?;
    let user = |seq: Option<i64>| seq.and_then(|seq| people.get(&seq)).map(|user| user.id);
    let items = items
        .iter()
        .filter_map(|item| {
            let (_, opportunity_id) = heads.get(&item.opportunity)?;
            let touched = touches.get(&item.opportunity).map(Vec::as_slice).unwrap_or_default();
            Some(OperationItem {
                opportunity_id: *opportunity_id,
                from_id: user(item.before.and_then(|before| before.holder)),
                to_id: user(item.holder),
                previous_status: item.before.map(|before| before.status),
                new_status: item.status,
                touched_by: touched.iter().map(|step| chain::shown(step, &people)).collect(),
            })
        })
        .collect();
    Ok(OperationDetail { operation, items })
}
