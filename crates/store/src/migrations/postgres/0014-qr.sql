-- Devices whose codes are known: `key_id` stands in each code and is no secret, the public key is in the credential.
CREATE TABLE device_keys (
    key_id BYTEA NOT NULL PRIMARY KEY,
    credential_id BYTEA NOT NULL UNIQUE REFERENCES credentials (id),
    member_id BYTEA NOT NULL REFERENCES members (id),
    paired_us BIGINT NOT NULL,
    by_member BOOLEAN NOT NULL
);
CREATE INDEX device_keys_member ON device_keys (member_id, paired_us);

-- Links that pair a device once. The secret itself is only in the link. `key_id` is that of the device that used it.
CREATE TABLE pairing_links (
    id BYTEA NOT NULL PRIMARY KEY,
    secret_hash BYTEA NOT NULL UNIQUE,
    member_id BYTEA NOT NULL REFERENCES members (id),
    by_member BOOLEAN NOT NULL,
    made_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    key_id BYTEA
);
CREATE INDEX pairing_links_member ON pairing_links (member_id, made_us);
CREATE INDEX pairing_links_until ON pairing_links (until_us);

-- Codes that have opened, until they are too old to count anyway. The step comes first, because that is how they are swept.
CREATE TABLE used_codes (
    step BIGINT NOT NULL,
    key_id BYTEA NOT NULL REFERENCES device_keys (key_id),
    tap BIGINT NOT NULL,
    PRIMARY KEY (step, key_id, tap)
);
CREATE INDEX used_codes_key ON used_codes (key_id);
