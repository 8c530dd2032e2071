-- What an assignment changes is in no index any more: nine of ten assignments then write their row alone. Lists by holder
-- or status, and random picks, are found in memory, or by reading this narrow table from its beginning to its end.
--
-- The way back: CREATE INDEX assignments_status_holder ON assignments (status, holder) WHERE deleted = 0;
-- (a second for a million rows, and no statement asks for it by name).
DROP INDEX assignments_status_holder;
