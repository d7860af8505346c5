-- Commands that staff pressed, until it is known that they were acted on (courier.py).
CREATE TABLE errand (
    command_id text PRIMARY KEY,
    school_id text NOT NULL,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    attempts int NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX errand_due ON errand (due_at);
