//! Invariants of accounts and of background work: idempotency keys, jobs, webhooks and deliveries.

/// The stable name of each invariant, and a statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "deleted_user_keeps_no_secret",
        "SELECT format('user %s is deleted, and a hash, a second factor or a link for a new password is left', u.id) \
         FROM users u WHERE u.deleted_at IS NOT NULL AND (u.password <> '' \
            OR EXISTS (SELECT FROM second_factors f WHERE f.user_seq = u.seq) \
            OR EXISTS (SELECT FROM recovery_codes r WHERE r.user_seq = u.seq) \
            OR EXISTS (SELECT FROM password_resets r WHERE r.user_seq = u.seq))",
    ),
    (
        "recovery_codes_belong",
        "SELECT format('user %s has recovery codes and no confirmed second factor', r.user_seq) \
         FROM recovery_codes r LEFT JOIN second_factors f ON f.user_seq = r.user_seq AND f.confirmed_at IS NOT NULL \
         WHERE f.user_seq IS NULL GROUP BY r.user_seq",
    ),
    (
        "idempotency_keys_sound",
        "SELECT format('idempotency key %s is of user %s, who does not exist', k.key, k.user_seq) \
         FROM idempotency_keys k LEFT JOIN users u ON u.seq = k.user_seq WHERE u.seq IS NULL \
         UNION ALL \
         SELECT format('idempotency key %s keeps no answer that was ever given: %s', key, status) \
         FROM idempotency_keys WHERE status NOT BETWEEN 200 AND 599 OR length(fingerprint) <> 32",
    ),
    (
        "job_counts_right",
        "SELECT format('job %s: its counts are not those of its chunks', j.id) FROM jobs j LEFT JOIN ( \
             SELECT job, count(*) AS chunks, count(*) FILTER (WHERE is_done) AS chunks_done, sum(count) AS total, \
                 sum(done) AS done, sum(failed) AS failed FROM job_chunks GROUP BY job) c ON c.job = j.seq \
         WHERE j.trimmed_at IS NULL AND (j.chunks <> coalesce(c.chunks, 0) \
            OR j.chunks_done <> coalesce(c.chunks_done, 0) \
            OR j.total <> coalesce(c.total, 0) OR j.done <> coalesce(c.done, 0) \
            OR j.failed <> CASE WHEN j.ended IS NULL THEN coalesce(c.failed, 0) ELSE j.total - j.done END) \
         UNION ALL \
         SELECT format('job %s: chunk %s does not count its items', j.id, c.number) \
         FROM job_chunks c JOIN jobs j ON j.seq = c.job \
         WHERE c.count <> cardinality(c.ids) OR (c.is_done AND c.done + c.failed <> c.count) \
         UNION ALL \
         SELECT format('job %s: chunk %s does not follow the one before', j.id, c.number) \
         FROM (SELECT job, number, first, lag(number, 1, -1::bigint) OVER w + 1 AS next_number, \
                      coalesce(lag(first) OVER w + lag(count) OVER w, 0) AS next_first \
               FROM job_chunks WINDOW w AS (PARTITION BY job ORDER BY number)) c JOIN jobs j ON j.seq = c.job \
         WHERE j.trimmed_at IS NULL AND (c.number <> c.next_number OR c.first <> c.next_first) \
         UNION ALL \
         SELECT format('chunk %s is of job %s, which does not exist', c.number, c.job) \
         FROM job_chunks c LEFT JOIN jobs j ON j.seq = c.job WHERE j.seq IS NULL",
    ),
    (
        "job_ends_agree",
        "SELECT format('job %s: its status, its time and its place among the ends do not agree', id) \
         FROM jobs WHERE (status IN ({job.finished}, {job.cancelled}, {job.failed})) <> (ended IS NOT NULL) OR (ended IS NULL) <> (finished_at IS NULL) \
            OR (ended IS NULL) <> (ended_after IS NULL) OR (status = {job.failed}) <> (failure IS NOT NULL) \
            OR (status = {job.finished} AND (done + failed <> total OR chunks_done <> chunks))",
    ),
    (
        "job_ends_numbered",
        "SELECT 'job_ends: the number of the last end is gone, or lower than one that was given' WHERE NOT EXISTS ( \
             SELECT FROM job_ends WHERE n >= (SELECT coalesce(max(ended), 0) FROM jobs))",
    ),
    (
        "job_kind_agrees",
        "SELECT format('job %s: its kind, what it gives, its status and what it undoes do not agree', id) \
         FROM jobs WHERE kind NOT BETWEEN {job.bulk_assign} AND {job.undo} OR (kind = {job.bulk_assign}) <> (assignee IS NOT NULL) \
            OR (kind = {job.undo}) <> (undoes IS NOT NULL) OR (kind = {job.set_status} AND new_status IS NULL) OR undoes >= seq",
    ),
    (
        "job_people_exist",
        "SELECT format('job %s names a user who does not exist', j.id) \
         FROM jobs j LEFT JOIN users m ON m.seq = j.actor LEFT JOIN users a ON a.seq = j.assignee \
         WHERE m.seq IS NULL OR (j.assignee IS NOT NULL AND a.seq IS NULL)",
    ),
    (
        "job_operations_exist",
        "SELECT format('job %s: chunk %s says that it wrote operation %s, which is not one of the job', j.id, c.number, \
                       c.operation) \
         FROM job_chunks c JOIN jobs j ON j.seq = c.job LEFT JOIN operations o ON o.id = c.operation \
         WHERE c.operation IS NOT NULL AND o.job IS DISTINCT FROM j.id \
         UNION ALL \
         SELECT format('operation %s is of job %s, no chunk of which has written it', o.seq, o.job) \
         FROM operations o JOIN jobs j ON j.id = o.job \
             LEFT JOIN job_chunks c ON c.job = j.seq AND c.operation = o.id \
         WHERE c.operation IS NULL AND j.trimmed_at IS NULL",
    ),
    (
        "job_chunks_agree",
        "SELECT format('job %s: chunk %s is done and claimed, or claimed by nobody', j.id, c.number) \
         FROM job_chunks c JOIN jobs j ON j.seq = c.job \
         WHERE (c.is_done AND c.runner IS NOT NULL) OR (c.runner IS NULL) <> (c.leased_until IS NULL) \
         UNION ALL \
         SELECT format('job %s: chunk %s is not done, and has results', j.id, c.number) \
         FROM job_chunks c JOIN jobs j ON j.seq = c.job WHERE NOT c.is_done \
            AND (c.operation IS NOT NULL OR c.output IS NOT NULL OR c.errors IS NOT NULL OR c.done + c.failed > 0) \
         UNION ALL \
         SELECT format('job %s: chunk %s takes operation %s back, which does not exist', j.id, c.number, c.target) \
         FROM job_chunks c JOIN jobs j ON j.seq = c.job LEFT JOIN operations o ON o.id = c.target \
         WHERE (c.target IS NOT NULL AND o.seq IS NULL) OR (j.kind = {job.undo}) <> (c.target IS NOT NULL)",
    ),
    (
        "webhook_sound",
        "SELECT format('webhook %s starts after the end of the feed', id) FROM webhooks \
         WHERE since_job > (SELECT n FROM job_ends) OR since_operation > greatest( \
            (SELECT max(seq) FROM operations), (SELECT last_value FROM operations_seq_seq)) \
         UNION ALL \
         SELECT format('webhook %s is removed and active', id) FROM webhooks WHERE deleted_at IS NOT NULL AND is_active",
    ),
    (
        "delivery_order_right",
        "SELECT format('delivery %s: blocked says %s, it is %s', d.id, d.blocked, coalesce(q.n, 0)) \
         FROM deliveries d LEFT JOIN ( \
             SELECT delivery, count(*) FILTER (WHERE place > 1) AS n FROM ( \
                 SELECT delivery, row_number() OVER (PARTITION BY webhook, opportunity ORDER BY delivery) AS place \
                 FROM delivery_queue) AS placed GROUP BY delivery) q ON q.delivery = d.seq \
         WHERE d.blocked <> coalesce(q.n, 0) \
         UNION ALL \
         SELECT format('delivery %s is queued for opportunity %s, but is not pending', q.delivery, q.opportunity) \
         FROM delivery_queue q LEFT JOIN deliveries d ON d.seq = q.delivery AND d.webhook = q.webhook \
         WHERE d.status IS DISTINCT FROM 0",
    ),
    (
        "delivery_queued",
        "SELECT format('delivery %s is pending, and not queued for an opportunity that it tells of', d.id) \
         FROM deliveries d JOIN webhooks w ON w.seq = d.webhook AND w.deleted_at IS NULL \
         WHERE d.status = {delivery.pending} AND EXISTS (SELECT FROM unnest(d.opportunities) AS o WHERE NOT EXISTS ( \
            SELECT FROM delivery_queue q WHERE q.delivery = d.seq AND q.opportunity = o)) \
         UNION ALL \
         SELECT format('delivery_queue: opportunity %s does not exist', q.opportunity) \
         FROM delivery_queue q LEFT JOIN opportunities o ON o.seq = q.opportunity WHERE o.seq IS NULL",
    ),
    (
        "delivery_times_agree",
        "SELECT format('delivery %s: its status and its next time do not agree', id) \
         FROM deliveries WHERE (status = {delivery.pending}) <> (next_at IS NOT NULL)",
    ),
    (
        "delivery_sound",
        "SELECT format('delivery %s: its attempts and its status do not agree', id) FROM deliveries \
         WHERE (status <> {delivery.pending} AND attempts = 0) OR event NOT BETWEEN {event.opportunity.assigned} AND {event.webhook.test} OR resent < 0",
    ),
    (
        "delivery_place_there",
        "SELECT 'delivery_place: the place in the feed is gone, or beyond its end' WHERE NOT EXISTS ( \
             SELECT FROM delivery_place WHERE job <= (SELECT n FROM job_ends) AND operation <= greatest( \
                (SELECT coalesce(max(seq), 0) FROM operations), (SELECT last_value FROM operations_seq_seq)))",
    ),
    (
        "import_rows_agree",
        "SELECT format('import %s: its counts are not those of its rows', i.id) FROM imports i \
         WHERE i.created <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.created}) \
            OR i.completed <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.completed}) \
            OR i.unchanged <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.unchanged}) \
            OR i.skipped <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.skipped}) \
         UNION ALL \
         SELECT format('import %s: its sender %s does not exist', i.id, i.actor) \
         FROM imports i LEFT JOIN users u ON u.seq = i.actor WHERE u.seq IS NULL \
         UNION ALL \
         SELECT format('import %s, line %s: its contact or its opportunity does not exist', r.import, r.line) \
         FROM import_rows r LEFT JOIN contacts c ON c.seq = r.contact LEFT JOIN opportunities o ON o.seq = r.opportunity \
         WHERE (r.contact IS NOT NULL AND c.seq IS NULL) OR (r.opportunity IS NOT NULL AND o.seq IS NULL) \
            OR (r.outcome = {row.created}) <> (r.opportunity IS NOT NULL)",
    ),
];

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_rule_can_be_prepared() {
        let rules: Vec<_> =
            super::RULES.iter().map(|(name, sql)| (*name, reparto_store_rows::names::named(sql))).collect();
        crate::statements::tests::prepare(&rules).await;
    }
}
