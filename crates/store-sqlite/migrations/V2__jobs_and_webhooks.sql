-- Jobs, the feed's place and webhooks. Only additions: a program of the version before works on with this schema.

-- The frozen set of a job. Its chunks are written in steps; a set whose job was never made (a crash in between) is
-- removed after a while, and nothing of it ever runs.
CREATE TABLE job_sets (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    seq         INTEGER PRIMARY KEY REFERENCES job_sets (seq),
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    kind        INTEGER NOT NULL,
    status      INTEGER NOT NULL CHECK (status BETWEEN 0 AND 4),
    actor       INTEGER NOT NULL,                   -- who made it: the user's seq
    assignee    INTEGER,                            -- the user's seq
    new_status  INTEGER CHECK (new_status BETWEEN 0 AND 5),
    note        TEXT,
    undoes      INTEGER REFERENCES jobs (seq),      -- the job that it takes back
    failure     TEXT,                               -- the code of the refusal that ended it
    total       INTEGER NOT NULL,
    done        INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    chunks      INTEGER NOT NULL,
    chunks_done INTEGER NOT NULL DEFAULT 0,
    served      INTEGER NOT NULL DEFAULT 0,         -- when its last chunk was taken, in turns
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER,
    ended       INTEGER UNIQUE,                     -- its place among the ends of jobs
    ended_after INTEGER                             -- the newest operation at its end: its place in the feed
) STRICT;
CREATE INDEX jobs_alive ON jobs (actor, served, seq) WHERE ended IS NULL;

-- Whose turn it is: the number of the last turn of each user who ever made a job.
CREATE TABLE job_turns (
    user_seq INTEGER PRIMARY KEY,
    served   INTEGER NOT NULL
) STRICT;
CREATE INDEX job_turns_served ON job_turns (served);

CREATE TABLE job_chunks (
    seq          INTEGER PRIMARY KEY,
    job          INTEGER NOT NULL REFERENCES job_sets (seq),
    number       INTEGER NOT NULL,                  -- from 0
    first        INTEGER NOT NULL,                  -- the place of its first item in the job, from 0
    count        INTEGER NOT NULL,
    target       INTEGER,                           -- the operation that it takes back
    is_done      INTEGER NOT NULL DEFAULT 0 CHECK (is_done IN (0, 1)),
    runner       BLOB,
    leased_until INTEGER,
    done         INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    operation    INTEGER,                           -- what it wrote
    errors       TEXT,                              -- JSON: the places of its failed items, and why
    items        BLOB    NOT NULL,                  -- packed: see jobs/packed.rs
    output       BLOB,                              -- rows of an export
    UNIQUE (job, number)
) STRICT;
CREATE INDEX job_chunks_waiting ON job_chunks (job, number) WHERE is_done = 0;

CREATE TABLE webhooks (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    url             TEXT    NOT NULL,
    events          TEXT    NOT NULL,               -- JSON: the numbers of the types; empty: all
    secret          TEXT    NOT NULL,
    is_active       INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    since_operation INTEGER NOT NULL,               -- it is told of what came after these
    since_job       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    deleted_at      INTEGER                         -- its deliveries are being removed, then the row itself
) STRICT;

CREATE TABLE deliveries (
    seq         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    webhook     INTEGER NOT NULL REFERENCES webhooks (seq),
    event       INTEGER NOT NULL,
    status      INTEGER NOT NULL DEFAULT 0 CHECK (status BETWEEN 0 AND 2),
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER,
    blocked     INTEGER NOT NULL DEFAULT 0,         -- of how many of its opportunities an earlier one is pending
    last_status INTEGER,
    last_error  TEXT,
    created_at  INTEGER NOT NULL,
    opportunities BLOB  NOT NULL,                   -- packed, as the items of a chunk
    body        TEXT    NOT NULL
) STRICT;
CREATE INDEX deliveries_webhook ON deliveries (webhook, seq);
CREATE INDEX deliveries_status ON deliveries (webhook, status, seq);
CREATE INDEX deliveries_due ON deliveries (webhook, next_at, seq) WHERE status = 0 AND blocked = 0;

-- For each webhook and opportunity, the pending deliveries that tell of it, oldest first: only the first may be sent.
CREATE TABLE delivery_queue (
    webhook     INTEGER NOT NULL,
    opportunity INTEGER NOT NULL,
    delivery    INTEGER NOT NULL,
    PRIMARY KEY (webhook, opportunity, delivery)
) STRICT, WITHOUT ROWID;

-- How far the feed was turned into deliveries.
CREATE TABLE delivery_place (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    operation INTEGER NOT NULL,
    job       INTEGER NOT NULL
) STRICT;
INSERT INTO delivery_place (one, operation, job) SELECT 1, coalesce(max(seq), 0), 0 FROM operations;
