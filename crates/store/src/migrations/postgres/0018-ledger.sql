-- A bonus programme. Its points are worth the same everywhere, and nothing in another one.
CREATE TABLE programmes (
    id BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    closed_us BIGINT
);

-- A member's points in a programme, as the transfers left them. The member goes with an erasure; the sums stay, of nobody.
CREATE TABLE wallets (
    id BYTEA PRIMARY KEY,
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    member_id BYTEA REFERENCES members (id),
    status TEXT NOT NULL,
    joined_us BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    last_at_us BIGINT,
    idle_until_us BIGINT,
    debits_pending BIGINT NOT NULL,
    debits_posted BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    debt_debits BIGINT NOT NULL,
    debt_credits BIGINT NOT NULL,
    -- The last link of the transfers' chain.
    chain BYTEA NOT NULL,
    -- When something is due next.
    due_us BIGINT
);
CREATE UNIQUE INDEX wallets_member ON wallets (member_id, programme_id);
CREATE INDEX wallets_due ON wallets (due_us);

-- Append-only: nothing updates or deletes a transfer.
CREATE TABLE transfers (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    sequence BIGINT NOT NULL,
    operation_id BYTEA,
    step BIGINT,
    at_us BIGINT NOT NULL,
    place_id BYTEA NOT NULL,
    code TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    points BIGINT NOT NULL,
    phase TEXT NOT NULL,
    until_us BIGINT,
    pending BIGINT,
    about BIGINT,
    expiry TEXT,
    expires_us BIGINT,
    parts TEXT NOT NULL,
    chain BYTEA NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
);
CREATE INDEX transfers_operation ON transfers (operation_id) WHERE operation_id IS NOT NULL;

-- What the transfers make, so that nobody reads them all: lots with points in them, holds, earnings.
CREATE TABLE lots (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    sequence BIGINT NOT NULL,
    expiry TEXT NOT NULL,
    expires_us BIGINT,
    points_left BIGINT NOT NULL,
    points_held BIGINT NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
);

CREATE TABLE holds (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    sequence BIGINT NOT NULL,
    operation_id BYTEA NOT NULL,
    step BIGINT NOT NULL,
    place_id BYTEA NOT NULL,
    until_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    parts TEXT NOT NULL,
    spent TEXT NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
);
CREATE INDEX holds_operation ON holds (operation_id);
CREATE INDEX holds_open ON holds (wallet_id) WHERE state = 'open';

CREATE TABLE earnings (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    sequence BIGINT NOT NULL,
    operation_id BYTEA NOT NULL,
    step BIGINT NOT NULL,
    place_id BYTEA NOT NULL,
    code TEXT NOT NULL,
    points BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    matures_us BIGINT,
    expiry TEXT NOT NULL,
    expires_us BIGINT,
    lot BIGINT,
    taken_back BIGINT NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
);
CREATE INDEX earnings_operation ON earnings (operation_id);
CREATE INDEX earnings_waiting ON earnings (wallet_id) WHERE pending > 0;

-- The house's side: each place has accounts of its own, so that no two tills wait for one row.
CREATE TABLE house_accounts (
    programme_id BYTEA NOT NULL REFERENCES programmes (id),
    place_id BYTEA NOT NULL,
    account TEXT NOT NULL,
    debits_pending BIGINT NOT NULL,
    debits_posted BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    PRIMARY KEY (programme_id, place_id, account)
);

-- Which lots came from the wallet of a profile that was absorbed, so that they can go back.
CREATE TABLE moved_lots (
    wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    lot BIGINT NOT NULL,
    from_wallet_id BYTEA NOT NULL REFERENCES wallets (id),
    PRIMARY KEY (wallet_id, lot)
);
CREATE INDEX moved_lots_from ON moved_lots (from_wallet_id);
