//! Invariants of times: no history runs backwards, and nothing is assigned to a user while they are inactive.

/// The stable name of each invariant, and a statement that selects its violations.
pub(crate) const RULES: &[(&str, &str)] = &[
    (
        "history_in_order",
        "SELECT format('operation %s on assignment %s is earlier than operation %s, which it follows', p.seq, \
            i.opportunity, b.seq) \
         FROM operations p, unnest(p.item_seqs, p.previous_operations) AS i (opportunity, before) \
            JOIN operations b ON b.seq = i.before WHERE p.at < b.at \
         UNION ALL \
         SELECT format('opportunity %s is younger than its operation %s', o.id, p.seq) \
         FROM operations p, unnest(p.item_seqs, p.previous_operations) AS i (opportunity, before) \
            JOIN opportunities o ON o.seq = i.opportunity WHERE i.before IS NULL AND p.at < o.created_at \
         UNION ALL \
         SELECT format('assignment %s is older than its newest operation', a.seq) \
         FROM assignments a JOIN operations p ON p.seq = a.last_operation WHERE a.updated_at < p.at",
    ),
    (
        "audit_log_in_order",
        "SELECT format('audit entry %s is earlier than audit entry %s about the same resource', seq, before) FROM ( \
             SELECT seq, created_at, lag(seq) OVER w AS before, lag(created_at) OVER w AS at FROM audit_logs \
             WHERE entity_id IS NOT NULL WINDOW w AS (PARTITION BY entity_id ORDER BY seq)) AS l \
         WHERE created_at < at",
    ),
    (
        "given_while_active",
        "WITH changes AS ( \
             SELECT u.seq AS who, l.seq, l.created_at AS at, \
                CASE l.action WHEN 'user_created' THEN l.details::json ->> 'is_active' WHEN 'user_deleted' THEN 'false' \
                    ELSE l.details::json #>> '{changes,is_active,to}' END AS active \
             FROM audit_logs l JOIN users u ON u.id = l.entity_id \
             WHERE l.action IN ('user_created', 'user_deleted', 'user_updated', 'user_status_changed')), \
         spans AS ( \
             SELECT who, active, at AS since, lead(at) OVER (PARTITION BY who ORDER BY seq) AS until FROM changes \
             WHERE active IS NOT NULL), \
         given AS ( \
             SELECT p.seq, p.at, i.opportunity, i.previous, \
                CASE WHEN p.new_holders IS NULL THEN p.new_holder ELSE p.new_holders[i.place] END AS holder \
             FROM operations p, unnest(p.item_seqs, p.previous_holders) WITH ORDINALITY \
                AS i (opportunity, previous, place)) \
         SELECT format('operation %s gave assignment %s to user %s, who was inactive then', g.seq, g.opportunity, g.holder) \
         FROM spans s JOIN given g ON g.holder = s.who AND g.at >= s.since AND (s.until IS NULL OR g.at < s.until) \
         WHERE s.active = 'false' AND g.holder IS DISTINCT FROM g.previous",
    ),
];

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_rule_can_be_prepared() {
        let rules: Vec<_> = super::RULES.iter().map(|(name, sql)| (*name, (*sql).to_owned())).collect();
        crate::statements::tests::prepare(&rules).await;
    }
}
