-- Rows of spreadsheets that were taken over, by keyed hashes: a second run knows them again, and whether what it brings is new.
CREATE TABLE import_rows (
    row_hash BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    content_hash BYTEA NOT NULL,
    member_version BIGINT NOT NULL
);
CREATE INDEX import_rows_member ON import_rows (member_id);
