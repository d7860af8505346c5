-- Files that were chosen for an import, as they were read, between their check and the press of "Import" (uploads.py).
-- It is children's data: it is kept for an hour at the most, and not at all once it is imported.
CREATE TABLE upload (
    upload_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    body bytea, -- the command; NULL: it was imported
    remarks jsonb NOT NULL, -- of the reading; names lines and columns
    summary jsonb, -- how many it changes; NULL: "Import" was not pressed yet
    expires_at timestamptz NOT NULL
);
CREATE INDEX upload_of_account ON upload (account_id);
CREATE INDEX upload_expiry ON upload (expires_at);
