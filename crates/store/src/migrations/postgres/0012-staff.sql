-- Who works here. Who has left stays, because the trace names him. `sign_in` is folded to lower case.
CREATE TABLE employees (
    id BYTEA NOT NULL PRIMARY KEY,
    sign_in TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'receptionist', 'cashier')),
    branch_id BYTEA REFERENCES branches (id),
    language TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    added_us BIGINT NOT NULL,
    left_us BIGINT
);

-- Who is signed in. The token itself is in the browser only.
CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    employee_id BYTEA NOT NULL REFERENCES employees (id),
    made_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX sessions_employee ON sessions (employee_id);
CREATE INDEX sessions_expires ON sessions (expires_us);
