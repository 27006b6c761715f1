-- A rule of a programme that holds for some members in person. What is here never changes: another rule is another offer, and who is
-- left without it is not drawn anew.
CREATE TABLE personal_offers (
    id BLOB PRIMARY KEY,
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    rule INTEGER NOT NULL,
    held_out_percent INTEGER NOT NULL,
    added_us INTEGER NOT NULL
) STRICT;
CREATE INDEX personal_offers_programme ON personal_offers (programme_id);

-- What changes of it, append-only.
CREATE TABLE personal_offer_versions (
    offer_id BLOB NOT NULL REFERENCES personal_offers (id),
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    -- Whom it is meant for.
    fitting TEXT NOT NULL,
    -- The first date, and the first one on which it does not hold any more.
    from_day INTEGER NOT NULL,
    until_day INTEGER NOT NULL,
    -- How many purchases of a member it counts for; nothing for any number.
    uses_max INTEGER,
    added_us INTEGER NOT NULL,
    PRIMARY KEY (offer_id, version)
) STRICT, WITHOUT ROWID;

-- Who has an offer, and who fitted and is left without it, to measure it by.
CREATE TABLE member_offers (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    offer_id BLOB NOT NULL REFERENCES personal_offers (id),
    -- The version that he fitted.
    version INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    day INTEGER NOT NULL,
    held_out INTEGER NOT NULL CHECK (held_out IN (0, 1)),
    -- It was concluded from what he bought: it goes when he does not agree to that any more.
    concludes INTEGER NOT NULL CHECK (concludes IN (0, 1)),
    -- When a till showed it first.
    shown_us INTEGER,
    PRIMARY KEY (wallet_id, offer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_offers_offer ON member_offers (offer_id);

-- The purchases that an offer counted for, and those that were begun while it held and are not paid yet (case T-21).
CREATE TABLE offer_uses (
    purchase_id BLOB NOT NULL REFERENCES purchases (id),
    offer_id BLOB NOT NULL REFERENCES personal_offers (id),
    version INTEGER NOT NULL,
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    -- What it gave; nothing as long as the purchase is not paid.
    points INTEGER,
    points_back INTEGER NOT NULL,
    -- All of the purchase came back: it may be used anew.
    came_back INTEGER NOT NULL CHECK (came_back IN (0, 1)),
    PRIMARY KEY (purchase_id, offer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX offer_uses_wallet ON offer_uses (wallet_id, offer_id);
CREATE INDEX offer_uses_offer ON offer_uses (offer_id);
