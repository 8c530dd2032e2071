-- Ids are 16-byte blobs; times are microseconds since 1970 in UTC; booleans are 0 or 1; enums are the small numbers
-- of the domain (roles are names). `seq` is a row's place in order of arrival: rows that are neighbours in a list
-- are neighbours on disk, and references between tables are small integers.

CREATE TABLE users (
    seq                INTEGER PRIMARY KEY,
    id                 BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    email              TEXT    NOT NULL,
    email_key          TEXT    NOT NULL,            -- lower case
    name_key           TEXT    NOT NULL,            -- what the user is called, folded: what lists sort by
    search_text        TEXT    NOT NULL,            -- name, address and phone, folded
    password           TEXT    NOT NULL,            -- PHC string
    full_name          TEXT,
    first_name         TEXT,
    last_name          TEXT,
    phone_number       TEXT,
    avatar_url         TEXT,
    preferred_language TEXT,
    daily_lead_quota   INTEGER NOT NULL DEFAULT 10,
    role               TEXT    NOT NULL CHECK (role IN ('superuser', 'admin', 'lawyer', 'agent', 'user')),
    is_active          INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_verified        INTEGER NOT NULL CHECK (is_verified IN (0, 1)),
    token_generation   INTEGER NOT NULL DEFAULT 0,  -- a new password and a deactivation start a new one
    tokens_valid_from  INTEGER,                     -- tokens of other backends issued before are refused
    last_login         INTEGER,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    deleted_at         INTEGER
) STRICT;
-- A deleted user's address is free again.
CREATE UNIQUE INDEX users_email_key ON users (email_key) WHERE deleted_at IS NULL;
CREATE INDEX users_role ON users (role, is_active) WHERE deleted_at IS NULL;
CREATE INDEX users_created_at ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_name_key ON users (name_key, id) WHERE deleted_at IS NULL;

-- A session is the family of refresh tokens that one sign-in started.
CREATE TABLE sessions (
    seq        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    user_seq   INTEGER NOT NULL REFERENCES users (seq),
    created_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;
CREATE INDEX sessions_alive ON sessions (user_seq) WHERE ended_at IS NULL;

CREATE TABLE refresh_tokens (
    hash        BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    session_seq INTEGER NOT NULL REFERENCES sessions (seq),
    issued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER                             -- its first use
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_seq);

-- Secrets that are made once and shared by all who open this database, such as the key that signs tokens.
CREATE TABLE secrets (
    name       TEXT    NOT NULL PRIMARY KEY,
    value      TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
    seq                     INTEGER PRIMARY KEY,
    id                      BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    search_text             TEXT    NOT NULL,       -- folded once, when written
    name_key                TEXT    NOT NULL,       -- what the contact is called, folded
    email_key               TEXT,                   -- lower case: identifies a contact in imports
    phone_key               TEXT,                   -- digits: identifies a contact in imports
    mobile_key              TEXT,
    first_name              TEXT,
    last_name               TEXT,
    email                   TEXT,
    phone                   TEXT,
    mobile                  TEXT,
    address                 TEXT,
    city                    TEXT,
    city_key                TEXT,
    state                   TEXT,
    postal_code             TEXT,
    country                 TEXT,
    company_name            TEXT,
    company_id              TEXT,
    position                TEXT,
    nacionalidad            TEXT,
    nacionalidad_key        TEXT,
    grading_llamada         INTEGER,
    grading_situacion       INTEGER,
    responsible_seq         INTEGER REFERENCES users (seq),
    tiempo_espana           TEXT,
    empadronado             INTEGER,
    lugar_residencia        TEXT,
    tiene_ingresos          INTEGER,
    trabaja_b               INTEGER,
    edad                    INTEGER,
    tiene_familiares_espana INTEGER,
    landing_product         TEXT,
    avatar_url              TEXT,
    notes                   TEXT,
    custom_fields           TEXT    NOT NULL DEFAULT '{}',
    created_by_seq          INTEGER REFERENCES users (seq),
    updated_by_seq          INTEGER REFERENCES users (seq),
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    deleted_at              INTEGER
) STRICT;
-- `deleted_at` is in each of these so that a list reads the index alone until it has its page.
CREATE INDEX contacts_created_at ON contacts (created_at DESC, id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX contacts_updated_at ON contacts (updated_at DESC, id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX contacts_name_key ON contacts (name_key, id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX contacts_email_key ON contacts (email_key, id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX contacts_city_key ON contacts (city_key, id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX contacts_phone_key ON contacts (phone_key) WHERE deleted_at IS NULL AND phone_key IS NOT NULL;
CREATE INDEX contacts_mobile_key ON contacts (mobile_key) WHERE deleted_at IS NULL AND mobile_key IS NOT NULL;
-- So that filtered lists and their exact totals read an index alone.
CREATE INDEX contacts_grading_llamada ON contacts (grading_llamada, created_at DESC, id, deleted_at) WHERE deleted_at IS NULL AND grading_llamada IS NOT NULL;
CREATE INDEX contacts_grading_situacion ON contacts (grading_situacion, created_at DESC, id, deleted_at) WHERE deleted_at IS NULL AND grading_situacion IS NOT NULL;
CREATE INDEX contacts_nacionalidad ON contacts (nacionalidad_key, created_at DESC, id, deleted_at) WHERE deleted_at IS NULL AND nacionalidad_key IS NOT NULL;
CREATE INDEX contacts_responsible ON contacts (responsible_seq, created_at DESC, id, deleted_at) WHERE deleted_at IS NULL AND responsible_seq IS NOT NULL;

-- How many contacts are not deleted: one row, kept in the transaction of each change.
CREATE TABLE contact_count (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n   INTEGER NOT NULL
) STRICT;
INSERT INTO contact_count (one, n) VALUES (1, 0);

-- Parts of the search texts of contacts that are not deleted. The text itself is read from contacts; writers keep the
-- index in step.
CREATE VIEW contacts_searched AS SELECT seq, search_text FROM contacts WHERE deleted_at IS NULL;
CREATE VIRTUAL TABLE contacts_search USING fts5 (
    search_text,
    content = 'contacts_searched',
    content_rowid = 'seq',
    tokenize = 'trigram case_sensitive 1'
);

-- The facts of an opportunity: what lists sort and filter by, and what an assignment does not change.
CREATE TABLE opportunities (
    seq              INTEGER PRIMARY KEY,
    id               BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    contact_seq      INTEGER NOT NULL REFERENCES contacts (seq),
    detected_at      INTEGER NOT NULL,
    score            INTEGER NOT NULL CHECK (score BETWEEN 0 AND 100),
    priority         INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
    detection_reason TEXT    NOT NULL DEFAULT '{}',
    attempts         TEXT    NOT NULL DEFAULT '{}',
    attempt_count    INTEGER NOT NULL DEFAULT 0,
    call_completed   INTEGER NOT NULL DEFAULT 0 CHECK (call_completed IN (0, 1)),
    call_successful  INTEGER,
    notes            TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    revision         INTEGER NOT NULL DEFAULT 0,    -- counts changes of this row
    deleted_at       INTEGER
) STRICT;
CREATE UNIQUE INDEX opportunities_contact ON opportunities (contact_seq) WHERE deleted_at IS NULL;
-- An index for each sort order. Behind the key and the id stand the facts that lists filter by, so that a walk along
-- it need not look at the rows that it passes.
CREATE INDEX opportunities_detected_at ON opportunities
    (detected_at DESC, id, deleted_at, score, priority, attempt_count, call_completed) WHERE deleted_at IS NULL;
CREATE INDEX opportunities_score ON opportunities
    (score DESC, id, deleted_at, priority, attempt_count, call_completed) WHERE deleted_at IS NULL;
CREATE INDEX opportunities_priority ON opportunities
    (priority DESC, id, deleted_at, score, attempt_count, call_completed) WHERE deleted_at IS NULL;
CREATE INDEX opportunities_created_at ON opportunities
    (created_at DESC, id, deleted_at, score, priority, attempt_count, call_completed) WHERE deleted_at IS NULL;

-- The hot row: one per opportunity, narrow, the only one that an assignment changes. A deleted opportunity keeps its
-- row, with `deleted` set, so that its history stays whole. The holder has no foreign key: users are never removed,
-- and the writer reads the user's row in the same transaction. `last_operation` heads the chain of the history;
-- `effective_operation` is what an undo must still find there to give the opportunity back.
CREATE TABLE assignments (
    seq                 INTEGER PRIMARY KEY,        -- the opportunity's
    holder              INTEGER,                    -- the user's seq
    status              INTEGER NOT NULL CHECK (status BETWEEN 0 AND 5),
    updated_at          INTEGER NOT NULL,
    last_operation      INTEGER NOT NULL,
    effective_operation INTEGER NOT NULL,
    deleted             INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1))
) STRICT;
CREATE INDEX assignments_status_holder ON assignments (status, holder) WHERE deleted = 0;

-- How many live opportunities there are by status and holder (0: nobody). One writer at a time, so it is kept in
-- the transaction of each change.
CREATE TABLE assignment_counts (
    status INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (status, holder)
) STRICT, WITHOUT ROWID;

-- One row per write on assignments, in the order in which they were committed.
CREATE TABLE operations (
    seq          INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    kind         INTEGER NOT NULL,
    actor        INTEGER,                           -- the user's seq; NULL: the system
    at           INTEGER NOT NULL,
    note         TEXT,
    new_holder   INTEGER,                           -- whom all items were given to, where it is one user
    item_count   INTEGER NOT NULL,
    failed_count INTEGER NOT NULL DEFAULT 0,
    job          BLOB,
    undoes       INTEGER,                           -- the operation that this one takes back
    undone_by    INTEGER,                           -- the undo that took all of it back
    undone_items BLOB,                              -- one bit per item, where some were given back
    items        BLOB    NOT NULL                   -- packed: see items.rs
) STRICT;
CREATE INDEX operations_actor ON operations (actor, seq);
CREATE INDEX operations_new_holder ON operations (new_holder, seq) WHERE new_holder IS NOT NULL;
CREATE INDEX operations_job ON operations (job, seq) WHERE job IS NOT NULL;

CREATE TABLE audit_logs (
    seq         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    actor       INTEGER,                            -- the user's seq
    actor_email TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    entity_type TEXT    NOT NULL,
    entity_id   BLOB,
    operation   INTEGER,                            -- where the ids of a bulk action are
    details     TEXT    NOT NULL DEFAULT '{}',
    ip_address  TEXT,
    user_agent  TEXT,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_logs_actor ON audit_logs (actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX audit_logs_entity ON audit_logs (entity_id, seq) WHERE entity_id IS NOT NULL;
CREATE INDEX audit_logs_action ON audit_logs (action, seq);
CREATE INDEX audit_logs_created_at ON audit_logs (created_at);

CREATE TABLE idempotency_keys (
    user_seq    INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    status      INTEGER NOT NULL,
    location    TEXT,
    etag        TEXT,
    body        BLOB    NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (user_seq, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
