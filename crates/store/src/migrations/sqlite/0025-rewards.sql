-- How far something has read the audit's order, so that it goes on there. Visits count from this step on.
CREATE TABLE read_positions (
    name TEXT NOT NULL PRIMARY KEY,
    next_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO read_positions (name, next_seq)
    SELECT 'visits', COALESCE(MAX(place), -1) + 1 FROM audit_nodes WHERE level = 0;
