-- How many members were carried out of the book in a file, so that a day's exports can be counted. Who, when, which columns, by which
-- filter and why stands in the audit entry about this row.
CREATE TABLE exports (
    id BLOB NOT NULL PRIMARY KEY,
    at_us INTEGER NOT NULL,
    members INTEGER NOT NULL
) STRICT;
CREATE INDEX exports_at ON exports (at_us);
