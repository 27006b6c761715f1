-- How a door decides, where that is not the standard. `demands` is a JSON list of lists of methods.
CREATE TABLE door_rules (
    access_point_id BYTEA NOT NULL PRIMARY KEY REFERENCES access_points (id),
    demands TEXT NOT NULL,
    anti_passback TEXT NOT NULL CHECK (anti_passback IN ('off', 'soft', 'hard')),
    when_check_due TEXT NOT NULL CHECK (when_check_due IN ('mark', 'refuse')),
    passing TEXT NOT NULL CHECK (passing IN ('reported', 'assumed')),
    double_tap_us BIGINT NOT NULL,
    grant_us BIGINT NOT NULL,
    again_after_us BIGINT NOT NULL
);

-- What doors decided, append-only: one row for each request, whose id comes from the device and is taken once for ever. A grant
-- is no passage: that somebody went through is an event of its own. The credential and the membership are named without a
-- reference, because the row tells what was, also when a membership goes to somebody else.
CREATE TABLE passages (
    id BYTEA NOT NULL PRIMARY KEY,
    operation_id BYTEA NOT NULL UNIQUE,
    at_us BIGINT NOT NULL,
    access_point_id BYTEA NOT NULL REFERENCES access_points (id),
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit')),
    member_id BYTEA REFERENCES members (id),
    credential_id BYTEA,
    methods TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('admitted', 'same_passage', 'refused', 'second_factor')),
    reason TEXT,
    detail TEXT NOT NULL,
    marks TEXT NOT NULL,
    membership_id BYTEA,
    visit_operation_id BYTEA,
    grant_id BYTEA,
    lapses_us BIGINT,
    audit_entry_id BYTEA NOT NULL REFERENCES audit_entries (id)
);
CREATE INDEX passages_newest ON passages (at_us, id);
CREATE INDEX passages_branch ON passages (branch_id, at_us, id);
CREATE INDEX passages_member ON passages (member_id, at_us) WHERE member_id IS NOT NULL;

-- What became of grants, append-only. A grant has one end: it was passed, or it lapsed.
CREATE TABLE passage_events (
    id BYTEA NOT NULL PRIMARY KEY,
    operation_id BYTEA NOT NULL UNIQUE,
    at_us BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('passed', 'assumed', 'lapsed', 'tailgate', 'unattributed')),
    access_point_id BYTEA NOT NULL REFERENCES access_points (id),
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit')),
    grant_id BYTEA,
    member_id BYTEA REFERENCES members (id),
    inside_us BIGINT,
    audit_entry_id BYTEA NOT NULL REFERENCES audit_entries (id)
);
CREATE UNIQUE INDEX passage_events_end ON passage_events (grant_id) WHERE kind IN ('passed', 'assumed', 'lapsed');
CREATE INDEX passage_events_grant ON passage_events (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX passage_events_member ON passage_events (member_id, zone_id, at_us) WHERE member_id IS NOT NULL;

-- Grants that have no end yet. They hold a place in their zone until they lapse.
CREATE TABLE open_grants (
    passage_id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA REFERENCES members (id),
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit')),
    lapses_us BIGINT NOT NULL
);
CREATE INDEX open_grants_zone ON open_grants (zone_id, lapses_us);
CREATE INDEX open_grants_lapses ON open_grants (lapses_us);
CREATE INDEX open_grants_member ON open_grants (member_id) WHERE member_id IS NOT NULL;

-- Who is inside now, by zone; `membership_id` is what opened the first door of the visit.
CREATE TABLE presence (
    member_id BYTEA NOT NULL REFERENCES members (id),
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    since_us BIGINT NOT NULL,
    passage_id BYTEA NOT NULL,
    membership_id BYTEA,
    PRIMARY KEY (member_id, zone_id)
);
CREATE INDEX presence_zone ON presence (zone_id, since_us);
CREATE INDEX presence_branch ON presence (branch_id, since_us);

-- Stays that somebody of the staff ended by hand, append-only.
CREATE TABLE presence_corrections (
    id BYTEA NOT NULL PRIMARY KEY,
    operation_id BYTEA NOT NULL UNIQUE,
    at_us BIGINT NOT NULL,
    staff_id BYTEA NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    zone_id BYTEA NOT NULL REFERENCES zones (id),
    reason TEXT NOT NULL,
    recent BIGINT NOT NULL,
    audit_entry_id BYTEA NOT NULL REFERENCES audit_entries (id)
);
CREATE INDEX presence_corrections_staff ON presence_corrections (staff_id, at_us);
CREATE INDEX presence_corrections_member ON presence_corrections (member_id);

-- Decisions of the club to keep somebody out.
CREATE TABLE suspensions (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    reason TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    until_us BIGINT,
    lifted_us BIGINT
);
CREATE INDEX suspensions_member ON suspensions (member_id);
