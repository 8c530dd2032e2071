-- Search texts and keys that are made anew when their rules change. Only additions: a program of the version before works
-- on with this schema. At a million contacts it takes a second.

-- The mark of the rules by which a row's texts and keys were made. What has another one is made anew while the service
-- runs, some rows at a time; until then it is found as before.
ALTER TABLE contacts ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contacts_folded ON contacts (folded);
