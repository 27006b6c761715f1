-- That a member was told ahead of points that come to nothing: one row for each day on which some do and each warning, so that a letter
-- goes out once.
CREATE TABLE expiry_warnings (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    ends_us BIGINT NOT NULL,
    days_ahead BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (wallet_id, ends_us, days_ahead)
);
