-- What was bought, each by the till's own id.
CREATE TABLE purchases (
    id BLOB PRIMARY KEY,
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    -- The rules that it was begun under.
    version INTEGER NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    till_id BLOB NOT NULL REFERENCES tills (id),
    -- Nothing when nobody was recognised.
    wallet_id BLOB REFERENCES wallets (id),
    -- By what.
    way TEXT,
    state TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    -- What the till's clock said: never more than a remark.
    till_at_us INTEGER,
    -- The date in the branch's calendar on which it counts.
    day INTEGER NOT NULL,
    -- The shop's own number of the receipt.
    receipt TEXT,
    total_minor INTEGER NOT NULL,
    discount_minor INTEGER NOT NULL,
    points_minor INTEGER NOT NULL,
    to_pay_minor INTEGER NOT NULL,
    spent_points INTEGER NOT NULL,
    earned_points INTEGER NOT NULL,
    -- Until when its points are held; nothing when none are.
    hold_until_us INTEGER,
    -- What was asked for, as a keyed hash.
    basket_hash BLOB NOT NULL,
    -- What lay in the basket tells much about a person.
    lines_sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX purchases_receipt ON purchases (branch_id, receipt);
CREATE INDEX purchases_wallet ON purchases (wallet_id, at_us);
CREATE INDEX purchases_day ON purchases (branch_id, day);

-- What came back, append-only.
CREATE TABLE purchase_returns (
    id BLOB PRIMARY KEY,
    purchase_id BLOB NOT NULL REFERENCES purchases (id),
    till_id BLOB NOT NULL REFERENCES tills (id),
    at_us INTEGER NOT NULL,
    -- Lines by their places, with thousandths.
    lines TEXT NOT NULL,
    money_minor INTEGER NOT NULL,
    spent_points INTEGER NOT NULL,
    earned_points INTEGER NOT NULL
) STRICT;
CREATE INDEX purchase_returns_purchase ON purchase_returns (purchase_id);

-- What a member did on a date: for tiers, and for caps.
CREATE TABLE wallet_days (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    day INTEGER NOT NULL,
    spent_minor INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    earned_points INTEGER NOT NULL,
    PRIMARY KEY (wallet_id, day)
) STRICT, WITHOUT ROWID;

-- Where a member stood at the end of a date, so that nobody counts from the beginning.
CREATE TABLE wallet_tiers (
    wallet_id BLOB PRIMARY KEY REFERENCES wallets (id),
    version INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    day INTEGER NOT NULL,
    below_day INTEGER
) STRICT;

-- Which member an employee is himself: nobody earns points at his own till.
CREATE TABLE employee_members (
    employee_id BLOB PRIMARY KEY REFERENCES employees (id),
    member_id BLOB NOT NULL REFERENCES members (id)
) STRICT;
CREATE INDEX employee_members_member ON employee_members (member_id);
