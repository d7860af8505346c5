-- How far each version has come, so that what stands still is found and sent again (reconciler.py).
ALTER TABLE certificate_version
    ADD COLUMN urgent boolean NOT NULL DEFAULT false, -- somebody waits for it: before the runs
    ADD COLUMN trace text, -- the traceparent of the command that asked for it
    ADD COLUMN sent_at timestamptz, -- to rendering; NULL: not yet, or to be sent again
    ADD COLUMN sent_seq bigint, -- its place in the stream
    ADD COLUMN sends int NOT NULL DEFAULT 0,
    ADD COLUMN known_as text, -- the state that portal and notification are known to know
    ADD COLUMN told_at timestamptz, -- when they were told once more
    ADD COLUMN tellings int NOT NULL DEFAULT 0,
    ADD COLUMN replaced_by int; -- the version that took its place

CREATE INDEX certificate_to_send ON certificate_version (school_id, requested_at)
    WHERE state = 'issuing' AND sent_at IS NULL AND NOT urgent;
CREATE INDEX certificate_to_send_at_once ON certificate_version (requested_at)
    WHERE state = 'issuing' AND sent_at IS NULL AND urgent;
CREATE INDEX certificate_sent ON certificate_version (sent_at) WHERE state = 'issuing' AND sent_at IS NOT NULL;
CREATE INDEX certificate_not_known ON certificate_version (settled_at)
    WHERE state IN ('issued', 'replaced', 'withdrawn') AND known_as IS DISTINCT FROM state;
CREATE INDEX certificate_failed ON certificate_version (school_id, settled_at) WHERE state = 'failed';

-- The broker's streams as they were last seen. One with another birth has lost what was in it.
CREATE TABLE stream (
    name text PRIMARY KEY,
    born_at timestamptz NOT NULL
);
