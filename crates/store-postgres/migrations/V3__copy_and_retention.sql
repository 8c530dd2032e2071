-- Copies from another database, and the removal of what is old. Only additions: a program of the version before works
-- on with this schema.

-- One row while a copy into this database is unfinished: how far it got, as JSON. No program serves from such a
-- database.
CREATE TABLE unfinished_copy (
    one   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    place text    NOT NULL
);

-- When the chunks of an old job were removed.
ALTER TABLE jobs ADD COLUMN trimmed_at timestamptz;
CREATE INDEX jobs_to_trim ON jobs (finished_at) WHERE ended IS NOT NULL AND trimmed_at IS NULL;

-- JSON: the places of ids that are no UUIDs, and what was sent.
ALTER TABLE job_chunks ADD COLUMN sent text;

-- How often somebody asked to send it again: what came of an attempt of before says nothing of the next one.
ALTER TABLE deliveries ADD COLUMN resent bigint NOT NULL DEFAULT 0;
CREATE INDEX deliveries_created_at ON deliveries (created_at);

-- Since then its deliveries are being removed, then the row itself.
ALTER TABLE webhooks ADD COLUMN deleted_at timestamptz;

-- One at a time: whoever makes one more webhook, of which there is a bounded number.
INSERT INTO locks (name) VALUES ('webhooks');
