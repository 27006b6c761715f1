-- What a member carries, is or knows to be recognised by. `state`, `reason`, `until_us` and `replaced_by` stand here for the
-- quick look: they are always what the history makes, and the history counts. `state` knows no clock: what is past
-- `until_us` has expired. A biometric credential has a key of its own, which is destroyed when the consent is withdrawn.
CREATE TABLE credentials (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'limited', 'blocked', 'lost')),
    reason TEXT,
    until_us BIGINT,
    replaces_id BYTEA REFERENCES credentials (id),
    replaced_by_id BYTEA REFERENCES credentials (id),
    purpose TEXT,
    consent_id BYTEA,
    key_id BYTEA UNIQUE,
    content_sealed BYTEA,
    issued_us BIGINT NOT NULL
);
CREATE INDEX credentials_member ON credentials (member_id, id);
CREATE INDEX credentials_replaces ON credentials (replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX credentials_replaced_by ON credentials (replaced_by_id) WHERE replaced_by_id IS NOT NULL;

-- The history, one row for each change, in the order of recording. Rows are only added.
CREATE TABLE credential_events (
    credential_id BYTEA NOT NULL REFERENCES credentials (id),
    place BIGINT NOT NULL,
    operation_id BYTEA UNIQUE,
    at_us BIGINT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('staff', 'member', 'system')),
    actor_id BYTEA,
    change TEXT NOT NULL,
    reason TEXT,
    until_us BIGINT,
    other_id BYTEA,
    PRIMARY KEY (credential_id, place)
);

-- Keyed hashes of what a credential is found by: a card in each of its spellings, a club number, a device, a phone.
CREATE TABLE credential_lookups (
    hash BYTEA NOT NULL,
    credential_id BYTEA NOT NULL REFERENCES credentials (id),
    PRIMARY KEY (hash, credential_id)
);
CREATE INDEX credential_lookups_credential ON credential_lookups (credential_id);
