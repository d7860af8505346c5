-- What a family asks for: another name on a certificate. The last request for one takes the place of those before it.
CREATE TABLE correction_request (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    request_id text NOT NULL,
    version integer NOT NULL, -- that they saw
    recipient_name text NOT NULL, -- as it should be
    message text,
    requested_at timestamptz NOT NULL,
    outcome text CHECK (outcome IN ('corrected', 'declined', 'withdrawn')), -- NULL: nobody has answered yet
    by_version integer,
    reason text,
    answered_at timestamptz,
    PRIMARY KEY (school_id, certificate_id)
);
CREATE INDEX correction_request_open ON correction_request (school_id, requested_at) WHERE outcome IS NULL;
