-- The ring of purpose keys, sealed under the root key: one row.
CREATE TABLE ring (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    secret_kind TEXT NOT NULL,
    salt BLOB NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

-- The data key of each member, sealed under a version of the personal data key.
CREATE TABLE member_keys (
    id BLOB NOT NULL PRIMARY KEY,
    ring_version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    made_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_keys_version ON member_keys (ring_version);

-- Keys that were destroyed, by their ids, which tell nothing. An old backup of this table's neighbour is cleaned by it.
CREATE TABLE destroyed_keys (
    id BLOB NOT NULL PRIMARY KEY,
    destroyed_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
