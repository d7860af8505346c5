-- Accounts carry a role. Those from before could do everything, and still can.
ALTER TABLE account
    ADD COLUMN role text NOT NULL DEFAULT 'manager' CHECK (role IN ('teacher', 'office', 'manager')),
    ADD COLUMN signed_in_at timestamptz, -- the last time; NULL: never, or not since this was noted
    ADD COLUMN closed_at timestamptz, -- NULL: open
    ADD COLUMN password_given_at timestamptz; -- by a manager, to be replaced by one of their own; NULL: it is their own
CREATE INDEX account_of_school ON account (school_id);

-- A session ends when nobody does anything with it.
ALTER TABLE session ADD COLUMN used_at timestamptz NOT NULL DEFAULT now();

-- Who did what to which account, and when.
CREATE TABLE account_act (
    act_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    who text NOT NULL,
    account_id uuid NOT NULL REFERENCES account,
    act text NOT NULL,
    before text,
    after text,
    press_id text -- of the form that was sent: sent twice, it is acted on once
);
CREATE INDEX account_act_newest ON account_act (school_id, act_id DESC);
CREATE UNIQUE INDEX account_act_of_press ON account_act (account_id, press_id, act);
