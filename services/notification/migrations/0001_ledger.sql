-- What one guardian gets of one run (or of one certificate that belongs to none): the unit of sending.
CREATE TABLE digest (
    school_id text NOT NULL,
    guardian_id text NOT NULL,
    digest_key text NOT NULL,
    family_id text NOT NULL,
    first_queued_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz, -- NULL: nothing waits to be sent
    first_attempt_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (school_id, guardian_id, digest_key)
);
CREATE INDEX digest_due ON digest (due_at) WHERE due_at IS NOT NULL;

-- The ledger. Its key is the promise: one row, and so one mail, for each certificate version and guardian.
-- It holds no name and no address: both are asked for at the moment of sending.
CREATE TABLE mail (
    mail_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version integer NOT NULL,
    guardian_id text NOT NULL,
    digest_key text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('queued', 'sending', 'accepted', 'failed', 'unknown', 'cancelled', 'suppressed')),
    reason text,
    family_url text, -- a secret, forgotten as soon as no mail needs it any more
    message_id text,
    answer_by timestamptz, -- while sending: after this its sender is gone
    queued_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, certificate_id, version, guardian_id),
    FOREIGN KEY (school_id, guardian_id, digest_key) REFERENCES digest
);
CREATE INDEX mail_of_digest ON mail (school_id, guardian_id, digest_key);
CREATE INDEX mail_sending ON mail (answer_by) WHERE state = 'sending';

-- Versions that are not to be mailed any more. Their news may come before the certificate's own.
CREATE TABLE correction (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (school_id, certificate_id, version)
);

-- Addresses that a mail server has refused for good, as hashes. A corrected address is another one, and is mailed.
CREATE TABLE suppression (
    school_id text NOT NULL,
    guardian_id text NOT NULL,
    address_sha256 bytea NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, guardian_id, address_sha256)
);
