-- What lists in the memory of a process follow. Only additions: a program of the version before works on with this
-- schema, and what it writes is followed, too.

-- The transaction that last changed what lists filter, sort or search by; nothing for rows of before. Whoever read the
-- rows in a snapshot finds what changed since by the snapshot's oldest transaction. A row that came from another server
-- (a dump) may name a transaction that is yet to come here: who reads asks for none beyond the present ones.
ALTER TABLE opportunities ADD COLUMN changed_in xid8;
ALTER TABLE opportunities ALTER COLUMN changed_in SET DEFAULT pg_current_xact_id();
CREATE INDEX opportunities_changed_in ON opportunities (changed_in) WHERE changed_in IS NOT NULL;

ALTER TABLE contacts ADD COLUMN changed_in xid8;
ALTER TABLE contacts ALTER COLUMN changed_in SET DEFAULT pg_current_xact_id();
CREATE INDEX contacts_changed_in ON contacts (changed_in) WHERE changed_in IS NOT NULL;

CREATE FUNCTION changed_in_this() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END
$$;

-- Not for notes, which assignments write.
CREATE TRIGGER opportunities_changed BEFORE UPDATE OF id, contact_seq, detected_at, score, priority, attempt_count,
    call_completed, created_at, deleted_at ON opportunities FOR EACH ROW EXECUTE FUNCTION changed_in_this();
CREATE TRIGGER contacts_changed BEFORE UPDATE OF search_text, deleted_at ON contacts
    FOR EACH ROW EXECUTE FUNCTION changed_in_this();
