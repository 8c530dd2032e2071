-- Turns `operations` and `audit_logs` into partitioned tables, without copying a row. Optional: see docs/scaling.md.
--
--   psql -v ON_ERROR_STOP=1 -v width=10000000 -f partition.sql "$REPARTO_DATABASE_URL"      # once, then:
--   psql -c 'CALL reparto_partitions_ahead()' "$REPARTO_DATABASE_URL"                       # every day, by cron
--
-- Rows are divided by number (`seq`), since everything finds them by it, and numbers rise with time: take as width what a
-- month brings. What there is becomes the first partition; it is read once beforehand, while writers go on.
-- Partitions of operations may be moved (SET TABLESPACE), never dropped: histories reach back as far as they go. Those of
-- audit_logs may be dropped when their time is over.
\set ON_ERROR_STOP on

-- Where the first partition ends: beyond whatever is drawn while this runs.
SELECT (SELECT last_value FROM operations_seq_seq) + :width AS operations_end,
       (SELECT last_value FROM audit_logs_seq_seq) + :width AS audit_end \gset

ALTER TABLE operations ADD CONSTRAINT operations_first CHECK (seq < :operations_end) NOT VALID;
ALTER TABLE operations VALIDATE CONSTRAINT operations_first;
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_first CHECK (seq < :audit_end) NOT VALID;
ALTER TABLE audit_logs VALIDATE CONSTRAINT audit_logs_first;

BEGIN;
SET LOCAL lock_timeout = '5s';
LOCK TABLE operations, audit_logs IN ACCESS EXCLUSIVE MODE;

-- The sequences live on under their names: identity columns of partitioned tables came with PostgreSQL 17.
SELECT (SELECT last_value FROM operations_seq_seq) + 1 AS next_operation,
       (SELECT last_value FROM audit_logs_seq_seq) + 1 AS next_audit \gset
ALTER TABLE operations ALTER COLUMN seq DROP IDENTITY;
ALTER TABLE audit_logs ALTER COLUMN seq DROP IDENTITY;
CREATE SEQUENCE operations_seq_seq START :next_operation;
CREATE SEQUENCE audit_logs_seq_seq START :next_audit;

ALTER TABLE operations RENAME TO operations_p0;
ALTER TABLE audit_logs RENAME TO audit_logs_p0;
CREATE TABLE operations (LIKE operations_p0 INCLUDING DEFAULTS) PARTITION BY RANGE (seq);
CREATE TABLE audit_logs (LIKE audit_logs_p0 INCLUDING DEFAULTS) PARTITION BY RANGE (seq);
ALTER TABLE operations ALTER COLUMN seq SET DEFAULT nextval('operations_seq_seq');
ALTER TABLE audit_logs ALTER COLUMN seq SET DEFAULT nextval('audit_logs_seq_seq');

-- Indexes keep their names on the new tables; those of the first partition are taken in as they are.
DO $$
DECLARE i record;
BEGIN
    FOR i IN
        SELECT c.relname AS old, pg_get_indexdef(x.indexrelid) AS def,
            t.relname AS tab, x.indisprimary, x.indisunique
        FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        WHERE t.oid IN ('operations_p0'::regclass, 'audit_logs_p0'::regclass)
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', i.old, i.old || '_p0');
        IF i.indisprimary THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (seq)', replace(i.tab, '_p0', ''), i.old);
        ELSIF NOT i.indisunique THEN
            EXECUTE replace(i.def, i.tab, replace(i.tab, '_p0', ''));
        END IF;
        -- An id is unique within its partition; over all of them it is because nobody makes a UUID twice.
    END LOOP;
END
$$;

ALTER TABLE operations ATTACH PARTITION operations_p0 FOR VALUES FROM (MINVALUE) TO (:operations_end);
ALTER TABLE audit_logs ATTACH PARTITION audit_logs_p0 FOR VALUES FROM (MINVALUE) TO (:audit_end);
ALTER TABLE operations_p0 DROP CONSTRAINT operations_first;
ALTER TABLE audit_logs_p0 DROP CONSTRAINT audit_logs_first;

CREATE TABLE reparto_partitions (
    parent text   NOT NULL PRIMARY KEY,
    width  bigint NOT NULL,
    number int    NOT NULL,     -- of the newest partition
    ends   bigint NOT NULL      -- where it ends
);
INSERT INTO reparto_partitions VALUES
    ('operations', :width, 0, :operations_end), ('audit_logs', :width, 0, :audit_end);

-- Makes partitions until there are three beyond the number drawn last. A number that has none finds no place and its
-- request fails; three are months in which somebody notices that this did not run.
CREATE PROCEDURE reparto_partitions_ahead() LANGUAGE plpgsql AS $$
DECLARE p reparto_partitions; drawn bigint; name text; options text;
BEGIN
    FOR p IN SELECT * FROM reparto_partitions ORDER BY parent FOR UPDATE LOOP
        EXECUTE format('SELECT last_value FROM %I', p.parent || '_seq_seq') INTO drawn;
        options := CASE p.parent WHEN 'operations' THEN ' WITH (toast_tuple_target = 8160, fillfactor = 100)' ELSE '' END;
        WHILE p.ends < drawn + 3 * p.width LOOP
            p.number := p.number + 1;
            name := p.parent || '_p' || p.number;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS)%s', name, p.parent, options);
            EXECUTE format('ALTER TABLE %I ADD UNIQUE (id)', name);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                p.parent, name, p.ends, p.ends + p.width);
            p.ends := p.ends + p.width;
        END LOOP;
        UPDATE reparto_partitions SET number = p.number, ends = p.ends WHERE parent = p.parent;
    END LOOP;
END
$$;
CALL reparto_partitions_ahead();
COMMIT;
