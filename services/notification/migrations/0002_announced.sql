-- Versions whose link notification was told, also where nobody was to be mailed: progression asks for them.
CREATE TABLE announced (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version integer NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, certificate_id, version)
);

-- The last command that had a mail sent again, so that the same command twice is one.
ALTER TABLE mail ADD COLUMN resent_by text;

CREATE INDEX mail_trouble ON mail (school_id, changed_at DESC) WHERE state IN ('failed', 'unknown', 'suppressed');
