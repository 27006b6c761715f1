-- Members. What says who somebody is, is sealed with his own key; what stands in plain words is what lists are made by,
-- and means nothing without the sealed part: docs/sealed-columns.md.
CREATE TABLE members (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    key_id BLOB NOT NULL UNIQUE,
    profile_sealed BLOB NOT NULL,
    version INTEGER NOT NULL,
    category TEXT NOT NULL,
    language TEXT,
    source TEXT,
    home_branch_id BLOB REFERENCES branches (id),
    check_due_day INTEGER,
    membership_ends_day INTEGER,
    first_visit_us INTEGER,
    last_visit_us INTEGER,
    visits INTEGER NOT NULL,
    bookings INTEGER NOT NULL,
    receipts INTEGER NOT NULL,
    spent_minor INTEGER NOT NULL,
    merged_into BLOB REFERENCES members (id),
    merged_us INTEGER,
    added_us INTEGER NOT NULL,
    changed_us INTEGER NOT NULL
) STRICT;
-- Every list walks this one from the newest member on: all that a filter asks about, without the sealed profiles, so that
-- even a list that lets nobody through reads a few dozen bytes for each member.
CREATE INDEX members_list ON members (number, category, home_branch_id, last_visit_us, membership_ends_day,
    spent_minor, visits, check_due_day, merged_into, id);
CREATE INDEX members_merged ON members (merged_into) WHERE merged_into IS NOT NULL;

-- Keyed hashes of what a member is found by: a phone, an address, a document, a messenger.
CREATE TABLE member_lookups (
    kind TEXT NOT NULL,
    hash BLOB NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    PRIMARY KEY (kind, hash, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_lookups_member ON member_lookups (member_id);

-- With the member's number, so that a list by tag is in order without sorting.
CREATE TABLE member_tags (
    tag TEXT NOT NULL,
    number INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    PRIMARY KEY (tag, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_tags_member ON member_tags (member_id);

-- The photo on the profile, sealed.
CREATE TABLE member_photos (
    id BLOB NOT NULL PRIMARY KEY,
    member_id BLOB NOT NULL UNIQUE REFERENCES members (id),
    photo_sealed BLOB NOT NULL,
    added_us INTEGER NOT NULL
) STRICT;

-- Family ties: `tie` is what the first is to the second.
CREATE TABLE family_links (
    member_id BLOB NOT NULL REFERENCES members (id),
    relative_id BLOB NOT NULL REFERENCES members (id),
    tie TEXT NOT NULL,
    PRIMARY KEY (member_id, relative_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX family_links_relative ON family_links (relative_id);

-- Lists that somebody looks at again: the filter as JSON.
CREATE TABLE saved_filters (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    filter TEXT NOT NULL,
    added_us INTEGER NOT NULL
) STRICT;
