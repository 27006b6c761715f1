-- The rules of a programme, as JSON. Append-only: what was bought under a version keeps it.
CREATE TABLE programme_versions (
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    version BIGINT NOT NULL,
    rules TEXT NOT NULL,
    added_us BIGINT NOT NULL,
    PRIMARY KEY (programme_id, version)
);

-- The programme that a branch's tills work for.
CREATE TABLE branch_programmes (
    branch_id BYTEA PRIMARY KEY REFERENCES branches (id),
    programme_id BYTEA NOT NULL REFERENCES programmes (id)
);
