-- What was asked to be put right of a member's points by hand, append-only but for what became of it.
CREATE TABLE corrections (
    id BLOB PRIMARY KEY,
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    direction TEXT NOT NULL CHECK (direction IN ('up', 'down')),
    points INTEGER NOT NULL CHECK (points > 0),
    -- Why, in words: they may be about the person.
    reason_sealed BLOB NOT NULL,
    asked_by BLOB NOT NULL REFERENCES employees (id),
    asked_us INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('alone', 'waiting', 'confirmed', 'declined')),
    -- Until when somebody else may confirm it; nothing where nobody has to.
    until_us INTEGER,
    decided_by BLOB REFERENCES employees (id),
    decided_us INTEGER,
    CHECK ((state = 'alone') = (until_us IS NULL)),
    CHECK ((state IN ('confirmed', 'declined')) = (decided_by IS NOT NULL)),
    CHECK ((decided_by IS NULL) = (decided_us IS NULL))
) STRICT;
CREATE INDEX corrections_asked ON corrections (asked_us);
CREATE INDEX corrections_wallet ON corrections (wallet_id, asked_us);
CREATE INDEX corrections_waiting ON corrections (until_us) WHERE state = 'waiting';

-- How many points of a programme one person alone may put right for a member in a day.
CREATE TABLE correction_limits (
    programme_id BLOB PRIMARY KEY REFERENCES programmes (id),
    points_max INTEGER NOT NULL CHECK (points_max >= 0)
) STRICT;

-- The figures of a span of days ask for its transfers alone. Times only grow: a new row goes to the end of this index.
CREATE INDEX transfers_at ON transfers (at_us);
