-- Whether the person of a contact was erased, as it is committed when this is called. A query of a statement's own would
-- tell what was committed when the statement began, and an erasure may have been waited for since. Only an addition: a
-- program of the version before works on with this schema.
CREATE FUNCTION contact_is_erased(contact bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM contacts WHERE seq = contact AND erased_at IS NOT NULL);
END
$$;
