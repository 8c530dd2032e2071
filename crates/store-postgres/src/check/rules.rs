//! Invariants that a single statement can verify: each selects descriptions of its violations.

/// Every step of every history: an opportunity's state before and after an operation, the previous step, and (`source`)
/// the operation that the state comes from.
macro_rules! steps {
    () => {
        "WITH items AS ( \
            SELECT p.seq, p.kind, p.undoes, i.opportunity, i.holder AS old_holder, i.status AS old_status, \
                i.operation AS old_operation, i.effective AS old_effective, \
                CASE WHEN p.new_holders IS NULL THEN p.new_holder ELSE p.new_holders[i.place] END AS holder, \
                coalesce(p.new_statuses[i.place], p.new_status) AS status \
            FROM operations p, unnest(p.item_seqs, p.previous_holders, p.previous_statuses, p.previous_operations, \
                p.previous_effectives) WITH ORDINALITY AS i (opportunity, holder, status, operation, effective, place)), \
        steps AS ( \
            SELECT i.*, u.old_holder AS undone_holder, u.old_status AS undone_status, \
                CASE WHEN i.undoes IS NULL THEN i.seq ELSE u.old_effective END AS source \
            FROM items i LEFT JOIN items u ON u.seq = i.undoes AND u.opportunity = i.opportunity), \
        chain AS ( \
            SELECT s.*, lag(s.seq) OVER w AS before_seq, lag(s.kind) OVER w AS before_kind, \
                lag(s.holder) OVER w AS before_holder, lag(s.status) OVER w AS before_status, \
                lag(s.source) OVER w AS before_source, lead(s.seq) OVER w AS after_seq \
            FROM steps s WINDOW w AS (PARTITION BY s.opportunity ORDER BY s.seq)) "
    };
}

/// The stable name of each invariant, and a statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "holder_exists",
        "SELECT format('assignment %s is held by user %s, who does not exist', a.seq, a.holder) \
         FROM assignments a LEFT JOIN users u ON u.seq = a.holder WHERE a.holder IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "last_operation_exists",
        "SELECT format('assignment %s points to operation %s, which does not exist', a.seq, a.last_operation) \
         FROM assignments a LEFT JOIN operations o ON o.seq = a.last_operation WHERE o.seq IS NULL",
    ),
    (
        "effective_operation_exists",
        "SELECT format('assignment %s points to operation %s, which does not exist', a.seq, a.effective_operation) \
         FROM assignments a LEFT JOIN operations o ON o.seq = a.effective_operation WHERE o.seq IS NULL",
    ),
    (
        "opportunity_has_assignment",
        "SELECT format('opportunity %s has no assignment row', o.id) \
         FROM opportunities o LEFT JOIN assignments a ON a.seq = o.seq WHERE a.seq IS NULL",
    ),
    (
        "assignment_has_opportunity",
        "SELECT format('assignment %s has no opportunity', a.seq) \
         FROM assignments a LEFT JOIN opportunities o ON o.seq = a.seq WHERE o.seq IS NULL",
    ),
    (
        "deleted_agrees",
        "SELECT format('opportunity %s is deleted in one of opportunities and assignments only', o.id) \
         FROM opportunities o JOIN assignments a ON a.seq = o.seq WHERE (o.deleted_at IS NOT NULL) <> a.deleted",
    ),
    (
        "assignment_counts_right",
        "SELECT format('assignment_counts: status %s, holder %s: off by %s', status, holder, sum(n)) FROM ( \
             SELECT status, holder, n FROM assignment_counts \
             UNION ALL \
             SELECT d.status, d.holder, d.n \
             FROM assignment_deltas, unnest(statuses, holders, ns) AS d (status, holder, n) \
             UNION ALL \
             SELECT status, coalesce(holder, 0), -count(*) FROM assignments WHERE NOT deleted GROUP BY 1, 2) AS c \
         GROUP BY status, holder HAVING sum(n) <> 0",
    ),
    (
        "one_live_opportunity",
        "SELECT format('contact %s has %s opportunities that are not deleted', contact_seq, count(*)) \
         FROM opportunities WHERE deleted_at IS NULL GROUP BY contact_seq HAVING count(*) > 1",
    ),
    (
        "contact_is_there",
        "SELECT format('opportunity %s is about a contact that is deleted', o.id) \
         FROM opportunities o JOIN contacts c ON c.seq = o.contact_seq \
         WHERE o.deleted_at IS NULL AND c.deleted_at IS NOT NULL",
    ),
    (
        "do_not_contact_agrees",
        "SELECT format('opportunity %s: do_not_contact is not that of its contact and its assignment row', o.id) \
         FROM opportunities o JOIN assignments a ON a.seq = o.seq JOIN contacts c ON c.seq = o.contact_seq \
         WHERE o.deleted_at IS NULL AND (o.do_not_contact <> a.do_not_contact \
            OR o.do_not_contact <> (c.do_not_contact_since IS NOT NULL OR c.erased_at IS NOT NULL))",
    ),
    (
        "erased_people_are_empty",
        "SELECT format('contact %s was erased, but has fields', id) FROM contacts \
         WHERE erased_at IS NOT NULL AND (search_text <> '' OR name_key <> '' OR custom_fields <> '{}' \
            OR num_nonnulls(first_name, last_name, email, phone, mobile, address, city, state, postal_code, country, \
                company_name, company_id, position, nacionalidad, grading_llamada, grading_situacion, responsible_seq, \
                tiempo_espana, empadronado, lugar_residencia, tiene_ingresos, trabaja_b, edad, tiene_familiares_espana, \
                landing_product, avatar_url, notes, source, source_at, consent_at, do_not_contact_since) > 0) \
         UNION ALL \
         SELECT format('opportunity %s is that of an erased person, but has texts', o.id) \
         FROM opportunities o JOIN contacts c ON c.seq = o.contact_seq \
         WHERE c.erased_at IS NOT NULL AND (o.notes IS NOT NULL OR o.detection_reason <> '{}') \
         UNION ALL \
         SELECT format('user %s was erased, but has fields', id) FROM users \
         WHERE erased_at IS NOT NULL AND (email <> '' OR search_text <> '' OR password <> '' \
            OR num_nonnulls(full_name, first_name, last_name, phone_number, avatar_url) > 0) \
         UNION ALL \
         SELECT format('user %s was erased, but has a note of an absence, a pause, or a reason of a credit', u.id) FROM users u \
         WHERE u.erased_at IS NOT NULL AND (EXISTS (SELECT FROM absences a WHERE a.user_seq = u.seq AND a.note IS NOT NULL) \
            OR EXISTS (SELECT FROM team_members m WHERE m.user_seq = u.seq AND m.paused_until IS NOT NULL) \
            OR EXISTS (SELECT FROM rotation_events v WHERE v.user_seq = u.seq AND v.reason IS NOT NULL))",
    ),
    (
        "erasures_are_listed",
        "SELECT format('contact %s was erased, but is not in erasures', c.id) \
         FROM contacts c LEFT JOIN erasures e ON e.entity_id = c.id WHERE c.erased_at IS NOT NULL AND e.seq IS NULL \
         UNION ALL \
         SELECT format('user %s was erased, but is not in erasures', u.id) \
         FROM users u LEFT JOIN erasures e ON e.entity_id = u.id WHERE u.erased_at IS NOT NULL AND e.seq IS NULL",
    ),
    (
        "actor_exists",
        "SELECT format('operation %s was done by user %s, who does not exist', o.seq, o.actor) \
         FROM operations o LEFT JOIN users u ON u.seq = o.actor WHERE o.actor IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "new_holder_exists",
        "SELECT format('operation %s gave to user %s, who does not exist', o.seq, o.new_holder) \
         FROM operations o LEFT JOIN users u ON u.seq = o.new_holder WHERE o.new_holder IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "undo_links_agree",
        "SELECT format('operation %s: kind and undoes do not agree, or what it undoes is not older', seq) \
         FROM operations WHERE (kind = {operation.undo}) <> (undoes IS NOT NULL) OR undoes >= seq \
         UNION ALL \
         SELECT format('operation %s undoes operation %s, which does not exist', u.seq, u.undoes) \
         FROM operations u LEFT JOIN operations o ON o.seq = u.undoes WHERE u.undoes IS NOT NULL AND o.seq IS NULL \
         UNION ALL \
         SELECT format('operation %s says that operation %s undid it, which does not say so', o.seq, o.undone_by) \
         FROM operations o LEFT JOIN operations u ON u.seq = o.undone_by \
         WHERE o.undone_by IS NOT NULL AND u.undoes IS DISTINCT FROM o.seq \
         UNION ALL \
         SELECT format('operation %s has not as many marks as items', seq) \
         FROM operations WHERE cardinality(undone_items) <> item_count",
    ),
    (
        "operation_item_count",
        "SELECT format('operation %s says %s items, and its arrays do not agree', seq, item_count) FROM operations \
         WHERE cardinality(item_seqs) <> item_count OR cardinality(previous_holders) <> item_count \
            OR cardinality(previous_statuses) <> item_count OR cardinality(previous_operations) <> item_count \
            OR cardinality(previous_effectives) <> item_count OR cardinality(new_holders) <> item_count \
            OR cardinality(new_statuses) <> item_count OR (new_statuses IS NULL AND new_status IS NULL)",
    ),
    (
        "chain_whole",
        concat!(
            steps!(),
            "SELECT format('operation %s found assignment %s otherwise than operation %s left it', seq, opportunity, \
                before_seq) \
             FROM chain WHERE CASE WHEN before_seq IS NULL THEN \
                old_operation IS NOT NULL OR old_status IS NOT NULL OR kind NOT IN (0, 8) \
                ELSE kind IN ({operation.create}, {operation.import}) OR before_kind = {operation.delete} \
                    OR (old_operation, old_effective) IS DISTINCT FROM (before_seq, before_source) \
                    OR (old_holder, old_status) IS DISTINCT FROM (before_holder, before_status) END"
        ),
    ),
    (
        "undo_gives_back",
        concat!(
            steps!(),
            "SELECT format('operation %s did not give assignment %s back as it was', seq, opportunity) FROM chain \
             WHERE kind = {operation.undo} AND (holder, status) IS DISTINCT FROM (undone_holder, undone_status)"
        ),
    ),
    (
        "chain_leads_to_present",
        concat!(
            steps!(),
            "SELECT format('assignment %s is not what operation %s left', opportunity, c.seq) \
             FROM (SELECT * FROM chain WHERE after_seq IS NULL) AS c LEFT JOIN assignments a ON a.seq = c.opportunity \
             WHERE (a.last_operation, a.effective_operation, a.holder, a.status, a.deleted) \
                IS DISTINCT FROM (c.seq, c.source, c.holder, c.status, c.kind = {operation.delete})"
        ),
    ),
    (
        "chain_begins",
        "SELECT format('assignment %s has no history', a.seq) FROM assignments a \
         WHERE NOT EXISTS (SELECT FROM operations p WHERE p.seq = a.last_operation AND a.seq = ANY (p.item_seqs))",
    ),
    (
        "audit_operation_exists",
        "SELECT format('audit entry %s points to operation %s, which does not exist', l.seq, l.operation) \
         FROM audit_logs l LEFT JOIN operations o ON o.seq = l.operation \
         WHERE l.operation IS NOT NULL AND o.seq IS NULL",
    ),
    (
        "audit_actor_exists",
        "SELECT format('audit entry %s names user %s, who does not exist', l.seq, l.actor) \
         FROM audit_logs l LEFT JOIN users u ON u.seq = l.actor WHERE l.actor IS NOT NULL AND u.seq IS NULL",
    ),
    (
        "sessions_end_with_rights",
        "SELECT format('session %s is alive, but its user is inactive or deleted', s.id) \
         FROM sessions s JOIN users u ON u.seq = s.user_seq \
         WHERE s.ended_at IS NULL AND (NOT u.is_active OR u.deleted_at IS NOT NULL)",
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
