-- Who did what to which certificate, and when (audit.py). The later entry has the higher id.
CREATE TABLE audit (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_id text NOT NULL,
    at timestamptz NOT NULL,
    who text, -- NULL: from before this was written down, and not known
    act text NOT NULL,
    certificate_id text NOT NULL,
    number text NOT NULL,
    student_id text NOT NULL,
    run_id text,
    reason text,
    changes jsonb NOT NULL DEFAULT '[]' -- [{field, before, after}]
);

-- What is in the register already, as far as it says who did it: a reason that a withdrawal has overwritten, and who
-- withdrew, it does not say. A version that was tried again has the moment of that; its certificate has its own.
INSERT INTO audit (school_id, at, who, act, certificate_id, number, student_id, run_id, reason, changes)
SELECT school_id, at, who, act, certificate_id, number, student_id, run_id, reason, changes
FROM (
    SELECT c.school_id, c.created_at AS at, v.requested_by AS who,
        CASE c.kind WHEN 'ad_hoc' THEN 'issued_ad_hoc' ELSE 'issued' END AS act,
        c.certificate_id, c.number, c.student_id, c.run_id, NULL AS reason, '[]'::jsonb AS changes
    FROM certificate c
    JOIN certificate_version v ON v.school_id = c.school_id AND v.certificate_id = c.certificate_id AND v.version = 1
    UNION ALL
    SELECT c.school_id, v.requested_at, v.requested_by, 'reissued', c.certificate_id, c.number, c.student_id, NULL,
        CASE WHEN v.state <> 'withdrawn' THEN v.reason END,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object('field', field, 'before', before, 'after', after)), '[]')
            FROM (
                VALUES
                    ('recipient_name', was.recipient_name, v.recipient_name),
                    ('notes', was.notes, v.notes),
                    ('issue_date', was.issued_on::text, v.issued_on::text),
                    ('teacher', was.teacher_name, v.teacher_name)
            ) AS compared (field, before, after)
            WHERE before IS DISTINCT FROM after
        )
    FROM certificate_version v
    JOIN certificate c ON c.school_id = v.school_id AND c.certificate_id = v.certificate_id
    JOIN certificate_version was
        ON was.school_id = v.school_id AND was.certificate_id = v.certificate_id AND was.version = v.version - 1
    WHERE v.version > 1
    UNION ALL
    SELECT DISTINCT c.school_id, v.settled_at, NULL, 'withdrawn', c.certificate_id, c.number, c.student_id, NULL,
        v.reason, '[]'::jsonb
    FROM certificate_version v
    JOIN certificate c ON c.school_id = v.school_id AND c.certificate_id = v.certificate_id
    WHERE v.state = 'withdrawn' AND v.settled_at IS NOT NULL
) AS done
ORDER BY at, school_id, number;

CREATE INDEX audit_newest ON audit (school_id, entry_id DESC);
CREATE INDEX audit_of_certificate ON audit (school_id, certificate_id, entry_id DESC);
CREATE INDEX audit_of_student ON audit (school_id, student_id, entry_id DESC);
CREATE INDEX audit_by_whom ON audit (school_id, who, entry_id DESC);

-- What was done was done.
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an entry of the audit is neither changed nor taken out';
END
$$;
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
