-- Multiplies a demo database of :base opportunities to :target, later and later ones: what the bulk of a firm's past
-- looks like, without the hours that making each up would take. Everything that `reparto check` looks at holds.
CREATE OR REPLACE FUNCTION pg_temp.uuid7(at timestamptz) RETURNS uuid VOLATILE LANGUAGE sql AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid
    FROM (SELECT replace(gen_random_uuid()::text, '-', '') AS r) AS random
$$;

-- Built once at the end: row by row the index of trigrams would cost most of the time.
DROP INDEX IF EXISTS contacts_search;

CREATE TEMP TABLE copies AS
SELECT n AS copy, n * :base AS ahead, n * interval '90 days' AS later FROM generate_series(1, :target / :base - 1) AS n;

INSERT INTO contacts OVERRIDING SYSTEM VALUE
SELECT r.*
FROM copies k CROSS JOIN contacts c CROSS JOIN LATERAL jsonb_populate_record(c, jsonb_build_object(
    'seq', c.seq + k.ahead, 'id', pg_temp.uuid7(c.created_at + k.later),
    'email', k.copy || '.' || c.email, 'email_key', k.copy || '.' || c.email_key,
    'created_at', c.created_at + k.later, 'updated_at', c.updated_at + k.later)) AS r WHERE c.seq <= :base ORDER BY 1;

INSERT INTO opportunities OVERRIDING SYSTEM VALUE
SELECT r.*
FROM copies k CROSS JOIN opportunities o CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object(
    'seq', o.seq + k.ahead, 'id', pg_temp.uuid7(o.detected_at + k.later), 'contact_seq', o.contact_seq + k.ahead,
    'detected_at', o.detected_at + k.later, 'created_at', o.created_at + k.later, 'updated_at', o.updated_at + k.later)) AS r WHERE o.seq <= :base ORDER BY 1;

CREATE TEMP TABLE imports AS
SELECT o.seq, o.id, k.copy, k.ahead, nextval('operations_seq_seq') AS new_seq
FROM copies k CROSS JOIN operations o WHERE o.item_seqs[1] <= :base ORDER BY k.copy, o.seq;

INSERT INTO operations OVERRIDING SYSTEM VALUE
SELECT r.*
FROM imports i JOIN operations o ON o.seq = i.seq CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object('seq', i.new_seq, 'id', gen_random_uuid())) AS r;
UPDATE operations o SET item_seqs = (SELECT array_agg(s + i.ahead ORDER BY place) FROM unnest(o.item_seqs) WITH ORDINALITY AS u (s, place))
FROM imports i WHERE i.new_seq = o.seq;

INSERT INTO assignments (seq, holder, status, updated_at, last_operation, effective_operation)
SELECT a.seq + k.ahead, a.holder, a.status, a.updated_at + k.later, i.new_seq, i.new_seq
FROM copies k CROSS JOIN assignments a JOIN imports i ON i.copy = k.copy AND i.seq = a.last_operation
WHERE a.seq <= :base ORDER BY 1;

INSERT INTO audit_logs (id, actor, actor_email, action, entity_type, operation, details, created_at)
SELECT gen_random_uuid(), l.actor, l.actor_email, l.action, l.entity_type, i.new_seq, l.details, l.created_at
FROM imports i JOIN audit_logs l ON l.operation = i.seq;

-- Anew: some of the base's may not have been folded in yet.
DELETE FROM assignment_deltas;
DELETE FROM assignment_counts;
INSERT INTO assignment_counts (status, holder, n)
SELECT status, coalesce(holder, 0), count(*) FROM assignments WHERE NOT deleted GROUP BY 1, 2;
SET maintenance_work_mem = '512MB';
SELECT setval('contacts_seq_seq', :target), setval('opportunities_seq_seq', :target);
CREATE INDEX contacts_search ON contacts USING gin (search_text gin_trgm_ops);
