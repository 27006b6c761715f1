-- A profile photo has a key of its own, as a face template has: when its consent is withdrawn, no old backup brings it back.
-- The table was empty: until here nothing wrote a photo.
DROP TABLE member_photos;
CREATE TABLE member_photos (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL UNIQUE REFERENCES members (id),
    key_id BYTEA NOT NULL UNIQUE,
    photo_sealed BYTEA NOT NULL,
    added_us BIGINT NOT NULL
);
