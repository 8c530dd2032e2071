//! People by seq.

use std::collections::HashMap;

use reparto_domain::users::Person;

use crate::{
    engine::{
        errors::{Db, Fault},
        tx::Conn,
    },
    rows::{Reader, person, person_columns},
    statements::statements,
};

statements! {
    PEOPLE = concat!("SELECT u.seq, ", person_columns!(), " FROM users u WHERE u.seq = ANY($1)");
    LOCK_USERS = "SELECT FROM users WHERE seq = ANY($1) ORDER BY seq FOR KEY SHARE";
}

/// The people with these seqs, even if inactive or deleted.
pub(crate) async fn people(conn: &mut Conn, mut seqs: Vec<i64>) -> Db<HashMap<i64, Person>> {
    seqs.sort_unstable();
    seqs.dedup();
    if seqs.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = seqs.len();
    let rows = conn.all(PEOPLE, &[&seqs]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let mut row = Reader::new(row);
        found.insert(row.next()?, person(&mut row)?);
    }
    if found.len() < wanted {
        let missing = seqs.iter().find(|seq| !found.contains_key(*seq));
        return Err(Fault::inconsistent(format!("users has no row with seq {}", missing.copied().unwrap_or_default())));
    }
    Ok(found)
}

/// Like [`people`], and locks their rows until the transaction ends.
pub(super) async fn lock(tx: &mut Conn, mut seqs: Vec<i64>) -> Db<HashMap<i64, Person>> {
    seqs.sort_unstable();
    seqs.dedup();
    tx.run(LOCK_USERS, &[&seqs]).await?;
    people(tx, seqs).await
}
