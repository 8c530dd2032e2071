-- The ledgers of rotations: who is in each version, what happened, and what that adds up to. Only additions: a program of
-- the version before works on with this schema.

-- Who was dealt the newest leads, and how many one after the other.
ALTER TABLE rotations ADD COLUMN last_receiver bigint REFERENCES users (seq);
ALTER TABLE rotations ADD COLUMN in_a_row bigint NOT NULL DEFAULT 0;

-- Never changed: events name the version that they were made with.
CREATE TABLE rotation_versions (
    rotation bigint      NOT NULL REFERENCES rotations (seq),
    version  bigint      NOT NULL CHECK (version >= 1),
    settings text        NOT NULL,                      -- JSON: what differs from the defaults
    members  text        NOT NULL,                      -- JSON: [user, weight], by place
    at       timestamptz NOT NULL,
    PRIMARY KEY (rotation, version)
);

-- The sum of the events for each user to whom they gave something, or of whom they took it. Millionths.
CREATE TABLE rotation_members (
    rotation      bigint NOT NULL REFERENCES rotations (seq),
    user_seq      bigint NOT NULL REFERENCES users (seq),
    balance       bigint NOT NULL,                      -- what they are owed; all of a rotation add up to 0
    value_balance bigint NOT NULL,
    dealt         bigint NOT NULL,                      -- leads dealt to them and not taken back
    dealt_value   bigint NOT NULL,
    last_event    bigint NOT NULL,                      -- the event that last gave them a lead; 0: none
    PRIMARY KEY (rotation, user_seq)
) WITH (fillfactor = 70);

CREATE TABLE rotation_events (
    rotation    bigint      NOT NULL REFERENCES rotations (seq),
    n           bigint      NOT NULL CHECK (n >= 1),    -- without a gap
    kind        smallint    NOT NULL,
    version     bigint      NOT NULL,
    at          timestamptz NOT NULL,
    actor       bigint,                                 -- the user's seq; NULL: the system
    operation   bigint,
    opportunity bigint,
    user_seq    bigint      REFERENCES users (seq),     -- whom it gives something, or who joined or left
    points      bigint      NOT NULL,                   -- turns, in millionths
    value       bigint      NOT NULL,
    eligible    bytea,                                  -- one bit for each member of the version
    obstacles   bytea,                                  -- the reason against each of the others
    cancels     bigint,                                 -- the event whose turn it takes back, or moves
    reason      text,                                   -- why turns were credited
    PRIMARY KEY (rotation, n)
);
CREATE INDEX rotation_events_reason ON rotation_events (user_seq) WHERE reason IS NOT NULL;

-- What there is begins with the members of now, who are level: who is owed nothing needs no row.
INSERT INTO rotation_versions (rotation, version, settings, members, at)
SELECT r.seq, r.version, r.settings, '[' || coalesce((
        SELECT string_agg(format('[%s,%s]', m.user_seq, m.weight), ',' ORDER BY m.place, m.user_seq)
        FROM team_members m WHERE m.team = r.team AND m.left_at IS NULL), '') || ']', r.created_at
FROM rotations r;
