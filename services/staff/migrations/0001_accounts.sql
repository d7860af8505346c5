CREATE TABLE account (
    account_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- As it is typed to sign in, without regard to case: one name, one account, whatever the school.
    username text NOT NULL UNIQUE,
    school_id text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL
);

-- A session is known by the hash of its token alone: who reads this table can open nothing.
CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Tries to sign in since the last that succeeded, for names that exist and for names that do not.
CREATE TABLE sign_in_try (
    username text PRIMARY KEY,
    tries integer NOT NULL,
    next_at timestamptz NOT NULL
);
CREATE INDEX sign_in_try_age ON sign_in_try (next_at);
