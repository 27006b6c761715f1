-- Devices whose codes are known: `key_id` stands in each code and is no secret, the public key is in the credential.
CREATE TABLE device_keys (
    key_id BLOB NOT NULL PRIMARY KEY,
    credential_id BLOB NOT NULL UNIQUE REFERENCES credentials (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    paired_us INTEGER NOT NULL,
    by_member INTEGER NOT NULL CHECK (by_member IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX device_keys_member ON device_keys (member_id, paired_us);

-- Links that pair a device once. The secret itself is only in the link. `key_id` is that of the device that used it.
CREATE TABLE pairing_links (
    id BLOB NOT NULL PRIMARY KEY,
    secret_hash BLOB NOT NULL UNIQUE,
    member_id BLOB NOT NULL REFERENCES members (id),
    by_member INTEGER NOT NULL CHECK (by_member IN (0, 1)),
    made_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    key_id BLOB
) STRICT;
CREATE INDEX pairing_links_member ON pairing_links (member_id, made_us);
CREATE INDEX pairing_links_until ON pairing_links (until_us);

-- Codes that have opened, until they are too old to count anyway. The step comes first, because that is how they are swept.
CREATE TABLE used_codes (
    step INTEGER NOT NULL,
    key_id BLOB NOT NULL REFERENCES device_keys (key_id),
    tap INTEGER NOT NULL,
    PRIMARY KEY (step, key_id, tap)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_codes_key ON used_codes (key_id);
