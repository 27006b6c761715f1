-- Rows of spreadsheets that were taken over, by keyed hashes: a second run knows them again, and whether what it brings is new.
CREATE TABLE import_rows (
    row_hash BLOB NOT NULL PRIMARY KEY,
    member_id BLOB NOT NULL REFERENCES members (id),
    content_hash BLOB NOT NULL,
    member_version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX import_rows_member ON import_rows (member_id);
