-- What was bought, each by the till's own id.
CREATE TABLE purchases (
    id BYTEA PRIMARY KEY,
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    -- The rules that it was begun under.
    version BIGINT NOT NULL,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    till_id BYTEA NOT NULL REFERENCES tills (id),
    -- Nothing when nobody was recognised.
    wallet_id BYTEA REFERENCES wallets (id),
    -- By what.
    way TEXT,
    state TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    -- What the till's clock said: never more than a remark.
    till_at_us BIGINT,
    -- The date in the branch's calendar on which it counts.
    day BIGINT NOT NULL,
    -- The shop's own number of the receipt.
    receipt TEXT,
    total_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    points_minor BIGINT NOT NULL,
    to_pay_minor BIGINT NOT NULL,
    spent_points BIGINT NOT NULL,
    earned_points BIGINT NOT NULL,
    -- Until when its points are held; nothing when none are.
    hold_until_us BIGINT,
    -- What was asked for, as a keyed hash.
    basket_hash BYTEA NOT NULL,
    -- What lay in the basket tells much about a person.
    lines_sealed BYTEA NOT NULL
);
CREATE UNIQUE INDEX purchases_receipt ON purchases (branch_id, receipt);
CREATE INDEX purchases_wallet ON purchases (wallet_id, at_us);
CREATE INDEX purchases_day ON purchases (branch_id, day);

-- What came back, append-only.
CREATE TABLE purchase_returns (
    id BYTEA PRIMARY KEY,
    purchase_id BYTEA NOT NULL REFERENCES purchases (id),
    till_id BYTEA NOT NULL REFERENCES tills (id),
    at_us BIGINT NOT NULL,
    -- Lines by their places, with thousandths.
    lines TEXT NOT NULL,
    money_minor BIGINT NOT NULL,
    spent_points BIGINT NOT NULL,
    earned_points BIGINT NOT NULL
);
CREATE INDEX purchase_returns_purchase ON purchase_returns (purchase_id);

-- What a member did on a date: for tiers, and for caps.
CREATE TABLE wallet_days (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    day BIGINT NOT NULL,
    spent_minor BIGINT NOT NULL,
    visits BIGINT NOT NULL,
    earned_points BIGINT NOT NULL,
    PRIMARY KEY (wallet_id, day)
);

-- Where a member stood at the end of a date, so that nobody counts from the beginning.
CREATE TABLE wallet_tiers (
    wallet_id BYTEA PRIMARY KEY REFERENCES wallets (id),
    version BIGINT NOT NULL,
    tier BIGINT NOT NULL,
    day BIGINT NOT NULL,
    below_day BIGINT
);

-- Which member an employee is himself: nobody earns points at his own till.
CREATE TABLE employee_members (
    employee_id BYTEA PRIMARY KEY REFERENCES employees (id),
    member_id BYTEA NOT NULL REFERENCES members (id)
);
CREATE INDEX employee_members_member ON employee_members (member_id);
