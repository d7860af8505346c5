-- What a school says after a level's award. Rows are only ever added: a level's newest counts, and those before it
-- tell who changed what, and when.
CREATE TABLE template (
    revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_id text NOT NULL,
    level_id text, -- NULL: for every level that has none of its own
    texts jsonb NOT NULL, -- [{language?, text}]
    requested_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX template_newest ON template (school_id, level_id, revision DESC);

-- What a school's mails look like; as above.
CREATE TABLE letterhead (
    revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_id text NOT NULL,
    colour text NOT NULL,
    picture boolean NOT NULL,
    requested_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX letterhead_newest ON letterhead (school_id, revision DESC);
