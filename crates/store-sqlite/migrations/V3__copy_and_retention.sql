-- Copies from another database, and the removal of what is old. Only additions: a program of the version before works
-- on with this schema.

-- One row while a copy into this database is unfinished: how far it got, as JSON. No program serves from such a
-- database.
CREATE TABLE unfinished_copy (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    place TEXT    NOT NULL
) STRICT;

-- The number of the last end of a job: a job that goes on after its end gets another at its next one.
CREATE TABLE job_ends (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n   INTEGER NOT NULL
) STRICT;
INSERT INTO job_ends (one, n) SELECT 1, coalesce(max(ended), 0) FROM jobs;

-- When the chunks of an old job were removed.
ALTER TABLE jobs ADD COLUMN trimmed_at INTEGER;
CREATE INDEX jobs_to_trim ON jobs (finished_at) WHERE ended IS NOT NULL AND trimmed_at IS NULL;

-- JSON: the places of ids that are no UUIDs, and what was sent.
ALTER TABLE job_chunks ADD COLUMN sent TEXT;

-- How often somebody asked to send it again: what came of an attempt of before says nothing of the next one.
ALTER TABLE deliveries ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_created_at ON deliveries (created_at);
