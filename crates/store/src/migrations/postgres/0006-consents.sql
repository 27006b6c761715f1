-- Texts to consent to, to the letter; `hash` is the SHA-256 of `content`. Each is for one law, one modality, one purpose. The
-- content never changes; a text that is retired can be put in force again.
CREATE TABLE consent_texts (
    hash BYTEA NOT NULL PRIMARY KEY,
    jurisdiction TEXT NOT NULL,
    modality TEXT NOT NULL,
    purpose TEXT NOT NULL,
    language TEXT NOT NULL,
    separate_document BOOLEAN NOT NULL,
    content TEXT NOT NULL,
    added_us BIGINT NOT NULL,
    retired_us BIGINT
);
CREATE INDEX consent_texts_in_force ON consent_texts (jurisdiction, modality, purpose) WHERE retired_us IS NULL;

-- Consents and withdrawals as they happened. Rows are only added. Who gave it and where the proof lies is sealed.
CREATE TABLE consent_events (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    what TEXT NOT NULL CHECK (what IN ('given', 'withdrawn')),
    modality TEXT NOT NULL,
    purpose TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    given_day BIGINT,
    text_hash BYTEA REFERENCES consent_texts (hash),
    until_us BIGINT,
    channel TEXT,
    operator_id BYTEA,
    giver_sealed BYTEA NOT NULL
);
CREATE INDEX consent_events_member ON consent_events (member_id, modality, purpose, at_us);
CREATE INDEX consent_events_text ON consent_events (text_hash);

-- Face templates, sealed with the key of their credential for one purpose and one model.
CREATE TABLE face_templates (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    credential_id BYTEA NOT NULL REFERENCES credentials (id),
    consent_id BYTEA NOT NULL REFERENCES consent_events (id),
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    until_us BIGINT,
    template_sealed BYTEA NOT NULL,
    added_us BIGINT NOT NULL
);
CREATE INDEX face_templates_model ON face_templates (model, purpose);
CREATE INDEX face_templates_member ON face_templates (member_id);
CREATE INDEX face_templates_credential ON face_templates (credential_id);
CREATE INDEX face_templates_consent ON face_templates (consent_id);

-- The pictures that templates were made from, sealed likewise, one for each template at most.
CREATE TABLE source_images (
    template_id BYTEA NOT NULL PRIMARY KEY REFERENCES face_templates (id),
    member_id BYTEA NOT NULL REFERENCES members (id),
    image_sealed BYTEA NOT NULL,
    added_us BIGINT NOT NULL
);
CREATE INDEX source_images_member ON source_images (member_id);

-- What was destroyed, when, why and by whom. Rows are only added, and stay when the member is gone: then `member_id` is the
-- number of nobody. `destroyed` is JSON; `hash` is over all of it, `signature` over the hash by the installation's key.
CREATE TABLE erasure_certificates (
    id BYTEA NOT NULL PRIMARY KEY,
    member_id BYTEA NOT NULL,
    cause TEXT NOT NULL,
    modality TEXT,
    purpose TEXT,
    actor_kind TEXT NOT NULL,
    actor_id BYTEA,
    at_us BIGINT NOT NULL,
    destroyed TEXT NOT NULL,
    hash BYTEA NOT NULL,
    signature BYTEA NOT NULL
);
CREATE INDEX erasure_certificates_member ON erasure_certificates (member_id, id);
