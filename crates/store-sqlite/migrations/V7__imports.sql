-- Imports that were sent to the service. Only additions: a program of the version before works on with this schema.

CREATE TABLE imports (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    status          INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),
    actor           INTEGER NOT NULL,                   -- who sent it: the user's seq
    name            TEXT,
    file            TEXT    NOT NULL,                   -- JSON: how the file was understood
    reading         TEXT    NOT NULL,                   -- JSON: how to read it again
    strict          INTEGER NOT NULL CHECK (strict IN (0, 1)),
    lets_in_erased  INTEGER NOT NULL CHECK (lets_in_erased IN (0, 1)),
    total           INTEGER NOT NULL,                   -- the rows of the file
    created         INTEGER NOT NULL DEFAULT 0,
    completed       INTEGER NOT NULL DEFAULT 0,
    unchanged       INTEGER NOT NULL DEFAULT 0,
    skipped         INTEGER NOT NULL DEFAULT 0,
    failure         TEXT,                               -- the code of what made it fail
    runner          BLOB,
    leased_until    INTEGER,
    created_at      INTEGER NOT NULL,
    finished_at     INTEGER,
    undo_at         INTEGER,                            -- when its undo was asked for
    undo_actor      INTEGER,                            -- and by whom
    undo_next       INTEGER NOT NULL DEFAULT 0,         -- the first row that the undo has not looked at
    undo_deleted    INTEGER NOT NULL DEFAULT 0,
    undo_kept       INTEGER NOT NULL DEFAULT 0,
    undone_at       INTEGER,                            -- when the undo ended
    trimmed_at      INTEGER                             -- when its rows lost their cells
) STRICT;
CREATE INDEX imports_alive ON imports (seq) WHERE finished_at IS NULL;
CREATE INDEX imports_undoing ON imports (seq) WHERE undo_at IS NOT NULL AND undone_at IS NULL;
CREATE INDEX imports_to_trim ON imports (finished_at) WHERE finished_at IS NOT NULL AND trimmed_at IS NULL;

-- The file of an import that has not ended, so that whoever goes on with it can read it again.
CREATE TABLE import_pieces (
    import     BLOB    NOT NULL CHECK (length(import) = 16),
    number     INTEGER NOT NULL,
    bytes      BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (import, number)
) STRICT;
CREATE INDEX import_pieces_created_at ON import_pieces (created_at);

-- What became of each row.
CREATE TABLE import_rows (
    import       INTEGER NOT NULL REFERENCES imports (seq),
    number       INTEGER NOT NULL,                      -- its place in the file, from 0
    line         INTEGER NOT NULL,
    outcome      INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 3),
    made_contact INTEGER NOT NULL CHECK (made_contact IN (0, 1)),
    codes        TEXT,                                  -- what is told of it, with commas
    details      TEXT,                                  -- JSON: what those sentences name
    cells        TEXT,                                  -- JSON: its cells as they came
    contact      INTEGER,
    opportunity  INTEGER,
    operation    INTEGER,                               -- the one that created the opportunity
    contact_at   INTEGER,                               -- the contact's time of change after it
    undo         INTEGER CHECK (undo BETWEEN 0 AND 3),
    PRIMARY KEY (import, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_rows_outcome ON import_rows (import, outcome, number);
CREATE INDEX import_rows_told ON import_rows (import, number) WHERE codes IS NOT NULL;
CREATE INDEX import_rows_kept ON import_rows (import, number) WHERE undo IN (1, 2);
CREATE INDEX import_rows_contact ON import_rows (contact, import) WHERE contact IS NOT NULL;
-- Cells that belong to nobody who is known by them.
CREATE INDEX import_rows_loose ON import_rows (import, number) WHERE contact IS NULL AND cells IS NOT NULL;

-- The import that an operation belongs to.
ALTER TABLE operations ADD COLUMN import BLOB CHECK (length(import) = 16);
