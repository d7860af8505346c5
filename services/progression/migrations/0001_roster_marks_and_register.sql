-- Roster and curriculum. Ids are the school's own; a level may name a next level or a layout that is still to come.

CREATE TABLE school (
    school_id text PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    locale text NOT NULL
);

CREATE TABLE venue (
    school_id text NOT NULL REFERENCES school,
    venue_id text NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    PRIMARY KEY (school_id, venue_id)
);

CREATE TABLE family (
    school_id text NOT NULL REFERENCES school,
    family_id text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (school_id, family_id)
);

CREATE TABLE guardian (
    school_id text NOT NULL,
    family_id text NOT NULL,
    guardian_id text NOT NULL,
    position int NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    locale text,
    PRIMARY KEY (school_id, family_id, guardian_id),
    FOREIGN KEY (school_id, family_id) REFERENCES family
);

CREATE TABLE teacher (
    school_id text NOT NULL REFERENCES school,
    teacher_id text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (school_id, teacher_id)
);

CREATE TABLE level (
    school_id text NOT NULL REFERENCES school,
    level_id text NOT NULL,
    name text NOT NULL,
    position int NOT NULL,
    next_level_id text,
    layout_id text,
    auto_issue boolean NOT NULL,
    PRIMARY KEY (school_id, level_id)
);

CREATE TABLE skill (
    school_id text NOT NULL,
    level_id text NOT NULL,
    skill_id text NOT NULL,
    position int NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('tick', 'scale')),
    PRIMARY KEY (school_id, level_id, skill_id),
    FOREIGN KEY (school_id, level_id) REFERENCES level
);

CREATE TABLE student (
    school_id text NOT NULL,
    student_id text NOT NULL,
    family_id text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    preferred_name text,
    level_id text,
    class_name text,
    venue_id text,
    PRIMARY KEY (school_id, student_id),
    FOREIGN KEY (school_id, family_id) REFERENCES family,
    FOREIGN KEY (school_id, level_id) REFERENCES level,
    FOREIGN KEY (school_id, venue_id) REFERENCES venue
);
CREATE INDEX student_by_level ON student (school_id, level_id);
CREATE INDEX student_by_class ON student (school_id, class_name);

-- The newest value of each skill: 0 to 100, a set tick being 100. Marks outlive a skill that a level drops.
CREATE TABLE mark (
    school_id text NOT NULL,
    student_id text NOT NULL,
    level_id text NOT NULL,
    skill_id text NOT NULL,
    value smallint NOT NULL CHECK (value BETWEEN 0 AND 100),
    teacher_id text NOT NULL,
    marked_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (school_id, student_id, level_id, skill_id),
    FOREIGN KEY (school_id, student_id) REFERENCES student
);

-- What rendering has published: the newest version of each layout.
CREATE TABLE layout (
    school_id text NOT NULL,
    layout_id text NOT NULL,
    layout_version int NOT NULL,
    name text NOT NULL,
    fields jsonb NOT NULL,
    PRIMARY KEY (school_id, layout_id)
);

CREATE TABLE run (
    school_id text NOT NULL REFERENCES school,
    run_id text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    issue_date date,
    email text NOT NULL,
    send_after timestamptz,
    PRIMARY KEY (school_id, run_id)
);
CREATE INDEX run_newest ON run (school_id, requested_at DESC);

-- One student has completed one level. Its two parts, the certificate and the level change, are actioned apart.
CREATE TABLE pending_progression (
    progression_id text PRIMARY KEY,
    school_id text NOT NULL,
    student_id text NOT NULL,
    level_id text NOT NULL,
    teacher_id text NOT NULL,
    completed_on date NOT NULL,
    since timestamptz NOT NULL,
    certificate_actioned_at timestamptz,
    level_change_actioned_at timestamptz,
    level_change_run_id text,
    to_level_id text,
    UNIQUE (school_id, student_id, level_id),
    FOREIGN KEY (school_id, student_id) REFERENCES student,
    FOREIGN KEY (school_id, level_id) REFERENCES level
);
CREATE INDEX pending_certificate ON pending_progression (school_id, since) WHERE certificate_actioned_at IS NULL;
CREATE INDEX pending_level_change ON pending_progression (school_id, since) WHERE level_change_actioned_at IS NULL;
CREATE INDEX level_change_of_run ON pending_progression (school_id, level_change_run_id);

-- The register.
CREATE TABLE certificate (
    school_id text NOT NULL REFERENCES school,
    certificate_id text NOT NULL,
    number text NOT NULL,
    verify_url text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('level', 'ad_hoc')),
    student_id text NOT NULL,
    family_id text NOT NULL,
    level_id text,
    level_name text,
    progression_id text UNIQUE,
    run_id text,
    email text NOT NULL,
    send_after timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (school_id, certificate_id),
    UNIQUE (school_id, number)
);
CREATE INDEX certificate_of_student ON certificate (school_id, student_id, created_at DESC);
CREATE INDEX certificate_of_run ON certificate (school_id, run_id) WHERE run_id IS NOT NULL;

CREATE TABLE certificate_version (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version int NOT NULL,
    state text NOT NULL CHECK (state IN ('issuing', 'issued', 'failed', 'withdrawn', 'replaced')),
    layout_id text NOT NULL,
    layout_version int NOT NULL,
    recipient_name text NOT NULL,
    title text NOT NULL,
    notes text,
    teacher_id text NOT NULL,
    teacher_name text NOT NULL,
    issued_on date NOT NULL,
    fields jsonb NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    settled_at timestamptz,
    reason text,
    pdf jsonb,
    failure jsonb,
    PRIMARY KEY (school_id, certificate_id, version),
    FOREIGN KEY (school_id, certificate_id) REFERENCES certificate
);
CREATE INDEX certificate_unfinished ON certificate_version (requested_at) WHERE state = 'issuing';

CREATE TABLE certificate_counter (
    school_id text NOT NULL REFERENCES school,
    year int NOT NULL,
    last int NOT NULL,
    PRIMARY KEY (school_id, year)
);

-- Every command that was handled, so that the same id twice is one command.
CREATE TABLE command (
    school_id text NOT NULL,
    command_id text NOT NULL,
    type text NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'refused')),
    reasons jsonb NOT NULL,
    handled_at timestamptz NOT NULL,
    PRIMARY KEY (school_id, command_id)
);
