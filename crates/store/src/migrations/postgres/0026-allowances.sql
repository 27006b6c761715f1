-- How often one member of a programme may earn: each version as somebody set it, the last one in force. No number is no limit.
CREATE TABLE programme_guards (
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    version BIGINT NOT NULL,
    purchases_hour BIGINT CHECK (purchases_hour > 0),
    purchases_day BIGINT CHECK (purchases_day > 0),
    claims_day BIGINT CHECK (claims_day > 0),
    claims_month BIGINT CHECK (claims_month > 0),
    set_us BIGINT NOT NULL,
    PRIMARY KEY (programme_id, version)
);

-- Which guard let a purchase earn nothing.
ALTER TABLE purchases ADD COLUMN guard TEXT;

-- Purchases of nobody that found their member afterwards.
CREATE TABLE purchase_claims (
    purchase_id BYTEA PRIMARY KEY REFERENCES purchases (id),
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    at_us BIGINT NOT NULL
);
CREATE INDEX purchase_claims_wallet ON purchase_claims (wallet_id, at_us);

-- How much money's worth of points a till may take without a network: in a day, and for one purchase.
CREATE TABLE allowance_limits (
    till_id BYTEA PRIMARY KEY REFERENCES tills (id),
    day_minor BIGINT NOT NULL CHECK (day_minor >= 0),
    purchase_minor BIGINT NOT NULL CHECK (purchase_minor BETWEEN 0 AND day_minor)
);

-- What a till was allowed to take. The house cannot lose more than its points.
CREATE TABLE allowances (
    id BYTEA PRIMARY KEY,
    till_id BYTEA NOT NULL REFERENCES tills (id),
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    -- The rules that purchases by it are made under.
    version BIGINT NOT NULL,
    points BIGINT NOT NULL CHECK (points >= 0),
    purchase_points BIGINT NOT NULL CHECK (purchase_points >= 0),
    -- What a point pays, in minor units.
    point_minor BIGINT NOT NULL CHECK (point_minor > 0),
    used_points BIGINT NOT NULL CHECK (used_points BETWEEN 0 AND points),
    -- What members turned out not to have, and what of that came back with the goods.
    lost_points BIGINT NOT NULL CHECK (lost_points BETWEEN 0 AND used_points),
    recovered_points BIGINT NOT NULL CHECK (recovered_points BETWEEN 0 AND lost_points),
    asked_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    -- Since when another one is in its place.
    replaced_us BIGINT
);
CREATE INDEX allowances_till ON allowances (till_id, asked_us);
CREATE INDEX allowances_asked ON allowances (asked_us);

-- Which purchase took how much of which allowance, append-only but for what came back.
CREATE TABLE allowance_uses (
    purchase_id BYTEA PRIMARY KEY REFERENCES purchases (id),
    allowance_id BYTEA NOT NULL REFERENCES allowances (id),
    points BIGINT NOT NULL CHECK (points > 0),
    lost_points BIGINT NOT NULL CHECK (lost_points BETWEEN 0 AND points),
    recovered_points BIGINT NOT NULL CHECK (recovered_points BETWEEN 0 AND lost_points)
);
