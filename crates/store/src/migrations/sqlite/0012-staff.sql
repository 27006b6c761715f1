-- Who works here. Who has left stays, because the trace names him. `sign_in` is folded to lower case.
CREATE TABLE employees (
    id BLOB NOT NULL PRIMARY KEY,
    sign_in TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'receptionist', 'cashier')),
    branch_id BLOB REFERENCES branches (id),
    language TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    added_us INTEGER NOT NULL,
    left_us INTEGER
) STRICT;

-- Who is signed in. The token itself is in the browser only.
CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    employee_id BLOB NOT NULL REFERENCES employees (id),
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_employee ON sessions (employee_id);
CREATE INDEX sessions_expires ON sessions (expires_us);
