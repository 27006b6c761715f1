-- Which decision rests on which transaction of an outside provider, append-only: a transaction that has opened opens nothing again.
-- The id itself is in the audit entry of the decision's member, sealed; here is its keyed hash.
CREATE TABLE provider_answers (
    passage_id BYTEA NOT NULL REFERENCES passages (id),
    transaction_hash BYTEA NOT NULL,
    PRIMARY KEY (passage_id, transaction_hash)
);
CREATE INDEX provider_answers_transaction ON provider_answers (transaction_hash);
