-- The ledgers of rotations: who is in each version, what happened, and what that adds up to. Only additions: a program of
-- the version before works on with this schema.

-- Who was dealt the newest leads, and how many one after the other.
ALTER TABLE rotations ADD COLUMN last_receiver INTEGER REFERENCES users (seq);
ALTER TABLE rotations ADD COLUMN in_a_row INTEGER NOT NULL DEFAULT 0;

-- Never changed: events name the version that they were made with.
CREATE TABLE rotation_versions (
    rotation INTEGER NOT NULL REFERENCES rotations (seq),
    version  INTEGER NOT NULL CHECK (version >= 1),
    settings TEXT    NOT NULL,                          -- JSON: what differs from the defaults
    members  TEXT    NOT NULL,                          -- JSON: [user, weight], by place
    at       INTEGER NOT NULL,
    PRIMARY KEY (rotation, version)
) STRICT, WITHOUT ROWID;

-- The sum of the events for each user to whom they gave something, or of whom they took it. Millionths.
CREATE TABLE rotation_members (
    rotation      INTEGER NOT NULL REFERENCES rotations (seq),
    user_seq      INTEGER NOT NULL REFERENCES users (seq),
    balance       INTEGER NOT NULL,                     -- what they are owed; all of a rotation add up to 0
    value_balance INTEGER NOT NULL,
    dealt         INTEGER NOT NULL,                     -- leads dealt to them and not taken back
    dealt_value   INTEGER NOT NULL,
    last_event    INTEGER NOT NULL,                     -- the event that last gave them a lead; 0: none
    PRIMARY KEY (rotation, user_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE rotation_events (
    rotation    INTEGER NOT NULL REFERENCES rotations (seq),
    n           INTEGER NOT NULL CHECK (n >= 1),        -- without a gap
    kind        INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    actor       INTEGER,                                -- the user's seq; NULL: the system
    operation   INTEGER,
    opportunity INTEGER,
    user_seq    INTEGER REFERENCES users (seq),         -- whom it gives something, or who joined or left
    points      INTEGER NOT NULL,                       -- turns, in millionths
    value       INTEGER NOT NULL,
    eligible    BLOB,                                   -- one bit for each member of the version
    obstacles   BLOB,                                   -- the reason against each of the others
    cancels     INTEGER,                                -- the event whose turn it takes back, or moves
    reason      TEXT,                                   -- why turns were credited
    PRIMARY KEY (rotation, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX rotation_events_reason ON rotation_events (user_seq) WHERE reason IS NOT NULL;

-- What there is begins with the members of now, who are level: who is owed nothing needs no row.
INSERT INTO rotation_versions (rotation, version, settings, members, at)
SELECT r.seq, r.version, r.settings, (SELECT json_group_array(json_array(m.user_seq, m.weight)) FROM (
        SELECT user_seq, weight FROM team_members WHERE team = r.team AND left_at IS NULL ORDER BY place, user_seq) m),
    r.created_at
FROM rotations r;
