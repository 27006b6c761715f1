-- Who must be told that keys were destroyed, noted in the same transaction, until it stands in the book's jobs.
CREATE TABLE to_be_told (
    id BLOB NOT NULL PRIMARY KEY,
    subject_id BLOB NOT NULL,
    payload TEXT NOT NULL,
    made_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
