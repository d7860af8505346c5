-- One row for each issued version, with all that its pages show. A row never changes.
CREATE TABLE certificate_version (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version integer NOT NULL,
    family_id text NOT NULL,
    student_id text NOT NULL,
    recipient_name text NOT NULL,
    title text NOT NULL,
    level_name text,
    school_name text,
    teacher_name text,
    locale text,
    number text NOT NULL,
    issued_on date NOT NULL,
    pdf_key text NOT NULL,
    pdf_sha256 text NOT NULL,
    verification_sha256 bytea NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, certificate_id, version)
);
CREATE INDEX certificate_version_family ON certificate_version (school_id, family_id);
CREATE INDEX certificate_version_verification ON certificate_version (verification_sha256);

-- What became of a version. Apart from the version itself, because its news may arrive first.
CREATE TABLE correction (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('withdrawn', 'replaced')),
    by_version integer,
    PRIMARY KEY (school_id, certificate_id, version, state)
);

-- In whatever order the events came: withdrawn outweighs replaced, and replaced outweighs valid.
CREATE VIEW published_version AS
SELECT issued.*,
       CASE WHEN withdrawn.state IS NOT NULL THEN 'withdrawn'
            WHEN replaced.state IS NOT NULL THEN 'replaced'
            ELSE 'valid' END AS state,
       replaced.by_version
FROM certificate_version AS issued
LEFT JOIN correction AS withdrawn
    ON (withdrawn.school_id, withdrawn.certificate_id, withdrawn.version, withdrawn.state)
     = (issued.school_id, issued.certificate_id, issued.version, 'withdrawn')
LEFT JOIN correction AS replaced
    ON (replaced.school_id, replaced.certificate_id, replaced.version, replaced.state)
     = (issued.school_id, issued.certificate_id, issued.version, 'replaced');

-- A token opens one thing: a family's page, or one shared certificate. The token itself is kept nowhere.
CREATE TABLE access_token (
    token_sha256 bytea PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('family', 'share')),
    school_id text NOT NULL,
    family_id text NOT NULL,
    certificate_id text,
    share_id uuid UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CHECK ((purpose = 'share') = (certificate_id IS NOT NULL)),
    CHECK ((purpose = 'share') = (share_id IS NOT NULL))
);
CREATE INDEX access_token_share ON access_token (school_id, certificate_id)
    WHERE purpose = 'share' AND revoked_at IS NULL;
