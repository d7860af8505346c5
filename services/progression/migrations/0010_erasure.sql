-- The receipts of erasures (docs/decisions/0022-what-is-held-is-one-list.md). They name nobody.
CREATE TABLE erasure (
    school_id text NOT NULL REFERENCES school,
    erasure_id text NOT NULL,
    student_sha256 bytea NOT NULL, -- of <school_id>/<student_id>
    at timestamptz NOT NULL,
    requested_by text NOT NULL,
    reason text,
    removed jsonb NOT NULL, -- {title: how many}
    traces jsonb, -- what the others are told and the streams are searched for; NULL when that is done
    round int NOT NULL DEFAULT 1,
    told_at timestamptz NOT NULL,
    tellings int NOT NULL DEFAULT 1,
    swept_at timestamptz, -- the streams, for the first time
    messages int NOT NULL DEFAULT 0, -- removed from the streams
    completed_at timestamptz,
    PRIMARY KEY (school_id, erasure_id)
);
CREATE INDEX erasure_newest ON erasure (school_id, at DESC);
CREATE INDEX erasure_open ON erasure (at) WHERE completed_at IS NULL;

-- What each service has said to have erased, in which round.
CREATE TABLE erasure_confirmation (
    school_id text NOT NULL,
    erasure_id text NOT NULL,
    service text NOT NULL,
    round int NOT NULL,
    at timestamptz NOT NULL,
    removed jsonb NOT NULL,
    PRIMARY KEY (school_id, erasure_id, service, round),
    FOREIGN KEY (school_id, erasure_id) REFERENCES erasure
);

-- Certificates of erased children, as hashes: a paper that is printed late is erased again, and no id is used twice.
CREATE TABLE erased_certificate (
    school_id text NOT NULL,
    certificate_sha256 bytea NOT NULL, -- of <school_id>/<certificate_id>
    erasure_id text NOT NULL,
    PRIMARY KEY (school_id, certificate_sha256)
);

-- Refusals quote names: they are looked through.
CREATE INDEX command_refused ON command (school_id) WHERE state = 'refused';

-- What was done was done, unless nobody may know any more to whom.
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('laurel.erasing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an entry of the audit is neither changed nor taken out';
END
$$;
