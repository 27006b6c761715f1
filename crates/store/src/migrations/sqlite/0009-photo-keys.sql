-- A profile photo has a key of its own, as a face template has: when its consent is withdrawn, no old backup brings it back.
-- The table was empty: until here nothing wrote a photo.
DROP TABLE member_photos;
CREATE TABLE member_photos (
    id BLOB NOT NULL PRIMARY KEY,
    member_id BLOB NOT NULL UNIQUE REFERENCES members (id),
    key_id BLOB NOT NULL UNIQUE,
    photo_sealed BLOB NOT NULL,
    added_us INTEGER NOT NULL
) STRICT;
