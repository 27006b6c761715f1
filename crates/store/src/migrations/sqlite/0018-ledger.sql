-- A bonus programme. Its points are worth the same everywhere, and nothing in another one.
CREATE TABLE programmes (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    closed_us INTEGER
) STRICT;

-- A member's points in a programme, as the transfers left them. The member goes with an erasure; the sums stay, of nobody.
CREATE TABLE wallets (
    id BLOB PRIMARY KEY,
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    member_id BLOB REFERENCES members (id),
    status TEXT NOT NULL,
    joined_us INTEGER NOT NULL,
    transfers INTEGER NOT NULL,
    last_at_us INTEGER,
    idle_until_us INTEGER,
    debits_pending INTEGER NOT NULL,
    debits_posted INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    credits_posted INTEGER NOT NULL,
    debt_debits INTEGER NOT NULL,
    debt_credits INTEGER NOT NULL,
    -- The last link of the transfers' chain.
    chain BLOB NOT NULL,
    -- When something is due next.
    due_us INTEGER
) STRICT;
CREATE UNIQUE INDEX wallets_member ON wallets (member_id, programme_id);
CREATE INDEX wallets_due ON wallets (due_us);

-- Append-only: nothing updates or deletes a transfer.
CREATE TABLE transfers (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    sequence INTEGER NOT NULL,
    operation_id BLOB,
    step INTEGER,
    at_us INTEGER NOT NULL,
    place_id BLOB NOT NULL,
    code TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    points INTEGER NOT NULL,
    phase TEXT NOT NULL,
    until_us INTEGER,
    pending INTEGER,
    about INTEGER,
    expiry TEXT,
    expires_us INTEGER,
    parts TEXT NOT NULL,
    chain BLOB NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX transfers_operation ON transfers (operation_id) WHERE operation_id IS NOT NULL;

-- What the transfers make, so that nobody reads them all: lots with points in them, holds, earnings.
CREATE TABLE lots (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    sequence INTEGER NOT NULL,
    expiry TEXT NOT NULL,
    expires_us INTEGER,
    points_left INTEGER NOT NULL,
    points_held INTEGER NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    sequence INTEGER NOT NULL,
    operation_id BLOB NOT NULL,
    step INTEGER NOT NULL,
    place_id BLOB NOT NULL,
    until_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    parts TEXT NOT NULL,
    spent TEXT NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_operation ON holds (operation_id);
CREATE INDEX holds_open ON holds (wallet_id) WHERE state = 'open';

CREATE TABLE earnings (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    sequence INTEGER NOT NULL,
    operation_id BLOB NOT NULL,
    step INTEGER NOT NULL,
    place_id BLOB NOT NULL,
    code TEXT NOT NULL,
    points INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    matures_us INTEGER,
    expiry TEXT NOT NULL,
    expires_us INTEGER,
    lot INTEGER,
    taken_back INTEGER NOT NULL,
    PRIMARY KEY (wallet_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX earnings_operation ON earnings (operation_id);
CREATE INDEX earnings_waiting ON earnings (wallet_id) WHERE pending > 0;

-- The house's side: each place has accounts of its own, so that no two tills wait for one row.
CREATE TABLE house_accounts (
    programme_id BLOB NOT NULL REFERENCES programmes (id),
    place_id BLOB NOT NULL,
    account TEXT NOT NULL,
    debits_pending INTEGER NOT NULL,
    debits_posted INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    credits_posted INTEGER NOT NULL,
    PRIMARY KEY (programme_id, place_id, account)
) STRICT, WITHOUT ROWID;

-- Which lots came from the wallet of a profile that was absorbed, so that they can go back.
CREATE TABLE moved_lots (
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    lot INTEGER NOT NULL,
    from_wallet_id BLOB NOT NULL REFERENCES wallets (id),
    PRIMARY KEY (wallet_id, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX moved_lots_from ON moved_lots (from_wallet_id);
