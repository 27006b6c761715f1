-- The rules of a programme, as JSON. Append-only: what was bought under a version keeps it.
CREATE TABLE programme_versions (
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    version INTEGER NOT NULL,
    rules TEXT NOT NULL,
    added_us INTEGER NOT NULL,
    PRIMARY KEY (programme_id, version)
) STRICT;

-- The programme that a branch's tills work for.
CREATE TABLE branch_programmes (
    branch_id BLOB PRIMARY KEY REFERENCES branches (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id)
) STRICT;
