-- The ring of purpose keys, sealed under the root key: one row.
CREATE TABLE ring (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    secret_kind TEXT NOT NULL,
    salt BYTEA NOT NULL,
    sealed BYTEA NOT NULL
);

-- The data key of each member, sealed under a version of the personal data key.
CREATE TABLE member_keys (
    id BYTEA NOT NULL PRIMARY KEY,
    ring_version BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    made_us BIGINT NOT NULL
);
CREATE INDEX member_keys_version ON member_keys (ring_version);

-- Keys that were destroyed, by their ids, which tell nothing. An old backup of this table's neighbour is cleaned by it.
CREATE TABLE destroyed_keys (
    id BYTEA NOT NULL PRIMARY KEY,
    destroyed_us BIGINT NOT NULL
);
