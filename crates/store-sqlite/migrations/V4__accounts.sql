-- Sessions that can be seen and ended, second factors, links for a new password. Only additions: a program of the
-- version before works on with this schema.

ALTER TABLE sessions ADD COLUMN last_used_at INTEGER;       -- the last sign-in or refresh; NULL: not since this column
ALTER TABLE sessions ADD COLUMN ip_address TEXT;            -- of the last use; gone when the session ends
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
ALTER TABLE sessions ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0 CHECK (second_factor IN (0, 1));

-- Somebody else set the password: its owner has to change it before anything else.
ALTER TABLE users ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0 CHECK (must_change_password IN (0, 1));

-- Nobody can sign in as a deleted user, so nothing is left to guess.
UPDATE users SET password = '' WHERE deleted_at IS NOT NULL;

-- The second factor of a user (TOTP); it counts once it is confirmed.
CREATE TABLE second_factors (
    user_seq     INTEGER PRIMARY KEY REFERENCES users (seq),
    secret       TEXT    NOT NULL,                          -- encrypted by the service
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER NOT NULL DEFAULT 0                 -- the time step of the last code used: each is good once
) STRICT;

-- What signs in where the second factor is lost, each once.
CREATE TABLE recovery_codes (
    user_seq INTEGER NOT NULL REFERENCES users (seq),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (user_seq, hash)
) STRICT, WITHOUT ROWID;

-- Links with which a user sets a new password, once; one for each user.
CREATE TABLE password_resets (
    user_seq   INTEGER PRIMARY KEY REFERENCES users (seq),
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX password_resets_expires_at ON password_resets (expires_at);
