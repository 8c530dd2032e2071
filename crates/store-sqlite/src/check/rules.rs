//! Invariants that a single statement can verify: each selects descriptions of its violations.

use reparto_store::StoreResult;
use reparto_store_rows::names::named;
use rusqlite::Connection;

use super::{Findings, background, rotations, teams, times};
use crate::engine::Conn as _;

/// The stable name of each invariant, and a statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "holder_exists",
        "SELECT format('assignment %d is held by user %d, who does not exist', a.seq, a.holder)
         FROM assignments a LEFT JOIN users u ON u.seq = a.holder WHERE a.holder IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "last_operation_exists",
        "SELECT format('assignment %d points to operation %d, which does not exist', a.seq, a.last_operation)
         FROM assignments a LEFT JOIN operations o ON o.seq = a.last_operation WHERE o.seq IS NULL",
    ),
    (
        "effective_operation_exists",
        "SELECT format('assignment %d points to operation %d, which does not exist', a.seq, a.effective_operation)
         FROM assignments a LEFT JOIN operations o ON o.seq = a.effective_operation WHERE o.seq IS NULL",
    ),
    (
        "opportunity_has_assignment",
        "SELECT format('opportunity %s has no assignment row', lower(hex(o.id)))
         FROM opportunities o LEFT JOIN assignments a ON a.seq = o.seq WHERE a.seq IS NULL",
    ),
    (
        "assignment_has_opportunity",
        "SELECT format('assignment %d has no opportunity', a.seq)
         FROM assignments a LEFT JOIN opportunities o ON o.seq = a.seq WHERE o.seq IS NULL",
    ),
    (
        "deleted_agrees",
        "SELECT format('opportunity %s is deleted in one of opportunities and assignments only', lower(hex(o.id)))
         FROM opportunities o JOIN assignments a ON a.seq = o.seq WHERE (o.deleted_at IS NOT NULL) <> a.deleted",
    ),
    (
        "assignment_counts_right",
        "SELECT format('assignment_counts: status %d, holder %d: off by %d', status, holder, sum(n)) FROM (
             SELECT status, holder, n FROM assignment_counts
             UNION ALL
             SELECT status, coalesce(holder, 0), -count(*) FROM assignments WHERE deleted = 0 GROUP BY status, holder)
         GROUP BY status, holder HAVING sum(n) <> 0",
    ),
    (
        "contact_count_right",
        "SELECT format('contact_count says %d, there are %d', n, live) FROM
             (SELECT coalesce((SELECT n FROM contact_count), 0) AS n,
                     (SELECT count(*) FROM contacts WHERE deleted_at IS NULL) AS live)
         WHERE n <> live",
    ),
    (
        "one_live_opportunity",
        "SELECT format('contact %d has %d opportunities that are not deleted', contact_seq, count(*))
         FROM opportunities NOT INDEXED WHERE deleted_at IS NULL GROUP BY contact_seq HAVING count(*) > 1",
    ),
    (
        "contact_is_there",
        "SELECT format('opportunity %s is about a contact that is deleted', lower(hex(o.id)))
         FROM opportunities o JOIN contacts c ON c.seq = o.contact_seq
         WHERE o.deleted_at IS NULL AND c.deleted_at IS NOT NULL",
    ),
    (
        "do_not_contact_agrees",
        "SELECT format('opportunity %s: do_not_contact is not that of its contact and its assignment row', lower(hex(o.id)))
         FROM opportunities o JOIN assignments a ON a.seq = o.seq JOIN contacts c ON c.seq = o.contact_seq
         WHERE o.deleted_at IS NULL AND (o.do_not_contact <> a.do_not_contact
            OR o.do_not_contact <> (c.do_not_contact_since IS NOT NULL OR c.erased_at IS NOT NULL))",
    ),
    (
        "erased_people_are_empty",
        "SELECT format('contact %s was erased, but has fields', lower(hex(id))) FROM contacts
         WHERE erased_at IS NOT NULL AND (search_text <> '' OR name_key <> '' OR custom_fields <> '{}'
            OR coalesce(first_name, last_name, email, phone, mobile, address, city, state, postal_code, country, company_name,
                company_id, position, nacionalidad, grading_llamada, grading_situacion, responsible_seq, tiempo_espana,
                empadronado, lugar_residencia, tiene_ingresos, trabaja_b, edad, tiene_familiares_espana, landing_product,
                avatar_url, notes, source, source_at, consent_at, do_not_contact_since) IS NOT NULL)
         UNION ALL
         SELECT format('opportunity %s is that of an erased person, but has texts', lower(hex(o.id)))
         FROM opportunities o JOIN contacts c ON c.seq = o.contact_seq
         WHERE c.erased_at IS NOT NULL AND (o.notes IS NOT NULL OR o.detection_reason <> '{}')
         UNION ALL
         SELECT format('user %s was erased, but has fields', lower(hex(id))) FROM users
         WHERE erased_at IS NOT NULL AND (email <> '' OR search_text <> '' OR password <> ''
            OR coalesce(full_name, first_name, last_name, phone_number, avatar_url) IS NOT NULL)
         UNION ALL
         SELECT format('user %s was erased, but has a note of an absence, a pause, or a reason of a credit', lower(hex(u.id))) FROM users u
         WHERE u.erased_at IS NOT NULL AND (EXISTS (SELECT 1 FROM absences a WHERE a.user_seq = u.seq AND a.note IS NOT NULL)
            OR EXISTS (SELECT 1 FROM team_members m WHERE m.user_seq = u.seq AND m.paused_until IS NOT NULL)
            OR EXISTS (SELECT 1 FROM rotation_events v WHERE v.user_seq = u.seq AND v.reason IS NOT NULL))",
    ),
    (
        "erasures_are_listed",
        "SELECT format('contact %s was erased, but is not in erasures', lower(hex(c.id)))
         FROM contacts c LEFT JOIN erasures e ON e.entity_id = c.id WHERE c.erased_at IS NOT NULL AND e.seq IS NULL
         UNION ALL
         SELECT format('user %s was erased, but is not in erasures', lower(hex(u.id)))
         FROM users u LEFT JOIN erasures e ON e.entity_id = u.id WHERE u.erased_at IS NOT NULL AND e.seq IS NULL",
    ),
    (
        "actor_exists",
        "SELECT format('operation %d was done by user %d, who does not exist', o.seq, o.actor)
         FROM operations o LEFT JOIN users u ON u.seq = o.actor WHERE o.actor IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "new_holder_exists",
        "SELECT format('operation %d gave to user %d, who does not exist', o.seq, o.new_holder)
         FROM operations o LEFT JOIN users u ON u.seq = o.new_holder WHERE o.new_holder IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "undo_links_agree",
        "SELECT format('operation %d: kind and undoes do not agree, or what it undoes is not older', seq)
         FROM operations WHERE (kind = {operation.undo}) <> (undoes IS NOT NULL) OR undoes >= seq
         UNION ALL
         SELECT format('operation %d undoes operation %d, which does not exist', u.seq, u.undoes)
         FROM operations u LEFT JOIN operations o ON o.seq = u.undoes WHERE u.undoes IS NOT NULL AND o.seq IS NULL
         UNION ALL
         SELECT format('operation %d says that operation %d undid it, which does not say so', o.seq, o.undone_by)
         FROM operations o LEFT JOIN operations u ON u.seq = o.undone_by
         WHERE o.undone_by IS NOT NULL AND u.undoes IS NOT o.seq
         UNION ALL
         SELECT format('operation %d has more marks than items', seq)
         FROM operations WHERE length(undone_items) > (item_count + 7) / 8",
    ),
    (
        "audit_operation_exists",
        "SELECT format('audit entry %d points to operation %d, which does not exist', l.seq, l.operation)
         FROM audit_logs l LEFT JOIN operations o ON o.seq = l.operation
         WHERE l.operation IS NOT NULL AND o.seq IS NULL",
    ),
    (
        "audit_actor_exists",
        "SELECT format('audit entry %d names user %d, who does not exist', l.seq, l.actor)
         FROM audit_logs l LEFT JOIN users u ON u.seq = l.actor WHERE l.actor IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "audit_log_gapless",
        "SELECT format('audit_logs: %d entries are gone', gone) FROM
             (SELECT coalesce(max(seq) - min(seq) + 1, 0) - count(*) AS gone FROM audit_logs) WHERE gone <> 0",
    ),
    (
        "sessions_end_with_rights",
        "SELECT format('session %s is alive, but its user is inactive or deleted', lower(hex(s.id)))
         FROM sessions s JOIN users u ON u.seq = s.user_seq
         WHERE s.ended_at IS NULL AND (u.is_active = 0 OR u.deleted_at IS NOT NULL)",
    ),
    (
        "job_counts_right",
        "SELECT format('job %s: its counts are not those of its chunks', lower(hex(j.id)))
         FROM jobs j LEFT JOIN
             (SELECT job, count(*) AS chunks, sum(is_done) AS chunks_done, sum(count) AS total, sum(done) AS done,
                     sum(failed) AS failed FROM job_chunks GROUP BY job) c ON c.job = j.seq
         WHERE j.trimmed_at IS NULL AND (j.chunks <> coalesce(c.chunks, 0) OR j.chunks_done <> coalesce(c.chunks_done, 0)
            OR j.total <> coalesce(c.total, 0) OR j.done <> coalesce(c.done, 0)
            OR j.failed <> CASE WHEN j.ended IS NULL THEN coalesce(c.failed, 0) ELSE j.total - j.done END)
         UNION ALL
         SELECT format('job %s: chunk %d does not count its items', lower(hex(j.id)), c.number)
         FROM job_chunks c JOIN jobs j ON j.seq = c.job
         WHERE c.is_done = 1 AND c.done + c.failed <> c.count
         UNION ALL
         SELECT format('job %s: chunk %d does not follow the one before', lower(hex(j.id)), c.number)
         FROM (SELECT job, number, first, lag(number, 1, -1) OVER w + 1 AS next_number,
                      coalesce(lag(first) OVER w + lag(count) OVER w, 0) AS next_first
               FROM job_chunks WINDOW w AS (PARTITION BY job ORDER BY number)) c JOIN jobs j ON j.seq = c.job
         WHERE j.trimmed_at IS NULL AND (c.number <> c.next_number OR c.first <> c.next_first)",
    ),
    (
        "job_ends_agree",
        "SELECT format('job %s: its status, its time and its place among the ends do not agree', lower(hex(id)))
         FROM jobs WHERE (status IN ({job.finished}, {job.cancelled}, {job.failed})) <> (ended IS NOT NULL) OR (ended IS NULL) <> (finished_at IS NULL)
            OR (ended IS NULL) <> (ended_after IS NULL) OR (status = {job.failed}) <> (failure IS NOT NULL)
            OR (status = {job.finished} AND (done + failed <> total OR chunks_done <> chunks))",
    ),
    (
        "job_people_exist",
        "SELECT format('job %s names a user who does not exist', lower(hex(j.id)))
         FROM jobs j LEFT JOIN users m ON m.seq = j.actor LEFT JOIN users a ON a.seq = j.assignee
         WHERE m.seq IS NULL OR (j.assignee IS NOT NULL AND a.seq IS NULL)",
    ),
    (
        "job_operations_exist",
        "SELECT format('job %s: chunk %d says that it wrote operation %d, which is not one of the job', lower(hex(j.id)),
                       c.number, c.operation)
         FROM job_chunks c JOIN jobs j ON j.seq = c.job LEFT JOIN operations o ON o.seq = c.operation
         WHERE c.operation IS NOT NULL AND o.job IS NOT j.id
         UNION ALL
         SELECT format('operation %d is of job %s, no chunk of which has written it', o.seq, lower(hex(o.job)))
         FROM operations o JOIN jobs j ON j.id = o.job
             LEFT JOIN (SELECT job, operation FROM job_chunks WHERE operation IS NOT NULL) c
                 ON c.job = j.seq AND c.operation = o.seq
         WHERE c.operation IS NULL AND j.trimmed_at IS NULL",
    ),
    (
        "delivery_order_right",
        "SELECT format('delivery %s: blocked says %d, it is %d', lower(hex(d.id)), d.blocked, coalesce(q.n, 0))
         FROM deliveries d LEFT JOIN
             (SELECT delivery, sum(place > 1) AS n FROM
                 (SELECT delivery, row_number() OVER (PARTITION BY webhook, opportunity ORDER BY delivery) AS place
                  FROM delivery_queue) GROUP BY delivery) q ON q.delivery = d.seq
         WHERE d.blocked <> coalesce(q.n, 0)
         UNION ALL
         SELECT format('delivery %d is queued for opportunity %d, but is not pending', q.delivery, q.opportunity)
         FROM delivery_queue q LEFT JOIN deliveries d ON d.seq = q.delivery AND d.webhook = q.webhook
         WHERE d.status IS NOT 0",
    ),
    (
        "delivery_times_agree",
        "SELECT format('delivery %s: its status and its next time do not agree', lower(hex(id)))
         FROM deliveries WHERE (status = {delivery.pending}) <> (next_at IS NOT NULL)",
    ),
    (
        "delivery_place_there",
        "SELECT 'delivery_place: the place in the feed is gone, or beyond its end' WHERE NOT EXISTS (
             SELECT 1 FROM delivery_place WHERE operation <= (SELECT coalesce(max(seq), 0) FROM operations)
                 AND job <= (SELECT n FROM job_ends))",
    ),
];

/// The rules of all modules.
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    RULES.iter().chain(background::RULES).chain(teams::RULES).chain(rotations::RULES).chain(times::RULES)
}

pub(super) fn check(conn: &Connection, findings: &mut Findings) -> StoreResult<()> {
    for (invariant, sql) in all() {
        conn.each(&named(sql), [], |row| {
            findings.add(invariant, row.next::<String>()?);
            Ok(findings.wants(invariant))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_prepared() {
        let rules: Vec<_> = all().map(|(name, sql)| (*name, named(sql))).collect();
        crate::statements::tests::prepare(&rules);
    }
}
