-- Members who were carried out of the book in a file. `content` is JSON: columns, filter, reason. Who and when stands in the
-- audit entry, which commits to the salt and the content.
CREATE TABLE exports (
    id BLOB NOT NULL PRIMARY KEY,
    audit_entry_id BLOB NOT NULL REFERENCES audit_entries (id),
    at_us INTEGER NOT NULL,
    members INTEGER NOT NULL,
    content TEXT NOT NULL,
    salt BLOB NOT NULL
) STRICT;
CREATE INDEX exports_at ON exports (at_us);
