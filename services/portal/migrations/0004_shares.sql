-- What a share link shows of the child's name, how long it lives (null: until it is stopped), and how often it was opened.
-- Links from before show what they have always shown.
ALTER TABLE access_token ADD COLUMN showing text NOT NULL DEFAULT 'full' CHECK (showing IN ('nameless', 'first_name', 'full'));
ALTER TABLE access_token ADD COLUMN ends_at timestamptz;
ALTER TABLE access_token ADD COLUMN views bigint NOT NULL DEFAULT 0;

-- The copies that show less of the name than the certificate itself, as far as somebody has wanted one. Each can be made again.
CREATE TABLE certificate_copy (
    school_id text NOT NULL,
    certificate_id text NOT NULL,
    version integer NOT NULL,
    showing text NOT NULL CHECK (showing IN ('nameless', 'first_name')),
    of_copy text NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    pdf_key text NOT NULL,
    pdf_sha256 text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, certificate_id, version, showing),
    FOREIGN KEY (school_id, certificate_id, version) REFERENCES certificate_version ON DELETE CASCADE
);

-- The page's size in points, so that a browser keeps room for its picture; null where it is not known.
ALTER TABLE certificate_version ADD COLUMN width_pt real;
ALTER TABLE certificate_version ADD COLUMN height_pt real;
