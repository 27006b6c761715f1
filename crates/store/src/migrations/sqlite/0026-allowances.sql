-- How often one member of a programme may earn: each version as somebody set it, the last one in force. No number is no limit.
CREATE TABLE programme_guards (
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    version INTEGER NOT NULL,
    purchases_hour INTEGER CHECK (purchases_hour > 0),
    purchases_day INTEGER CHECK (purchases_day > 0),
    claims_day INTEGER CHECK (claims_day > 0),
    claims_month INTEGER CHECK (claims_month > 0),
    set_us INTEGER NOT NULL,
    PRIMARY KEY (programme_id, version)
) STRICT, WITHOUT ROWID;

-- Which guard let a purchase earn nothing.
ALTER TABLE purchases ADD COLUMN guard TEXT;

-- Purchases of nobody that found their member afterwards.
CREATE TABLE purchase_claims (
    purchase_id BLOB PRIMARY KEY REFERENCES purchases (id),
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX purchase_claims_wallet ON purchase_claims (wallet_id, at_us);

-- How much money's worth of points a till may take without a network: in a day, and for one purchase.
CREATE TABLE allowance_limits (
    till_id BLOB PRIMARY KEY REFERENCES tills (id),
    day_minor INTEGER NOT NULL CHECK (day_minor >= 0),
    purchase_minor INTEGER NOT NULL CHECK (purchase_minor BETWEEN 0 AND day_minor)
) STRICT;

-- What a till was allowed to take. The house cannot lose more than its points.
CREATE TABLE allowances (
    id BLOB PRIMARY KEY,
    till_id BLOB NOT NULL REFERENCES tills (id),
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    -- The rules that purchases by it are made under.
    version INTEGER NOT NULL,
    points INTEGER NOT NULL CHECK (points >= 0),
    purchase_points INTEGER NOT NULL CHECK (purchase_points >= 0),
    -- What a point pays, in minor units.
    point_minor INTEGER NOT NULL CHECK (point_minor > 0),
    used_points INTEGER NOT NULL CHECK (used_points BETWEEN 0 AND points),
    -- What members turned out not to have, and what of that came back with the goods.
    lost_points INTEGER NOT NULL CHECK (lost_points BETWEEN 0 AND used_points),
    recovered_points INTEGER NOT NULL CHECK (recovered_points BETWEEN 0 AND lost_points),
    asked_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    -- Since when another one is in its place.
    replaced_us INTEGER
) STRICT;
CREATE INDEX allowances_till ON allowances (till_id, asked_us);
CREATE INDEX allowances_asked ON allowances (asked_us);

-- Which purchase took how much of which allowance, append-only but for what came back.
CREATE TABLE allowance_uses (
    purchase_id BLOB PRIMARY KEY REFERENCES purchases (id),
    allowance_id BLOB NOT NULL REFERENCES allowances (id),
    points INTEGER NOT NULL CHECK (points > 0),
    lost_points INTEGER NOT NULL CHECK (lost_points BETWEEN 0 AND points),
    recovered_points INTEGER NOT NULL CHECK (recovered_points BETWEEN 0 AND lost_points)
) STRICT;
