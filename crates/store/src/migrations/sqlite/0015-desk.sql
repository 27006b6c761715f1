-- What waits for somebody of the staff: the id is that of the first decision or event, `passage_id` the latest decision. A row goes
-- when somebody decides, or when the person was let in after all. The decisions themselves stay.
CREATE TABLE attention (
    id BLOB NOT NULL PRIMARY KEY,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    access_point_id BLOB NOT NULL REFERENCES access_points (id),
    why TEXT NOT NULL CHECK (why IN ('refused', 'lost_card', 'second_factor', 'mark', 'tailgate', 'unattributed')),
    member_id BLOB REFERENCES members (id),
    passage_id BLOB,
    since_us INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    times INTEGER NOT NULL
) STRICT;
CREATE INDEX attention_branch ON attention (branch_id, at_us, id);
CREATE INDEX attention_member ON attention (member_id) WHERE member_id IS NOT NULL;

-- What somebody decided about it, append-only.
CREATE TABLE attention_settled (
    id BLOB NOT NULL PRIMARY KEY,
    operation_id BLOB NOT NULL UNIQUE,
    at_us INTEGER NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    staff_id BLOB NOT NULL,
    how TEXT NOT NULL,
    note_sealed BLOB,
    member_id BLOB REFERENCES members (id),
    audit_entry_id BLOB NOT NULL REFERENCES audit_entries (id)
) STRICT;
CREATE INDEX attention_settled_branch ON attention_settled (branch_id, at_us);
CREATE INDEX attention_settled_member ON attention_settled (member_id) WHERE member_id IS NOT NULL;

-- Who let somebody in by hand and why, append-only; `refused_id` is the decision that it overrules.
CREATE TABLE hand_admissions (
    passage_id BLOB NOT NULL PRIMARY KEY,
    staff_id BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    note_sealed BLOB,
    refused_id BLOB,
    member_id BLOB REFERENCES members (id)
) STRICT;
CREATE INDEX hand_admissions_staff ON hand_admissions (staff_id, at_us);
CREATE INDEX hand_admissions_member ON hand_admissions (member_id) WHERE member_id IS NOT NULL;

-- Who has which locker now.
CREATE TABLE locker_holders (
    locker_id BLOB NOT NULL PRIMARY KEY REFERENCES lockers (id),
    branch_id BLOB NOT NULL REFERENCES branches (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    credential_id BLOB NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX locker_holders_member ON locker_holders (member_id, branch_id);
CREATE INDEX locker_holders_branch ON locker_holders (branch_id, since_us, locker_id);

-- What happened to lockers, append-only.
CREATE TABLE locker_events (
    id BLOB NOT NULL PRIMARY KEY,
    operation_id BLOB NOT NULL UNIQUE,
    at_us INTEGER NOT NULL,
    locker_id BLOB NOT NULL REFERENCES lockers (id),
    kind TEXT NOT NULL CHECK (kind IN ('taken', 'opened', 'released')),
    why TEXT,
    member_id BLOB NOT NULL REFERENCES members (id),
    credential_id BLOB NOT NULL,
    audit_entry_id BLOB NOT NULL REFERENCES audit_entries (id)
) STRICT;
CREATE INDEX locker_events_locker ON locker_events (locker_id, at_us);
CREATE INDEX locker_events_member ON locker_events (member_id, at_us);

-- Since when doors decide in the shadow of an older system, of a whole branch or of one door.
ALTER TABLE branches ADD COLUMN trial_us INTEGER;
ALTER TABLE access_points ADD COLUMN trial_us INTEGER;

-- A decision that no door was told of.
ALTER TABLE passages ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0 CHECK (shadow IN (0, 1));
CREATE INDEX passages_shadow ON passages (branch_id, at_us, id) WHERE shadow;

-- What the older system did at the same doors, append-only; `passage_id` is the decision of ours that it belongs to.
CREATE TABLE trial_observations (
    id BLOB NOT NULL PRIMARY KEY,
    operation_id BLOB NOT NULL UNIQUE,
    at_us INTEGER NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    access_point_id BLOB NOT NULL REFERENCES access_points (id),
    admitted INTEGER NOT NULL CHECK (admitted IN (0, 1)),
    member_id BLOB REFERENCES members (id),
    passage_id BLOB,
    audit_entry_id BLOB NOT NULL REFERENCES audit_entries (id)
) STRICT;
CREATE INDEX trial_observations_branch ON trial_observations (branch_id, at_us, id);
CREATE UNIQUE INDEX trial_observations_passage ON trial_observations (passage_id) WHERE passage_id IS NOT NULL;
CREATE INDEX trial_observations_member ON trial_observations (member_id) WHERE member_id IS NOT NULL;

-- Whoever looks like somebody else may ask that a face alone never opens (case B-13).
ALTER TABLE members ADD COLUMN never_face_alone INTEGER NOT NULL DEFAULT 0 CHECK (never_face_alone IN (0, 1));

-- Unknown reads of a minute at one door. Those beyond the limit are counted here and have the row `passage_id` together.
CREATE TABLE door_floods (
    access_point_id BLOB NOT NULL REFERENCES access_points (id),
    minute_us INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    passage_id BLOB,
    told INTEGER NOT NULL CHECK (told IN (0, 1)),
    PRIMARY KEY (access_point_id, minute_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX door_floods_told ON door_floods (minute_us) WHERE NOT told;
