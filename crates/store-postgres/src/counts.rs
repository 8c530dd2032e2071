//! Counts of opportunities by status and holder: the folded counts plus the deltas not folded yet, in one snapshot.

use crate::{
    engine::{errors::Db, tx::Conn},
    statements::statements,
};
use reparto_store_rows::numbers::counted;

statements! {
    /// By status and holder, where both are among these.
    OF = "SELECT coalesce(sum(n), 0)::bigint FROM ( \
            SELECT n FROM assignment_counts WHERE status = ANY($1) AND holder = ANY($2) \
            UNION ALL \
            SELECT d.n FROM assignment_deltas, unnest(statuses, holders, ns) AS d (status, holder, n) \
            WHERE d.status = ANY($1) AND d.holder = ANY($2)) AS counted";
    /// By status, for all holders.
    ALL = "SELECT coalesce(sum(n), 0)::bigint FROM ( \
            SELECT n FROM assignment_counts WHERE status = ANY($1) \
            UNION ALL \
            SELECT d.n FROM assignment_deltas, unnest(statuses, holders, ns) AS d (status, holder, n) \
            WHERE d.status = ANY($1)) AS counted";
    /// Folds deltas into the counts, one caller at a time; returns how many. A delta that another caller has folded
    /// meanwhile has been deleted, so it counts only once.
    FOLD = "WITH alone AS MATERIALIZED (SELECT FROM locks WHERE name = 'fold' FOR UPDATE SKIP LOCKED), \
        taken AS ( \
            DELETE FROM assignment_deltas WHERE operation IN ( \
                SELECT operation FROM assignment_deltas WHERE EXISTS (SELECT FROM alone) ORDER BY operation LIMIT $1) \
            RETURNING statuses, holders, ns), \
        summed AS ( \
            SELECT d.status, d.holder, sum(d.n)::bigint AS n \
            FROM taken, unnest(taken.statuses, taken.holders, taken.ns) AS d (status, holder, n) GROUP BY 1, 2), \
        folded AS ( \
            INSERT INTO assignment_counts AS c (status, holder, n) \
            SELECT status, holder, n FROM summed WHERE n <> 0 ORDER BY status, holder \
            ON CONFLICT (status, holder) DO UPDATE SET n = c.n + excluded.n) \
        SELECT count(*) FROM taken";
}

/// How many opportunities with these statuses a user holds (0: nobody).
pub(crate) async fn held(conn: &mut Conn, statuses: &[i16], holder: i64) -> Db<u64> {
    of(conn, statuses, &[holder]).await
}

/// How many opportunities with these statuses these users hold in total.
pub(crate) async fn of(conn: &mut Conn, statuses: &[i16], holders: &[i64]) -> Db<u64> {
    let n = conn.count(OF, &[&statuses.to_vec(), &holders.to_vec()]).await?;
    Ok(counted(n))
}

/// How many opportunities have these statuses.
pub(crate) async fn all(conn: &mut Conn, statuses: &[i16]) -> Db<u64> {
    let n = conn.count(ALL, &[&statuses.to_vec()]).await?;
    Ok(counted(n))
}

/// Folds at most this many deltas; returns how many.
pub(crate) async fn fold(conn: &mut Conn, limit: i64) -> Db<i64> {
    conn.count(FOLD, &[&limit]).await
}
