-- What a gift of points was for, by the id under which it was given: the member's statement tells it.
CREATE TABLE gift_reasons (
    operation_id BLOB NOT NULL PRIMARY KEY,
    wallet_id BLOB NOT NULL REFERENCES wallets (id),
    given_for TEXT NOT NULL CHECK (given_for IN
        ('welcome', 'birthday', 'brought_somebody', 'was_brought', 'visit', 'class'))
) STRICT, WITHOUT ROWID;
CREATE INDEX gift_reasons_wallet ON gift_reasons (wallet_id);
