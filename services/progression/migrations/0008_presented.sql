-- Which papers lie in the children's hands. Of what was issued before this existed nobody knows: it is on no list.
-- (A column's default when it is added is what the rows there already get; the one after that, what new ones get.)
ALTER TABLE certificate_version
    ADD COLUMN presented_at timestamptz,
    ADD COLUMN presented_by text,
    ADD COLUMN presenting_known boolean NOT NULL DEFAULT false;
ALTER TABLE certificate_version ALTER COLUMN presenting_known SET DEFAULT true;

CREATE INDEX certificate_not_presented ON certificate_version (school_id, settled_at DESC)
    WHERE state = 'issued' AND presented_at IS NULL AND presenting_known;
-- For a school that never ticks anything off, too: what one teacher has among a million is found at once.
CREATE INDEX certificate_not_presented_of_teacher ON certificate_version (school_id, teacher_id, settled_at DESC)
    WHERE state = 'issued' AND presented_at IS NULL AND presenting_known;
