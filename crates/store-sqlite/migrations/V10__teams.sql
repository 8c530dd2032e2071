-- Teams with their members, absences, and the rotation that is made with each team. Only additions: a program of the
-- version before works on with this schema.

CREATE TABLE teams (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,                      -- folded: what names are compared by
    time_zone    TEXT    NOT NULL,                      -- the IANA name
    hours        TEXT,                                  -- JSON: shifts; NULL: always
    closed_days  TEXT    NOT NULL,                      -- JSON: days, ascending
    self_service INTEGER NOT NULL CHECK (self_service IN (0, 1)),
    revision     INTEGER NOT NULL DEFAULT 0,            -- how often the team or its members were changed
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    deleted_at   INTEGER
) STRICT;
-- A deleted team's name is free again.
CREATE UNIQUE INDEX teams_name_key ON teams (name_key) WHERE deleted_at IS NULL;

-- A row stays when its user leaves, or is deleted.
CREATE TABLE team_members (
    team         INTEGER NOT NULL REFERENCES teams (seq),
    user_seq     INTEGER NOT NULL REFERENCES users (seq),
    place        INTEGER NOT NULL CHECK (place BETWEEN 0 AND 1000000),
    weight       INTEGER NOT NULL CHECK (weight BETWEEN 1 AND 10000),
    skills       TEXT    NOT NULL,                      -- JSON: texts
    time_zone    TEXT,                                  -- NULL: the team's
    hours        TEXT,                                  -- JSON: shifts; NULL: the team's
    daily_quota  INTEGER CHECK (daily_quota >= 0),      -- NULL: the user's
    open_cap     INTEGER CHECK (open_cap >= 0),         -- NULL: none
    paused_until INTEGER,
    joined_at    INTEGER NOT NULL,
    left_at      INTEGER,
    PRIMARY KEY (team, user_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_place ON team_members (team, place, user_seq) WHERE left_at IS NULL;
CREATE INDEX team_members_user ON team_members (user_seq);

CREATE TABLE absences (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    user_seq   INTEGER NOT NULL REFERENCES users (seq),
    starts_at  INTEGER NOT NULL,
    ends_at    INTEGER CHECK (ends_at > starts_at),     -- NULL: not yet known
    note       TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX absences_starts_at ON absences (starts_at, seq);
CREATE INDEX absences_user ON absences (user_seq, starts_at, seq);

-- The ledger of turns between a team's members. Whoever changes it locks its row.
CREATE TABLE rotations (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    team             INTEGER NOT NULL REFERENCES teams (seq),
    name             TEXT    NOT NULL,
    settings         TEXT    NOT NULL DEFAULT '{}',     -- JSON: what differs from the defaults
    version          INTEGER NOT NULL DEFAULT 1,        -- of the settings and the members
    events           INTEGER NOT NULL DEFAULT 0,        -- the number of its last event
    folded_operation INTEGER NOT NULL,                  -- operations up to this one are in it
    mean_value       INTEGER NOT NULL DEFAULT 0,        -- of the leads that it dealt
    value_count      INTEGER NOT NULL DEFAULT 0,        -- and how many these are
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX rotations_team ON rotations (team, seq);
