-- The chain's branches. `zone` is the time zone; everything that has a date has it in the branch's calendar.
CREATE TABLE branches (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    language TEXT NOT NULL,
    opening TEXT NOT NULL,
    closed_us BIGINT,
    added_us BIGINT NOT NULL
);

-- Parts of a branch that a plan may open.
CREATE TABLE zones (
    id BYTEA NOT NULL PRIMARY KEY,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    capacity BIGINT
);
CREATE INDEX zones_branch ON zones (branch_id);

-- Doors, turnstiles, gates. `methods` is a JSON list of what may be shown there, never of biometrics alone.
CREATE TABLE access_points (
    id BYTEA NOT NULL PRIMARY KEY,
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    name TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit', 'both')),
    methods TEXT NOT NULL,
    when_unwritable TEXT NOT NULL CHECK (when_unwritable IN ('keep_admitting', 'deny'))
);
CREATE INDEX access_points_zone ON access_points (zone_id);

CREATE TABLE tills (
    id BYTEA NOT NULL PRIMARY KEY,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    name TEXT NOT NULL
);
CREATE INDEX tills_branch ON tills (branch_id);

CREATE TABLE lockers (
    id BYTEA NOT NULL PRIMARY KEY,
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    name TEXT NOT NULL
);
CREATE INDEX lockers_zone ON lockers (zone_id);
