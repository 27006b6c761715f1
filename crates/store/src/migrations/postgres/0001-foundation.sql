-- The chain's own settings: one row for each key, JSON.
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
);

-- Who did what, when, from where, on whom. Written in the transaction of the effect; `seq` is given by the one sequencer.
-- Before and after stand here only as a commitment; what they were is sealed with the member's own key.
CREATE TABLE audit_entries (
    id BYTEA NOT NULL PRIMARY KEY,
    seq BIGINT UNIQUE,
    at_us BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BYTEA,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BYTEA,
    commitment BYTEA NOT NULL,
    detail_sealed BYTEA,
    salt BYTEA NOT NULL
);
CREATE INDEX audit_entries_unordered ON audit_entries (id) WHERE seq IS NULL;
CREATE INDEX audit_entries_subject ON audit_entries (subject_id, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, id);

-- The Merkle tree over the entries (RFC 9162): the hash of each whole subtree of 2^level leaves.
CREATE TABLE audit_nodes (
    level BIGINT NOT NULL,
    place BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, place)
);

-- Signed heads of the tree.
CREATE TABLE audit_checkpoints (
    size BIGINT NOT NULL PRIMARY KEY,
    root BYTEA NOT NULL,
    at_us BIGINT NOT NULL,
    signature BYTEA NOT NULL
);

-- What is to be done after a commit: the outbox and everything that runs by itself.
CREATE TABLE jobs (
    id BYTEA NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_id BYTEA,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    tries BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    claimed_until_us BIGINT,
    last_fault TEXT,
    made_us BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (due_us, id) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';

-- Dense numbers, given in order.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);
