//! The statement of a bulk request: one round trip, one commit.

use super::refusals::named;
use crate::statements::statements;

// $1 actor (NULL: the system)   $2 generation of the token   $3 when it was issued
// $4 whether to assign (else the holder is taken away)   $5 assignee   $6 assignable roles
// $7 opportunities, in the order of the request (NULL: no UUID)   $8 status (NULL: leave)   $9 note   $10 now
// $11 id of the operation   $12 id of the audit entry   $13 kind   $14 action   $15 job
// $16 all or nothing   $17 dry run   $18 expected holder: 0 any, 1 nobody, 2 $19, 3 none at all
// $20 address   $21 user agent   $22 ids as they were sent, where that matters   $23 the status's name
// $24 session of the token (NULL: none)   $25 whether opportunities of contacts who do not want to be contacted are
// assigned too   $26 request id
//
// `actor` and `assignee` are locked FOR KEY SHARE: transactions that change rights lock the row FOR UPDATE, so the two
// are ordered. `locked` locks the hot rows in order of seq, so that overlapping requests wait for each other but never
// deadlock. `checked` restores the order of the request, once, so that no aggregate has to. All writes depend on `op`,
// which has a row only if there is something to write; its number is drawn after locking, so that an opportunity's
// operations are numbered in order.
//
// `moment` is when the request takes effect, like `effective_at` of the domain: now, but not before the newest entry of
// any of the opportunities nor before the last change of the assignee, whichever clock those times came from.
//
// `$key` is replaced by conditions about an idempotency key ($27), which an earlier statement has tried to lock.
macro_rules! bulk {
    ($key:literal) => {
        concat!(
            "WITH \
        actor AS MATERIALIZED ( \
            SELECT u.seq, u.email, u.is_active AND u.deleted_at IS NULL AS active, \
                u.role IN ('admin', 'superuser') AS administrator, \
                CASE WHEN $2::bigint IS NULL THEN u.tokens_valid_from IS NULL OR $3::timestamptz >= u.tokens_valid_from \
                    ELSE u.token_generation = $2 AND ($24::uuid IS NULL OR EXISTS (SELECT FROM sessions s \
                        WHERE s.id = $24 AND s.user_seq = u.seq AND s.ended_at IS NULL)) END AS holds \
            FROM users u WHERE u.id = $1::uuid FOR KEY SHARE), \
        assignee AS MATERIALIZED ( \
            SELECT u.seq, u.is_active AS active, u.role = ANY ($6::text[]) AS assignable, u.updated_at \
            FROM users u WHERE u.id = $5::uuid AND u.deleted_at IS NULL FOR KEY SHARE), \
        gate AS MATERIALIZED ( \
            SELECT actor.seq AS actor, coalesce(actor.email, 'system') AS email, assignee.seq AS holder, \
                CASE WHEN $1 IS NOT NULL AND actor.active IS NOT TRUE THEN {refusal.account_inactive} \
                    WHEN $1 IS NOT NULL AND NOT actor.holds THEN {refusal.token_revoked} \
                    WHEN $1 IS NOT NULL AND NOT actor.administrator THEN {refusal.not_allowed} ",
            $key,
            "WHEN NOT $4::boolean THEN {refusal.none} \
                    WHEN assignee.seq IS NULL THEN {refusal.assignee_not_found} \
                    WHEN NOT assignee.active THEN {refusal.assignee_inactive} \
                    WHEN NOT assignee.assignable THEN {refusal.assignee_not_assignable} \
                    ELSE {refusal.none} END AS refusal \
            FROM (SELECT 1) AS one LEFT JOIN actor ON true LEFT JOIN assignee ON true), \
        locked AS MATERIALIZED ( \
            SELECT r.place::integer, a.seq, a.holder, a.status, a.last_operation, a.effective_operation, \
                a.updated_at, a.do_not_contact AND $4 AND NOT $25::boolean AS unwanted \
            FROM unnest($7::uuid[]) WITH ORDINALITY AS r (id, place) JOIN opportunities o ON o.id = r.id \
                JOIN assignments a ON a.seq = o.seq \
            WHERE NOT a.deleted AND (SELECT refusal FROM gate) = {refusal.none} \
            ORDER BY a.seq FOR NO KEY UPDATE OF a), \
        checked AS MATERIALIZED ( \
            SELECT l.place, l.seq, l.holder, l.status, l.last_operation, l.effective_operation, l.updated_at, \
                l.unwanted, (CASE WHEN $4 THEN coalesce($8::smallint, l.status) \
                    WHEN l.status = {status.assigned} THEN {status.pending} ELSE l.status END)::smallint AS new_status, \
                l.expected, l.expected AND NOT l.unwanted AS ok \
            FROM (SELECT l.*, \
                CASE $18::smallint WHEN 0 THEN true WHEN 1 THEN l.holder IS NULL \
                    WHEN 2 THEN l.holder = (SELECT u.seq FROM users u WHERE u.id = $19::uuid) ELSE false END IS TRUE \
                    AS expected FROM locked l) AS l ORDER BY l.place), \
        moment AS MATERIALIZED ( \
            SELECT greatest($10::timestamptz, max(c.updated_at), (SELECT updated_at FROM assignee)) AS at \
            FROM checked c WHERE c.ok), \
        op AS MATERIALIZED ( \
            SELECT nextval('operations_seq_seq') AS seq, done.n FROM \
                (SELECT count(*)::integer AS n FROM checked WHERE ok) AS done, gate \
            WHERE gate.refusal = {refusal.none} AND NOT $17::boolean AND done.n > 0 \
                AND (NOT $16::boolean OR done.n = cardinality($7))), \
        updated AS ( \
            UPDATE assignments a SET holder = gate.holder, status = c.new_status, updated_at = moment.at, \
                last_operation = op.seq, effective_operation = op.seq \
            FROM checked c, op, gate, moment WHERE a.seq = c.seq AND c.ok), \
        noted AS ( \
            UPDATE opportunities o SET updated_at = moment.at, revision = o.revision + 1, \
                notes = CASE WHEN o.notes <> '' THEN o.notes || E'\\n' || $9 ELSE $9 END \
            FROM checked c, op, moment WHERE $9::text IS NOT NULL AND o.seq = c.seq AND c.ok \
                AND NOT EXISTS (SELECT FROM contacts p WHERE p.seq = o.contact_seq AND p.erased_at IS NOT NULL)), \
        counted AS ( \
            INSERT INTO assignment_deltas (operation, statuses, holders, ns) \
            SELECT op.seq, array_agg(d.status), array_agg(d.holder), array_agg(d.n) FROM op, ( \
                SELECT m.status, m.holder, sum(m.n)::bigint AS n FROM ( \
                    SELECT c.status, coalesce(c.holder, 0) AS holder, -1 AS n FROM checked c WHERE c.ok \
                    UNION ALL \
                    SELECT c.new_status, coalesce(gate.holder, 0), 1 FROM checked c, gate WHERE c.ok) AS m \
                GROUP BY m.status, m.holder HAVING sum(m.n) <> 0) AS d \
            GROUP BY op.seq), \
        recorded AS ( \
            INSERT INTO operations (seq, id, kind, actor, at, note, new_holder, new_status, item_count, failed_count, \
                job, item_seqs, previous_holders, previous_statuses, previous_operations, previous_effectives, \
                new_statuses) \
            SELECT op.seq, $11::uuid, $13::smallint, gate.actor, moment.at, $9, gate.holder, \
                CASE WHEN $4 THEN $8 END, op.n, cardinality($7) - op.n, $15::uuid, \
                i.seqs, i.holders, i.statuses, i.operations, i.effectives, \
                CASE WHEN NOT $4 OR $8 IS NULL THEN i.new_statuses END \
            FROM op, gate, moment, ( \
                SELECT array_agg(seq) AS seqs, array_agg(holder) AS holders, \
                    array_agg(status) AS statuses, \
                    array_agg(last_operation) AS operations, \
                    array_agg(effective_operation) AS effectives, \
                    array_agg(new_status) AS new_statuses \
                FROM checked WHERE ok) AS i), \
        audited AS ( \
            INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, operation, details, ip_address, \
                user_agent, created_at, request_id) \
            SELECT $12::uuid, gate.actor, gate.email, $14::text, 'opportunity', op.seq, \
                CASE WHEN $4 THEN json_build_object('assigned_count', coalesce(op.n, 0), \
                        'failed_count', cardinality($7) - coalesce(op.n, 0), 'failed_ids', f.ids, \
                        'assigned_to_id', $5, 'status', $23::text) \
                    ELSE json_build_object('assigned_count', coalesce(op.n, 0), \
                        'failed_count', cardinality($7) - coalesce(op.n, 0), 'failed_ids', f.ids) END::text, \
                $20::text, $21::text, moment.at, $26::text \
            FROM gate LEFT JOIN op ON true, moment, ( \
                SELECT coalesce(json_agg(coalesce(($22::text[])[r.place], r.id::text)), '[]') AS ids \
                FROM unnest($7) WITH ORDINALITY AS r (id, place) \
                WHERE coalesce((SELECT n FROM op), 0) < cardinality($7) \
                    AND r.place NOT IN (SELECT c.place FROM checked c WHERE c.ok)) AS f \
            WHERE gate.refusal = {refusal.none} AND NOT $17 AND (op.seq IS NOT NULL OR NOT $16)) \
        SELECT gate.refusal, gate.actor, moment.at, op.seq IS NOT NULL, s.places, s.statuses, s.others, s.held_by, \
            CASE WHEN $17 THEN s.holders END, s.unwanted \
        FROM gate LEFT JOIN op ON true, moment, ( \
            SELECT array_agg(place) FILTER (WHERE ok) AS places, \
                array_agg(new_status) FILTER (WHERE ok) AS statuses, \
                array_agg(holder) FILTER (WHERE ok) AS holders, \
                array_agg(place) FILTER (WHERE NOT ok) AS others, \
                array_agg(holder) FILTER (WHERE NOT ok) AS held_by, \
                array_agg(place) FILTER (WHERE NOT ok AND unwanted AND expected) AS unwanted \
            FROM checked) AS s"
        )
    };
}

statements! {
    BULK => named(bulk!(""));
    // The key is checked after the caller's rights, and before the contents of the request.
    BULK_ONCE => named(bulk!("WHEN EXISTS (SELECT FROM idempotency_keys k \
            WHERE k.user_seq = actor.seq AND k.key = $27::text AND k.expires_at > $10) THEN {refusal.key_stored} \
        WHEN current_setting('reparto.key_is_free', true) IS DISTINCT FROM 'true' THEN {refusal.key_running} "));
}
