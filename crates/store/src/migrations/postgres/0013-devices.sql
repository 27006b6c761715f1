-- What asks on behalf of a door, a desk or a till. Of the key only a keyed hash is kept: it finds the device, and nobody who may
-- write here can make one that fits a key of his own. A device is bound to one thing, and never deleted.
CREATE TABLE devices (
    id BYTEA NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('door_adapter', 'kiosk', 'sigur_server', 'desk_reader', 'till')),
    name TEXT NOT NULL,
    access_point_id BYTEA REFERENCES access_points (id),
    branch_id BYTEA REFERENCES branches (id),
    till_id BYTEA REFERENCES tills (id),
    login TEXT,
    key_hash BYTEA NOT NULL UNIQUE,
    added_us BIGINT NOT NULL,
    revoked_us BIGINT,
    seen_us BIGINT,
    CHECK ((kind IN ('door_adapter', 'kiosk', 'desk_reader')) = (access_point_id IS NOT NULL)),
    CHECK ((kind = 'sigur_server') = (branch_id IS NOT NULL)),
    CHECK ((kind = 'till') = (till_id IS NOT NULL))
);

-- Which of our access points a number of a SIGUR server means, and which of the directions 1 and 2 is the way in there.
CREATE TABLE sigur_points (
    device_id BYTEA NOT NULL REFERENCES devices (id),
    number BIGINT NOT NULL,
    access_point_id BYTEA NOT NULL REFERENCES access_points (id),
    entry_direction BIGINT NOT NULL CHECK (entry_direction IN (1, 2)),
    byte_order TEXT NOT NULL CHECK (byte_order IN ('as_on_card', 'reversed')),
    PRIMARY KEY (device_id, number)
);

-- Entries of a SIGUR server's log that were delivered, append-only: each number once. The hash tells a resend from another entry
-- under the same number.
CREATE TABLE sigur_log (
    device_id BYTEA NOT NULL REFERENCES devices (id),
    log_id BIGINT NOT NULL,
    entry_hash BYTEA NOT NULL,
    received_us BIGINT NOT NULL,
    became TEXT NOT NULL CHECK (became IN ('passed', 'assumed', 'tailgate', 'unattributed', 'nothing')),
    PRIMARY KEY (device_id, log_id)
);

-- Entries that somebody should look at, as they came, until he has or until their time is over.
CREATE TABLE sigur_quarantine (
    id BYTEA NOT NULL PRIMARY KEY,
    device_id BYTEA NOT NULL REFERENCES devices (id),
    entry_hash BYTEA NOT NULL,
    log_id BIGINT,
    received_us BIGINT NOT NULL,
    cause TEXT NOT NULL,
    member_id BYTEA REFERENCES members (id),
    entry_sealed BYTEA,
    UNIQUE (device_id, entry_hash)
);
CREATE INDEX sigur_quarantine_received ON sigur_quarantine (received_us);
CREATE INDEX sigur_quarantine_member ON sigur_quarantine (member_id) WHERE member_id IS NOT NULL;

-- Requests that carry an Idempotency-Key, until their answer is old. A claim without an answer has no status.
CREATE TABLE idempotency_keys (
    key_hash BYTEA NOT NULL PRIMARY KEY,
    caller_kind TEXT NOT NULL,
    caller_id BYTEA,
    request_hash BYTEA NOT NULL,
    claim_id BYTEA NOT NULL,
    claimed_us BIGINT NOT NULL,
    status BIGINT,
    answer_sealed BYTEA
);
CREATE INDEX idempotency_keys_claimed ON idempotency_keys (claimed_us);
CREATE INDEX idempotency_keys_caller ON idempotency_keys (caller_id) WHERE caller_id IS NOT NULL;
