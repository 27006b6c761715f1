-- What is out of use stays: passages, sales and plans point to it.
ALTER TABLE zones ADD COLUMN closed_us BIGINT;
ALTER TABLE access_points ADD COLUMN closed_us BIGINT;
ALTER TABLE tills ADD COLUMN closed_us BIGINT;
ALTER TABLE lockers ADD COLUMN closed_us BIGINT;

-- Services that plans include in counted amounts.
CREATE TABLE extras (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    added_us BIGINT NOT NULL
);

CREATE TABLE plans (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    note TEXT,
    archived_us BIGINT,
    added_us BIGINT NOT NULL
);

-- The terms of a plan as JSON. A version is never updated or deleted: what was sold keeps its terms.
CREATE TABLE plan_versions (
    plan_id BYTEA NOT NULL REFERENCES plans (id),
    version BIGINT NOT NULL,
    terms TEXT NOT NULL,
    added_us BIGINT NOT NULL,
    audit_entry_id BYTEA NOT NULL REFERENCES audit_entries (id),
    PRIMARY KEY (plan_id, version)
);

-- What a plan costs at a branch, where that is not the price of its terms.
CREATE TABLE price_list_entries (
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    plan_id BYTEA NOT NULL REFERENCES plans (id),
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    changed_us BIGINT NOT NULL,
    PRIMARY KEY (branch_id, plan_id)
);
CREATE INDEX price_list_entries_plan ON price_list_entries (plan_id);

-- Sold memberships. All but the sale itself is worked out from the events and stands here for lists: `until_day` is the
-- first day that is no longer valid.
CREATE TABLE memberships (
    id BYTEA NOT NULL PRIMARY KEY,
    plan_id BYTEA NOT NULL,
    plan_version BIGINT NOT NULL,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    holder_id BYTEA NOT NULL REFERENCES members (id),
    events BIGINT NOT NULL,
    until_day BIGINT,
    cancelled_day BIGINT,
    FOREIGN KEY (plan_id, plan_version) REFERENCES plan_versions (plan_id, version)
);
CREATE INDEX memberships_holder ON memberships (holder_id, until_day);
CREATE INDEX memberships_until ON memberships (until_day, id);
CREATE INDEX memberships_plan ON memberships (plan_id, plan_version);
CREATE INDEX memberships_branch ON memberships (branch_id);

-- What happened to a membership, append-only. Each place in the sequence is taken once, and so is each operation, for ever.
CREATE TABLE membership_events (
    membership_id BYTEA NOT NULL REFERENCES memberships (id),
    sequence BIGINT NOT NULL,
    operation_id BYTEA NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    day BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    payload TEXT NOT NULL,
    audit_entry_id BYTEA NOT NULL REFERENCES audit_entries (id),
    PRIMARY KEY (membership_id, sequence)
);

-- The freezes of a membership as its events leave them, for lists.
CREATE TABLE membership_freezes (
    membership_id BYTEA NOT NULL REFERENCES memberships (id),
    from_day BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    PRIMARY KEY (membership_id, from_day)
);
CREATE INDEX membership_freezes_until ON membership_freezes (until_day, from_day);
