-- Limits that all processes on a database share. Only an addition: a program of the version before works on with this
-- schema.

-- How often somebody (by address) tried to sign in or to refresh, in windows that are under way: when each began, in
-- microseconds, and how often since. Not worth the log: after a crash of the server they begin anew.
CREATE UNLOGGED TABLE attempts (
    subject text COLLATE "C" NOT NULL PRIMARY KEY,
    began   bigint[]    NOT NULL,
    seen    bigint[]    NOT NULL,
    ends_at timestamptz NOT NULL                        -- when the row may go
) WITH (fillfactor = 50);
CREATE INDEX attempts_ends_at ON attempts (ends_at);
