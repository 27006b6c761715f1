-- The chain's branches. `zone` is the time zone; everything that has a date has it in the branch's calendar.
CREATE TABLE branches (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    language TEXT NOT NULL,
    opening TEXT NOT NULL,
    closed_us INTEGER,
    added_us INTEGER NOT NULL
) STRICT;

-- Parts of a branch that a plan may open.
CREATE TABLE zones (
    id BLOB NOT NULL PRIMARY KEY,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    capacity INTEGER
) STRICT;
CREATE INDEX zones_branch ON zones (branch_id);

-- Doors, turnstiles, gates. `methods` is a JSON list of what may be shown there, never of biometrics alone.
CREATE TABLE access_points (
    id BLOB NOT NULL PRIMARY KEY,
    zone_id BLOB NOT NULL REFERENCES zones (id),
    name TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit', 'both')),
    methods TEXT NOT NULL,
    when_unwritable TEXT NOT NULL CHECK (when_unwritable IN ('keep_admitting', 'deny'))
) STRICT;
CREATE INDEX access_points_zone ON access_points (zone_id);

CREATE TABLE tills (
    id BLOB NOT NULL PRIMARY KEY,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    name TEXT NOT NULL
) STRICT;
CREATE INDEX tills_branch ON tills (branch_id);

CREATE TABLE lockers (
    id BLOB NOT NULL PRIMARY KEY,
    zone_id BLOB NOT NULL REFERENCES zones (id),
    name TEXT NOT NULL
) STRICT;
CREATE INDEX lockers_zone ON lockers (zone_id);
