//! The statement of bulk requests: one round trip and one commit for all that are executed together.

use super::refusals::named;
use crate::statements::statements;

// Of the items, those of one request after those of another:
// $1 opportunities (NULL: no UUID)   $2 whose item it is, by the number of the member, from 1
// $3 ids as they were sent, where that matters (otherwise empty)
// $4 all actors and assignees   $5 the numbers of the members   $6 whether any has a note
// Of each member:
// $7 actor (NULL: the system)   $8 generation of the token   $9 when it was issued   $10 its session (NULL: none)
// $11 whether to assign (else the holder is taken away)   $12 assignee   $13 assignable roles, with commas
// $14 status (NULL: leave)   $15 note   $16 now   $17 id of the operation   $18 id of the audit entry   $19 kind
// $20 action   $21 job   $22 all or nothing   $23 dry run   $24 expected holder: 0 any, 1 nobody, 2 $25, 3 none at all
// $26 whether opportunities of contacts who do not want to be contacted are assigned too   $27 address
// $28 user agent   $29 request id   $30 number of items   $31 details of the audit entry if all items succeed
// $32 roles that need a second factor, with commas (NULL: what the token is good for was looked at before)
// $33 how long to wait for a lock (NULL: as long as the connection's setting)   $34 idempotency keys, of each member
//
// `person` and `locked` lock in the order of seq, over all members: transactions that overlap wait for each other but
// never deadlock. Users are locked FOR KEY SHARE: transactions that change rights lock the row FOR UPDATE, so the two
// are ordered. `asked` stands apart from `locked` so that ids become numbers by an index alone. `checked` restores the
// order of the requests, once, so that no aggregate has to. All writes depend on `op`, which has a row for each member
// that has something to write; its number is drawn after locking, so that an opportunity's operations are numbered in
// order. No two members may name the same opportunity.
//
// A member's time is when it takes effect, like `effective_at` of the domain: now, but not before the newest entry of
// any of its opportunities nor before the last change of its assignee, whichever clock those times came from.
//
// A person may be erased while `locked` waits. The row that it locks then says, as it is by then, that they do not want
// to be contacted; whether they were erased is asked of a function that sees what was committed since the statement began.
//
// What is rare is computed only where it occurs: the places and holders of items where some fail, and the ids of these
// in the audit entry. Deltas are written without cancelling out: whoever reads them adds them up anyway. The number of
// members is passed as an array ($5) rather than a count, for which the planner would assume a thousand of them, find
// the generic plan too dear, and plan anew each time.
//
// `$key` is replaced by conditions about the keys, which an earlier statement has tried to lock.
macro_rules! bulk {
    ($key:literal) => {
        concat!(
            "WITH \
        person AS MATERIALIZED ( \
            SELECT u.seq, u.id, u.email, u.role, u.is_active, u.deleted_at IS NOT NULL AS deleted, u.updated_at, \
                u.token_generation, u.tokens_valid_from, u.must_change_password \
            FROM users u WHERE u.id = ANY ($4::uuid[]) AND (SELECT CASE WHEN $33::text IS NULL THEN '' \
                ELSE set_config('lock_timeout', $33, true) END) IS NOT NULL \
            ORDER BY u.seq FOR KEY SHARE), \
        gate AS MATERIALIZED ( \
            SELECT m AS member, a.seq AS actor, coalesce(a.email, 'system') AS email, h.seq AS holder, \
                h.updated_at AS since, \
                CASE WHEN ($24::smallint[])[m] = 2 THEN (SELECT u.seq FROM users u WHERE u.id = ($25::uuid[])[m]) END \
                    AS expected, \
                CASE WHEN ($7::uuid[])[m] IS NOT NULL AND (a.is_active AND NOT a.deleted) IS NOT TRUE \
                        THEN {refusal.account_inactive} \
                    WHEN ($7::uuid[])[m] IS NOT NULL AND NOT CASE WHEN ($8::bigint[])[m] IS NULL \
                            THEN a.tokens_valid_from IS NULL OR ($9::timestamptz[])[m] >= a.tokens_valid_from \
                        ELSE a.token_generation = ($8::bigint[])[m] AND (($10::uuid[])[m] IS NULL OR EXISTS ( \
                            SELECT FROM sessions s \
                            WHERE s.id = ($10::uuid[])[m] AND s.user_seq = a.seq AND s.ended_at IS NULL)) END \
                        THEN {refusal.token_revoked} \
                    WHEN ($8::bigint[])[m] IS NOT NULL AND ($32::text[])[m] IS NOT NULL AND a.must_change_password \
                        THEN {refusal.password_must_change} \
                    WHEN ($8::bigint[])[m] IS NOT NULL AND a.role = ANY (string_to_array(($32::text[])[m], ',')) \
                            AND NOT EXISTS ( \
                            SELECT FROM sessions s \
                            WHERE s.id = ($10::uuid[])[m] AND s.user_seq = a.seq AND s.second_factor) \
                        THEN {refusal.totp_set_up_required} \
                    WHEN ($7::uuid[])[m] IS NOT NULL AND a.role NOT IN ('admin', 'superuser') \
                        THEN {refusal.not_allowed} ",
            $key,
            "WHEN NOT ($11::boolean[])[m] THEN {refusal.none} \
                    WHEN h.seq IS NULL THEN {refusal.assignee_not_found} \
                    WHEN NOT h.is_active THEN {refusal.assignee_inactive} \
                    WHEN h.role <> ALL (string_to_array(($13::text[])[m], ',')) \
                        THEN {refusal.assignee_not_assignable} \
                    ELSE {refusal.none} END AS refusal \
            FROM unnest($5::integer[]) AS m LEFT JOIN person a ON a.id = ($7::uuid[])[m] \
                LEFT JOIN person h ON h.id = ($12::uuid[])[m] AND NOT h.deleted), \
        admitted AS MATERIALIZED ( \
            SELECT array_agg(g.refusal = {refusal.none} ORDER BY g.member) AS yes, \
                array_agg(g.expected ORDER BY g.member) AS expected \
            FROM gate g), \
        asked AS MATERIALIZED ( \
            SELECT i.place, i.member, o.seq \
            FROM unnest($1::uuid[], $2::smallint[]) WITH ORDINALITY AS i (id, member, place) \
                JOIN opportunities o ON o.id = i.id \
            WHERE (SELECT yes FROM admitted)[i.member]), \
        locked AS MATERIALIZED ( \
            SELECT a.seq, a.holder, a.status, a.last_operation, a.effective_operation, a.updated_at, a.do_not_contact \
            FROM assignments a WHERE a.seq = ANY ((SELECT array_agg(i.seq) FROM asked i)::bigint[]) AND NOT a.deleted \
            ORDER BY a.seq FOR NO KEY UPDATE), \
        checked AS MATERIALIZED ( \
            SELECT i.place, i.member, l.seq, l.holder, l.status, l.last_operation, l.effective_operation, \
                l.updated_at, l.do_not_contact, \
                CASE WHEN ($11::boolean[])[i.member] THEN coalesce(($14::smallint[])[i.member], l.status) \
                    WHEN l.status = {status.assigned} THEN {status.pending} \
                    ELSE l.status END::smallint AS new_status, \
                CASE WHEN CASE ($24::smallint[])[i.member] WHEN 0 THEN true WHEN 1 THEN l.holder IS NULL \
                        WHEN 2 THEN l.holder = (SELECT expected FROM admitted)[i.member] ELSE false END IS NOT TRUE \
                        THEN {fault.held} \
                    WHEN l.do_not_contact AND ($11::boolean[])[i.member] AND NOT ($26::boolean[])[i.member] \
                        THEN {fault.unwanted} \
                    ELSE {fault.none} END::smallint AS fault \
            FROM asked i JOIN locked l ON l.seq = i.seq ORDER BY i.place), \
        sums AS MATERIALIZED ( \
            SELECT c.member, count(*)::integer AS n, max(c.updated_at) AS latest, array_agg(c.seq) AS seqs, \
                array_agg(c.holder) AS holders, array_agg(c.status) AS statuses, \
                array_agg(c.last_operation) AS operations, array_agg(c.effective_operation) AS effectives, \
                array_agg(c.new_status) AS new_statuses \
            FROM checked c WHERE c.fault = {fault.none} GROUP BY c.member), \
        op AS MATERIALIZED ( \
            SELECT g.member, nextval('operations_seq_seq') AS seq, g.actor, g.holder, s.n, \
                greatest(($16::timestamptz[])[g.member], s.latest, g.since) AS at \
            FROM gate g JOIN sums s ON s.member = g.member \
            WHERE NOT ($23::boolean[])[g.member] \
                AND (NOT ($22::boolean[])[g.member] OR s.n = ($30::integer[])[g.member])), \
        updated AS ( \
            UPDATE assignments a SET holder = op.holder, status = c.new_status, updated_at = op.at, \
                last_operation = op.seq, effective_operation = op.seq \
            FROM checked c JOIN op ON op.member = c.member WHERE a.seq = c.seq AND c.fault = {fault.none}), \
        noted AS ( \
            UPDATE opportunities o SET updated_at = op.at, revision = o.revision + 1, \
                notes = CASE WHEN o.notes <> '' THEN o.notes || E'\\n' || ($15::text[])[op.member] \
                    ELSE ($15::text[])[op.member] END \
            FROM checked c JOIN op ON op.member = c.member \
            WHERE $6::boolean AND ($15::text[])[op.member] IS NOT NULL AND o.seq = c.seq AND c.fault = {fault.none} \
                AND NOT (c.do_not_contact AND contact_is_erased(o.contact_seq))), \
        counted AS ( \
            INSERT INTO assignment_deltas (operation, statuses, holders, ns) \
            SELECT op.seq, array_agg(d.status) || array_agg(d.new_status), \
                array_agg(d.holder) || array_agg(coalesce(op.holder, 0)), array_agg(-d.n) || array_agg(d.n) \
            FROM op JOIN ( \
                SELECT c.member, c.status, c.new_status, coalesce(c.holder, 0) AS holder, count(*) AS n \
                FROM checked c WHERE c.fault = {fault.none} GROUP BY c.member, c.status, c.new_status, c.holder) AS d \
                ON d.member = op.member \
            GROUP BY op.seq), \
        recorded AS ( \
            INSERT INTO operations (seq, id, kind, actor, at, note, new_holder, new_status, item_count, failed_count, \
                job, item_seqs, previous_holders, previous_statuses, previous_operations, previous_effectives, \
                new_statuses) \
            SELECT op.seq, ($17::uuid[])[op.member], ($19::smallint[])[op.member], op.actor, op.at, \
                ($15::text[])[op.member], op.holder, ($14::smallint[])[op.member], op.n, \
                    ($30::integer[])[op.member] - op.n, \
                ($21::uuid[])[op.member], s.seqs, s.holders, s.statuses, s.operations, s.effectives, \
                CASE WHEN ($14::smallint[])[op.member] IS NULL THEN s.new_statuses END \
            FROM op JOIN sums s ON s.member = op.member), \
        audited AS ( \
            INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, operation, details, ip_address, \
                user_agent, created_at, request_id) \
            SELECT ($18::uuid[])[g.member], g.actor, g.email, ($20::text[])[g.member], 'opportunity', op.seq, \
                CASE WHEN op.n = ($30::integer[])[g.member] THEN ($31::text[])[g.member] \
                    ELSE (($31::text[])[g.member]::jsonb || jsonb_build_object('assigned_count', coalesce(op.n, 0), \
                        'failed_count', ($30::integer[])[g.member] - coalesce(op.n, 0), 'failed_ids', ( \
                            SELECT jsonb_agg(coalesce(($3::text[])[i.place::integer], i.id::text) ORDER BY i.place) \
                            FROM unnest($1::uuid[], $2::smallint[]) WITH ORDINALITY AS i (id, member, place) \
                            WHERE i.member = g.member AND i.place NOT IN ( \
                                SELECT c.place FROM checked c WHERE c.fault = {fault.none}))))::text END, \
                ($27::text[])[g.member], ($28::text[])[g.member], \
                coalesce(op.at, greatest(($16::timestamptz[])[g.member], g.since)), ($29::text[])[g.member] \
            FROM gate g LEFT JOIN op ON op.member = g.member \
            WHERE g.refusal = {refusal.none} AND NOT ($23::boolean[])[g.member] \
                AND (op.seq IS NOT NULL OR NOT ($22::boolean[])[g.member])) \
        SELECT g.member, g.refusal, g.actor, \
            coalesce(op.at, greatest(($16::timestamptz[])[g.member], s.latest, g.since)), op.seq IS NOT NULL, \
            CASE WHEN ($14::smallint[])[g.member] IS NULL THEN s.new_statuses END, \
                CASE WHEN ($23::boolean[])[g.member] THEN s.holders END, \
            f.places, f.faults, f.holders \
        FROM gate g LEFT JOIN op ON op.member = g.member LEFT JOIN sums s ON s.member = g.member \
            LEFT JOIN LATERAL ( \
                SELECT coalesce(array_agg(c.place), '{}') AS places, coalesce(array_agg(c.fault), '{}') AS faults, \
                    coalesce(array_agg(c.holder), '{}') AS holders \
                FROM checked c WHERE c.member = g.member) AS f ON s.n IS DISTINCT FROM ($30::integer[])[g.member]"
        )
    };
}

statements! {
    BULK => named(bulk!(""));
    // A key is checked after the caller's rights, and before the contents of the request.
    BULK_ONCE => named(bulk!("WHEN EXISTS (SELECT FROM idempotency_keys k \
            WHERE k.user_seq = a.seq AND k.key = ($34::text[])[m] AND k.expires_at > ($16::timestamptz[])[m]) \
            THEN {refusal.key_stored} \
        WHEN (current_setting('reparto.keys_are_free', true)::boolean[])[m] IS NOT TRUE THEN {refusal.key_running} "));
}
