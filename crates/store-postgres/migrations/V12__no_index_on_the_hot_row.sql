-- What an assignment changes is in no index any more, so that its updates are heap-only. Lists by holder or status, and
-- random picks, are found in memory, or by reading this narrow table from its beginning to its end.
--
-- It waits for running transactions on the table, and holds up others only as long as it waits; nothing is rewritten.
-- Versions before this one name no index, so that they go on working, with slower lists in their first seconds.
--
-- The way back, while everything runs:
--   CREATE INDEX CONCURRENTLY assignments_status_holder ON assignments (status, holder) WHERE NOT deleted;
DROP INDEX assignments_status_holder;
