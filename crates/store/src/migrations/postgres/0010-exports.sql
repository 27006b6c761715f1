-- Members who were carried out of the book in a file. `content` is JSON: columns, filter, reason. Who and when stands in the
-- audit entry, which commits to the salt and the content.
CREATE TABLE exports (
    id BYTEA NOT NULL PRIMARY KEY,
    audit_entry_id BYTEA NOT NULL REFERENCES audit_entries (id),
    at_us BIGINT NOT NULL,
    members BIGINT NOT NULL,
    content TEXT NOT NULL,
    salt BYTEA NOT NULL
);
CREATE INDEX exports_at ON exports (at_us);
