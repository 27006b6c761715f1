-- A rule of a programme that holds for some members in person. What is here never changes: another rule is another offer, and who is
-- left without it is not drawn anew.
CREATE TABLE personal_offers (
    id BYTEA PRIMARY KEY,
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    rule BIGINT NOT NULL,
    held_out_percent BIGINT NOT NULL,
    added_us BIGINT NOT NULL
);
CREATE INDEX personal_offers_programme ON personal_offers (programme_id);

-- What changes of it, append-only.
CREATE TABLE personal_offer_versions (
    offer_id BYTEA NOT NULL REFERENCES personal_offers (id),
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    is_on BOOLEAN NOT NULL,
    -- Whom it is meant for.
    fitting TEXT NOT NULL,
    -- The first date, and the first one on which it does not hold any more.
    from_day BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    -- How many purchases of a member it counts for; nothing for any number.
    uses_max BIGINT,
    added_us BIGINT NOT NULL,
    PRIMARY KEY (offer_id, version)
);

-- Who has an offer, and who fitted and is left without it, to measure it by.
CREATE TABLE member_offers (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    offer_id BYTEA NOT NULL REFERENCES personal_offers (id),
    -- The version that he fitted.
    version BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    day BIGINT NOT NULL,
    held_out BOOLEAN NOT NULL,
    -- It was concluded from what he bought: it goes when he does not agree to that any more.
    concludes BOOLEAN NOT NULL,
    -- When a till showed it first.
    shown_us BIGINT,
    PRIMARY KEY (wallet_id, offer_id)
);
CREATE INDEX member_offers_offer ON member_offers (offer_id);

-- The purchases that an offer counted for, and those that were begun while it held and are not paid yet (case T-21).
CREATE TABLE offer_uses (
    purchase_id BYTEA NOT NULL REFERENCES purchases (id),
    offer_id BYTEA NOT NULL REFERENCES personal_offers (id),
    version BIGINT NOT NULL,
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    -- What it gave; nothing as long as the purchase is not paid.
    points BIGINT,
    points_back BIGINT NOT NULL,
    -- All of the purchase came back: it may be used anew.
    came_back BOOLEAN NOT NULL,
    PRIMARY KEY (purchase_id, offer_id)
);
CREATE INDEX offer_uses_wallet ON offer_uses (wallet_id, offer_id);
CREATE INDEX offer_uses_offer ON offer_uses (offer_id);
