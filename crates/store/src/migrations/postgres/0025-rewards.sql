-- How far something has read the audit's order, so that it goes on there. Visits count from this step on.
CREATE TABLE read_positions (
    name TEXT NOT NULL PRIMARY KEY,
    next_seq BIGINT NOT NULL
);
INSERT INTO read_positions (name, next_seq)
    SELECT 'visits', COALESCE(MAX(place), -1) + 1 FROM audit_nodes WHERE level = 0;

-- Kinds of gifts that lie in shops. The rules of a programme name them.
CREATE TABLE gift_kinds (
    id BYTEA NOT NULL PRIMARY KEY,
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    name TEXT NOT NULL,
    -- Since when none is given any more.
    stopped_us BIGINT
);
CREATE INDEX gift_kinds_programme ON gift_kinds (programme_id);

-- What came and went at a branch, append-only. The sum of it is what lies there.
CREATE TABLE gift_movements (
    id BYTEA NOT NULL PRIMARY KEY,
    gift_id BYTEA NOT NULL REFERENCES gift_kinds (id),
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    at_us BIGINT NOT NULL,
    change BIGINT NOT NULL CHECK (change <> 0),
    cause TEXT NOT NULL,
    -- For whom it went; nothing when the house moved it.
    taking_id BYTEA
);
CREATE INDEX gift_movements_gift ON gift_movements (gift_id, branch_id, at_us);

-- The sums, so that two tills at once take the last one once.
CREATE TABLE gift_stock (
    gift_id BYTEA NOT NULL REFERENCES gift_kinds (id),
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    in_stock BIGINT NOT NULL CHECK (in_stock >= 0),
    PRIMARY KEY (gift_id, branch_id)
);

-- Gifts that members took, each by the till's own id. Only that it came back is written later.
CREATE TABLE reward_takings (
    id BYTEA NOT NULL PRIMARY KEY,
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    version BIGINT NOT NULL,
    rule BIGINT NOT NULL,
    gift_id BYTEA NOT NULL REFERENCES gift_kinds (id),
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    till_id BYTEA NOT NULL REFERENCES tills (id),
    at_us BIGINT NOT NULL,
    -- What it cost; nothing was zero.
    points BIGINT NOT NULL CHECK (points >= 0),
    back_us BIGINT
);
CREATE INDEX reward_takings_wallet ON reward_takings (wallet_id, rule);

-- Who brought whom, written when the newcomer is enrolled. Newcomer, bringer and moment never change; what became of it is written once.
CREATE TABLE referrals (
    newcomer_id BYTEA NOT NULL PRIMARY KEY REFERENCES members (id),
    by_id BYTEA NOT NULL REFERENCES members (id),
    at_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- Why nothing was paid, or not to both.
    why TEXT,
    decided_us BIGINT,
    -- When somebody looks at it next.
    look_us BIGINT NOT NULL
);
CREATE INDEX referrals_by ON referrals (by_id);
CREATE INDEX referrals_waiting ON referrals (look_us) WHERE state = 'waiting';

-- What bringers got, so that what they get in a month is bounded also after newcomers were erased.
CREATE TABLE referral_payments (
    operation_id BYTEA NOT NULL PRIMARY KEY,
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    at_us BIGINT NOT NULL
);
CREATE INDEX referral_payments_wallet ON referral_payments (wallet_id, at_us);
