-- Where a person came from, what they agreed to, that they do not want to be contacted, and that they were erased. Only
-- additions: a program of the version before works on with this schema.

ALTER TABLE contacts ADD COLUMN source TEXT;
ALTER TABLE contacts ADD COLUMN source_at INTEGER;
ALTER TABLE contacts ADD COLUMN consent_text_version TEXT;
ALTER TABLE contacts ADD COLUMN consent_at INTEGER;         -- with it there is consent
ALTER TABLE contacts ADD COLUMN consent_channel TEXT;
ALTER TABLE contacts ADD COLUMN do_not_contact_since INTEGER;  -- with it there is the wish
ALTER TABLE contacts ADD COLUMN do_not_contact_reason TEXT;
ALTER TABLE contacts ADD COLUMN erased_at INTEGER;
ALTER TABLE users ADD COLUMN erased_at INTEGER;

-- Whether the contact is not to be contacted, or was erased: beside the facts for lists, and in the hot row so that an
-- assignment need not look elsewhere. Written in the transaction of the contact's change.
ALTER TABLE opportunities ADD COLUMN do_not_contact INTEGER NOT NULL DEFAULT 0 CHECK (do_not_contact IN (0, 1));
ALTER TABLE assignments ADD COLUMN do_not_contact INTEGER NOT NULL DEFAULT 0 CHECK (do_not_contact IN (0, 1));
CREATE INDEX opportunities_do_not_contact ON opportunities (seq) WHERE do_not_contact = 1;

-- The deleted opportunities of a contact.
CREATE INDEX opportunities_of_contact ON opportunities (contact_seq) WHERE deleted_at IS NOT NULL;

-- Whose data an answer shows: the id of a contact.
ALTER TABLE idempotency_keys ADD COLUMN contact BLOB;
-- Whether it may name users; answers of before may.
ALTER TABLE idempotency_keys ADD COLUMN names_users INTEGER NOT NULL DEFAULT 1 CHECK (names_users IN (0, 1));
CREATE INDEX idempotency_keys_contact ON idempotency_keys (contact) WHERE contact IS NOT NULL;

-- Who was erased: to be erased again after a backup of before was restored.
CREATE TABLE erasures (
    seq         INTEGER PRIMARY KEY,
    entity_type TEXT    NOT NULL CHECK (entity_type IN ('contact', 'user')),
    entity_id   BLOB    NOT NULL UNIQUE CHECK (length(entity_id) = 16),
    erased_at   INTEGER NOT NULL,
    actor       INTEGER,                            -- who erased: the user's seq; NULL: the system
    reason      TEXT
) STRICT;

-- Keyed hashes of the address and the numbers of erased contacts, so that they do not come in again unnoticed.
CREATE TABLE erased_keys (
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    contact   INTEGER NOT NULL,                     -- its seq
    kind      INTEGER NOT NULL CHECK (kind IN (0, 1)), -- 0: an address, 1: a number
    has_email INTEGER NOT NULL CHECK (has_email IN (0, 1)), -- whether the contact had an address
    PRIMARY KEY (hash, contact)
) STRICT, WITHOUT ROWID;

-- Deleted contacts in the order in which they are to be erased.
CREATE INDEX contacts_deleted_at ON contacts (deleted_at) WHERE deleted_at IS NOT NULL AND erased_at IS NULL;

-- The last entry of the audit log that was looked at for addresses that are kept no longer.
CREATE TABLE retention_place (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    audit INTEGER NOT NULL
) STRICT;
INSERT INTO retention_place (one, audit) VALUES (1, 0);

-- Whether a job is for those, too, who do not want to be contacted.
ALTER TABLE jobs ADD COLUMN include_do_not_contact INTEGER NOT NULL DEFAULT 0 CHECK (include_do_not_contact IN (0, 1));

-- What is taken out of the search index leaves nothing behind.
INSERT INTO contacts_search (contacts_search, rank) VALUES ('secure-delete', 1);
