-- Sessions that can be seen and ended, second factors, links for a new password. Only additions: a program of the
-- version before works on with this schema.

ALTER TABLE sessions
    ADD COLUMN last_used_at timestamptz,                    -- the last sign-in or refresh; NULL: not since this column
    ADD COLUMN ip_address text,                             -- of the last use; gone when the session ends
    ADD COLUMN user_agent text,
    ADD COLUMN second_factor boolean NOT NULL DEFAULT false;

-- Somebody else set the password: its owner has to change it before anything else.
ALTER TABLE users ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;

-- Nobody can sign in as a deleted user, so nothing is left to guess.
UPDATE users SET password = '' WHERE deleted_at IS NOT NULL;

-- The second factor of a user (TOTP); it counts once it is confirmed.
CREATE TABLE second_factors (
    user_seq     bigint      NOT NULL PRIMARY KEY REFERENCES users (seq),
    secret       text        NOT NULL,                      -- encrypted by the service
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint      NOT NULL DEFAULT 0             -- the time step of the last code used: each is good once
);

-- What signs in where the second factor is lost, each once.
CREATE TABLE recovery_codes (
    user_seq bigint NOT NULL REFERENCES users (seq),
    hash     bytea  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (user_seq, hash)
);

-- Links with which a user sets a new password, once; one for each user.
CREATE TABLE password_resets (
    user_seq   bigint      NOT NULL PRIMARY KEY REFERENCES users (seq),
    hash       bytea       NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_expires_at ON password_resets (expires_at);
