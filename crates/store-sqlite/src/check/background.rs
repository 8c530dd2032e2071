//! Invariants of accounts and of background work: idempotency keys, jobs, webhooks and deliveries.

/// The stable name of each invariant, and a statement that selects its violations.
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "deleted_user_keeps_no_secret",
        "SELECT format('user %s is deleted, and a hash, a second factor or a link for a new password is left',
                       lower(hex(u.id)))
         FROM users u WHERE u.deleted_at IS NOT NULL AND (u.password <> ''
            OR EXISTS (SELECT 1 FROM second_factors f WHERE f.user_seq = u.seq)
            OR EXISTS (SELECT 1 FROM recovery_codes r WHERE r.user_seq = u.seq)
            OR EXISTS (SELECT 1 FROM password_resets r WHERE r.user_seq = u.seq))",
    ),
    (
        "recovery_codes_belong",
        "SELECT format('user %d has recovery codes and no confirmed second factor', r.user_seq)
         FROM recovery_codes r LEFT JOIN second_factors f ON f.user_seq = r.user_seq AND f.confirmed_at IS NOT NULL
         WHERE f.user_seq IS NULL GROUP BY r.user_seq",
    ),
    (
        "idempotency_keys_sound",
        "SELECT format('idempotency key %s is of user %d, who does not exist', k.key, k.user_seq)
         FROM idempotency_keys k LEFT JOIN users u ON u.seq = k.user_seq WHERE u.seq IS NULL
         UNION ALL
         SELECT format('idempotency key %s keeps no answer that was ever given: %d', key, status)
         FROM idempotency_keys WHERE status NOT BETWEEN 200 AND 599 OR length(fingerprint) <> 32",
    ),
    (
        "job_kind_agrees",
        "SELECT format('job %s: its kind, what it gives, its status and what it undoes do not agree', lower(hex(id)))
         FROM jobs WHERE kind NOT BETWEEN {job.bulk_assign} AND {job.undo} OR (kind = {job.bulk_assign}) <> (assignee IS NOT NULL)
            OR (kind = {job.undo}) <> (undoes IS NOT NULL) OR (kind = {job.set_status} AND new_status IS NULL) OR undoes >= seq",
    ),
    (
        "job_ends_numbered",
        "SELECT 'job_ends: the number of the last end is gone, or lower than one that was given' WHERE NOT EXISTS (
             SELECT 1 FROM job_ends WHERE n >= (SELECT coalesce(max(ended), 0) FROM jobs))",
    ),
    (
        "job_chunks_agree",
        "SELECT format('job %s: chunk %d is done and claimed, or claimed by nobody', lower(hex(j.id)), c.number)
         FROM job_chunks c JOIN jobs j ON j.seq = c.job
         WHERE (c.is_done = 1 AND c.runner IS NOT NULL) OR (c.runner IS NULL) <> (c.leased_until IS NULL)
         UNION ALL
         SELECT format('job %s: chunk %d is not done, and has results', lower(hex(j.id)), c.number)
         FROM job_chunks c JOIN jobs j ON j.seq = c.job WHERE c.is_done = 0
            AND (c.operation IS NOT NULL OR c.output IS NOT NULL OR c.errors IS NOT NULL OR c.done + c.failed > 0)
         UNION ALL
         SELECT format('job %s: chunk %d takes operation %d back, which does not exist', lower(hex(j.id)), c.number,
                       c.target)
         FROM job_chunks c JOIN jobs j ON j.seq = c.job LEFT JOIN operations o ON o.seq = c.target
         WHERE (c.target IS NOT NULL AND o.seq IS NULL) OR (j.kind = {job.undo}) <> (c.target IS NOT NULL)",
    ),
    (
        "webhook_sound",
        "SELECT format('webhook %s starts after the end of the feed', lower(hex(id))) FROM webhooks
         WHERE since_operation > (SELECT coalesce(max(seq), 0) FROM operations)
            OR since_job > (SELECT n FROM job_ends)
         UNION ALL
         SELECT format('webhook %s is removed and active', lower(hex(id))) FROM webhooks
         WHERE deleted_at IS NOT NULL AND is_active = 1",
    ),
    (
        "delivery_queued",
        "SELECT format('delivery %s is pending, and not queued for an opportunity that it tells of', lower(hex(d.id)))
         FROM deliveries d JOIN webhooks w ON w.seq = d.webhook AND w.deleted_at IS NULL
         WHERE d.status = {delivery.pending} AND length(d.opportunities) > 0
            AND NOT EXISTS (SELECT 1 FROM delivery_queue q WHERE q.delivery = d.seq)
         UNION ALL
         SELECT format('delivery_queue: opportunity %d does not exist', q.opportunity)
         FROM delivery_queue q LEFT JOIN opportunities o ON o.seq = q.opportunity WHERE o.seq IS NULL",
    ),
    (
        "delivery_sound",
        "SELECT format('delivery %s: its attempts and its status do not agree', lower(hex(id))) FROM deliveries
         WHERE (status <> {delivery.pending} AND attempts = 0) OR event NOT BETWEEN {event.opportunity.assigned} AND {event.webhook.test} OR resent < 0",
    ),
    (
        "import_rows_agree",
        "SELECT format('import %s: its counts are not those of its rows', lower(hex(i.id))) FROM imports i
         WHERE i.created <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.created})
            OR i.completed <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.completed})
            OR i.unchanged <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.unchanged})
            OR i.skipped <> (SELECT count(*) FROM import_rows r WHERE r.import = i.seq AND r.outcome = {row.skipped})
         UNION ALL
         SELECT format('import %s: its sender %d does not exist', lower(hex(i.id)), i.actor)
         FROM imports i LEFT JOIN users u ON u.seq = i.actor WHERE u.seq IS NULL
         UNION ALL
         SELECT format('import %d, line %d: its contact or its opportunity does not exist', r.import, r.line)
         FROM import_rows r LEFT JOIN contacts c ON c.seq = r.contact LEFT JOIN opportunities o ON o.seq = r.opportunity
         WHERE (r.contact IS NOT NULL AND c.seq IS NULL) OR (r.opportunity IS NOT NULL AND o.seq IS NULL)
            OR (r.outcome = {row.created}) <> (r.opportunity IS NOT NULL)",
    ),
];
