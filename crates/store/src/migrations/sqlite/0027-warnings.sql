-- That a member was told ahead of points that come to nothing: one row for each day on which some do and each warning, so that a letter
-- goes out once.
CREATE TABLE expiry_warnings (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    ends_us INTEGER NOT NULL,
    days_ahead INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (wallet_id, ends_us, days_ahead)
) STRICT, WITHOUT ROWID;
