-- A run can be cancelled, and undone (docs/decisions/0017-a-run-can-be-undone-for-ten-minutes.md).
ALTER TABLE run
    ADD COLUMN cancelled_at timestamptz,
    ADD COLUMN cancelled_by text,
    ADD COLUMN undone_at timestamptz,
    ADD COLUMN undone_by text;

-- How often something of it was taken back: what is issued after that is another certificate.
ALTER TABLE pending_progression ADD COLUMN taken_back int NOT NULL DEFAULT 0;

-- Withdrawn by a cancelled or undone run: its progression waits again, or has another certificate.
ALTER TABLE certificate ADD COLUMN taken_back_at timestamptz;

-- One certificate stands for each progression.
CREATE UNIQUE INDEX certificate_of_progression ON certificate (progression_id) WHERE taken_back_at IS NULL;
ALTER TABLE certificate DROP CONSTRAINT certificate_progression_id_key;
