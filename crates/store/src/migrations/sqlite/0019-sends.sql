-- One-time codes that somebody has asked to be sent, for a day: what is counted against guessing and pumping survives a restart. A row
-- is there for a number that nobody has here as well: the answer is the same, and so is what is counted. Neither the code nor the
-- address is here: of what was asked for and of where it went, there is a keyed hash.
CREATE TABLE sends (
    id BLOB NOT NULL PRIMARY KEY,
    at_us INTEGER NOT NULL,
    place TEXT NOT NULL CHECK (place IN ('access_point', 'till', 'set_up')),
    access_point_id BLOB REFERENCES access_points (id),
    till_id BLOB REFERENCES tills (id),
    asked_hash BLOB NOT NULL,
    address_hash BLOB,
    member_id BLOB REFERENCES members (id),
    channel TEXT CHECK (channel IN ('sms', 'email')),
    outcome TEXT NOT NULL CHECK (outcome IN ('none', 'begun', 'taken', 'failed')),
    used_us INTEGER,
    CHECK ((place = 'access_point') = (access_point_id IS NOT NULL)),
    CHECK ((place = 'till') = (till_id IS NOT NULL)),
    CHECK ((outcome = 'none') = (channel IS NULL)),
    CHECK ((channel IS NULL) = (address_hash IS NULL))
) STRICT;
CREATE INDEX sends_at ON sends (at_us);
CREATE INDEX sends_asked ON sends (asked_hash, at_us);
CREATE INDEX sends_address ON sends (address_hash, at_us) WHERE address_hash IS NOT NULL;
CREATE INDEX sends_member ON sends (member_id, at_us) WHERE member_id IS NOT NULL;
