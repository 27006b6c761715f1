-- Members. What says who somebody is, is sealed with his own key; what stands in plain words is what lists are made by,
-- and means nothing without the sealed part: docs/sealed-columns.md.
CREATE TABLE members (
    id BYTEA NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    key_id BYTEA NOT NULL UNIQUE,
    profile_sealed BYTEA NOT NULL,
    version BIGINT NOT NULL,
    category TEXT NOT NULL,
    language TEXT,
    source TEXT,
    home_branch_id BYTEA REFERENCES branches (id),
    check_due_day BIGINT,
    membership_ends_day BIGINT,
    first_visit_us BIGINT,
    last_visit_us BIGINT,
    visits BIGINT NOT NULL,
    bookings BIGINT NOT NULL,
    receipts BIGINT NOT NULL,
    spent_minor BIGINT NOT NULL,
    merged_into BYTEA REFERENCES members (id),
    merged_us BIGINT,
    added_us BIGINT NOT NULL,
    changed_us BIGINT NOT NULL
);
-- Every list walks this one from the newest member on: all that a filter asks about, without the sealed profiles, so that
-- even a list that lets nobody through reads a few dozen bytes for each member.
CREATE INDEX members_list ON members (number, category, home_branch_id, last_visit_us, membership_ends_day,
    spent_minor, visits, check_due_day, merged_into, id);
CREATE INDEX members_merged ON members (merged_into) WHERE merged_into IS NOT NULL;

-- Keyed hashes of what a member is found by: a phone, an address, a document, a messenger.
CREATE TABLE member_lookups (
    kind TEXT NOT NULL,
    hash BYTEA NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    PRIMARY KEY (kind, hash, member_id)
);
CREATE INDEX member_lookups_member ON member_lookups (member_id);

-- With the member's number, so that a list by tag is in order without sorting.
CREATE TABLE member_tags (
    tag TEXT NOT NULL,
    number BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    PRIMARY KEY (tag, number)
);
CREATE INDEX member_tags_member ON member_tags (member_id);

-- The photo on the profile, sealed.
CREATE TABLE member_photos (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL UNIQUE REFERENCES members (id),
    photo_sealed BYTEA NOT NULL,
    added_us BIGINT NOT NULL
);

-- Family ties: `tie` is what the first is to the second.
CREATE TABLE family_links (
    member_id BYTEA NOT NULL REFERENCES members (id),
    relative_id BYTEA NOT NULL REFERENCES members (id),
    tie TEXT NOT NULL,
    PRIMARY KEY (member_id, relative_id)
);
CREATE INDEX family_links_relative ON family_links (relative_id);

-- Lists that somebody looks at again: the filter as JSON.
CREATE TABLE saved_filters (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    filter TEXT NOT NULL,
    added_us BIGINT NOT NULL
);
