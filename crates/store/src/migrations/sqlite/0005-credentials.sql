-- What a member carries, is or knows to be recognised by. `state`, `reason`, `until_us` and `replaced_by` stand here for the
-- quick look: they are always what the history makes, and the history counts. `state` knows no clock: what is past
-- `until_us` has expired. A biometric credential has a key of its own, which is destroyed when the consent is withdrawn.
CREATE TABLE credentials (
    id BLOB NOT NULL PRIMARY KEY,
    member_id BLOB NOT NULL REFERENCES members (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'limited', 'blocked', 'lost')),
    reason TEXT,
    until_us INTEGER,
    replaces_id BLOB REFERENCES credentials (id),
    replaced_by_id BLOB REFERENCES credentials (id),
    purpose TEXT,
    consent_id BLOB,
    key_id BLOB UNIQUE,
    content_sealed BLOB,
    issued_us INTEGER NOT NULL
) STRICT;
CREATE INDEX credentials_member ON credentials (member_id, id);
CREATE INDEX credentials_replaces ON credentials (replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX credentials_replaced_by ON credentials (replaced_by_id) WHERE replaced_by_id IS NOT NULL;

-- The history, one row for each change, in the order of recording. Rows are only added.
CREATE TABLE credential_events (
    credential_id BLOB NOT NULL REFERENCES credentials (id),
    place INTEGER NOT NULL,
    operation_id BLOB UNIQUE,
    at_us INTEGER NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('staff', 'member', 'system')),
    actor_id BLOB,
    change TEXT NOT NULL,
    reason TEXT,
    until_us INTEGER,
    other_id BLOB,
    PRIMARY KEY (credential_id, place)
) STRICT, WITHOUT ROWID;

-- Keyed hashes of what a credential is found by: a card in each of its spellings, a club number, a device, a phone.
CREATE TABLE credential_lookups (
    hash BLOB NOT NULL,
    credential_id BLOB NOT NULL REFERENCES credentials (id),
    PRIMARY KEY (hash, credential_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_lookups_credential ON credential_lookups (credential_id);
