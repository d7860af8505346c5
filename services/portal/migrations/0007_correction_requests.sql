-- A family's wish for another name on a certificate, and what came of it. The last one takes the place of those before it.
CREATE TABLE correction_request (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    request_id text NOT NULL,
    version integer NOT NULL, -- that they saw
    recipient_name text NOT NULL, -- as it should be
    message text,
    requested_at timestamptz NOT NULL,
    outcome text CHECK (outcome IN ('corrected', 'declined', 'withdrawn')), -- NULL: the school has not answered yet
    by_version integer,
    reason text,
    counted_since timestamptz NOT NULL, -- how often they asked from then on
    asked_times integer NOT NULL,
    PRIMARY KEY (school_id, certificate_id)
);
CREATE INDEX correction_request_open ON correction_request (school_id, requested_at) WHERE outcome IS NULL;

CREATE TRIGGER erased_stays_erased BEFORE INSERT ON correction_request
    FOR EACH ROW EXECUTE FUNCTION erased_stays_erased();
