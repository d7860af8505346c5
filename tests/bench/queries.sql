-- What a measurement puts into progression's tables beforehand, and asks them afterwards.


-- Many people at once

-- name: add_families!
-- As many as so many students take, with `children` in each.
INSERT INTO family (school_id, family_id, name)
SELECT :school_id, 'f' || n, 'Ngata' FROM generate_series(0, (:students::int - 1) / :children::int) AS n;

-- name: add_guardians!
INSERT INTO guardian (school_id, family_id, guardian_id, position, name, email)
SELECT :school_id, 'f' || n, 'g', 0, 'Mere Ngata', 'family' || n || '@family.example'
FROM generate_series(0, (:students::int - 1) / :children::int) AS n;

-- name: add_students!
INSERT INTO student (school_id, student_id, family_id, given_name, family_name, level_id)
SELECT :school_id, 's' || n, 'f' || n / :children::int,
    (:given_names::text[])[1 + n % cardinality(:given_names::text[])],
    (:family_names::text[])[1 + n % cardinality(:family_names::text[])],
    :level_id
FROM generate_series(0, :students::int - 1) AS n;

-- name: add_progressions!
INSERT INTO pending_progression (progression_id, school_id, student_id, level_id, teacher_id, completed_on, since)
SELECT progression_id, :school_id, student_id, :level_id, :teacher_id, current_date, now()
FROM unnest(:progression_ids::text[], :student_ids::text[]) AS completed (progression_id, student_id);


-- Marks

-- name: make_bare_marks#
-- The same columns, keys and checks as progression's own.
CREATE SCHEMA bench;
CREATE TABLE bench.mark (LIKE mark INCLUDING ALL, FOREIGN KEY (school_id, student_id) REFERENCES student);

-- name: insert_bare_mark!
INSERT INTO bench.mark (school_id, student_id, level_id, skill_id, value, teacher_id, marked_on, recorded_at)
VALUES (:school_id, :student_id, :level_id, :skill_id, :value, :teacher_id, :marked_on, :recorded_at);

-- name: lots_of_marks$
-- Each transaction claims its commands, so this is how many there were.
SELECT count(DISTINCT xmin::text) FROM command WHERE type = 'school.laurel.progress.record_marks.v1';

-- name: detected^
SELECT (SELECT count(*) FROM mark) AS marks, (SELECT count(*) FROM pending_progression) AS completed;


-- A register that has grown over two years: all of it is issued, known to portal and notification, and waits for nothing

-- name: add_past_levels!
INSERT INTO level (school_id, level_id, name, position, layout_id, auto_issue)
SELECT :school_id, 'past' || n, 'Level ' || n, 100 + n, :layout_id, false FROM generate_series(0, 9) AS n;

-- name: add_past_runs!
-- Of a hundred certificates each; and the commands that started them.
WITH past AS (
    SELECT 'past' || n AS run_id, now() - interval '800 days' + n * (interval '70000 days' / :certificates::int) AS moment
    FROM generate_series(0, (:certificates::int - 1) / 100) AS n
), commands AS (
    INSERT INTO command (school_id, command_id, type, state, reasons, handled_at)
    SELECT :school_id, md5(run_id)::uuid, 'school.laurel.certificates.start_generation.v1', 'accepted', '[]', moment
    FROM past
)
INSERT INTO run (school_id, run_id, requested_by, requested_at, email)
SELECT :school_id, run_id, 'Office', moment, 'send' FROM past;

-- name: add_past_progressions!
-- Ten to a student, each in a level of its own.
INSERT INTO pending_progression (
    progression_id, school_id, student_id, level_id, teacher_id, completed_on, since,
    certificate_actioned_at, level_change_actioned_at
)
SELECT md5('progression' || n)::uuid, :school_id, 's' || n / 10, 'past' || n % 10, :teacher_id, moment, moment,
    moment, moment
FROM generate_series(0, :certificates::int - 1) AS n,
    LATERAL (SELECT now() - interval '800 days' + n * (interval '700 days' / :certificates::int)) AS past (moment);

-- name: add_past_certificates!
INSERT INTO certificate (
    school_id, certificate_id, number, verify_url, kind, student_id, family_id, level_id, level_name,
    progression_id, run_id, email, created_at
)
SELECT p.school_id, md5('certificate' || p.progression_id)::uuid,
    '2020-' || lpad(row_number() OVER (ORDER BY since)::text, 7, '0'),
    'https://portal.example/verify/' || substr(md5(p.progression_id), 1, 16), 'level', p.student_id, s.family_id,
    p.level_id, 'Level ' || p.level_id, p.progression_id,
    'past' || (row_number() OVER (ORDER BY since) - 1) / 100, 'send', since
FROM pending_progression p
JOIN student s USING (school_id, student_id)
WHERE p.school_id = :school_id;

-- name: add_past_versions!
INSERT INTO certificate_version (
    school_id, certificate_id, version, state, layout_id, layout_version, recipient_name, title, notes, teacher_id,
    teacher_name, issued_on, fields, requested_by, requested_at, settled_at, pdf, sent_at, sends, known_as
)
SELECT school_id, certificate_id, 1, 'issued', :layout_id, 1, 'Aroha Ngata', level_name, :notes, :teacher_id,
    'Tama Walker', created_at, :fields, 'Office', created_at, created_at,
    jsonb_build_object('key', certificate_id, 'bytes', 312000, 'sha256', encode(sha256(certificate_id::bytea), 'hex')),
    created_at, 1, 'issued'
FROM certificate
WHERE school_id = :school_id;

-- name: drop_progressions!
DELETE FROM pending_progression WHERE progression_id = ANY (:progression_ids::text[]);

-- name: add_level!
INSERT INTO level (school_id, level_id, name, position, layout_id, auto_issue)
VALUES (:school_id, :level_id, :level_id, 0, :layout_id, false);

-- name: some_students
-- From all over the table.
SELECT student_id FROM student WHERE school_id = :school_id ORDER BY md5(student_id || :salt) LIMIT :count;


-- The portal's schema: as many certificates, published over two years

-- name: publish_past_certificates!
INSERT INTO certificate_version (
    school_id, certificate_id, version, family_id, student_id, recipient_name, title, level_name, school_name,
    teacher_name, locale, number, issued_on, pdf_key, pdf_sha256, verification_sha256, published_at, width_pt, height_pt
)
SELECT :school_id, md5('certificate' || n)::uuid, 1, 'f' || n / :to_a_family::int, 's' || n / :to_a_child::int,
    (:given_names::text[])[1 + n / :to_a_child::int % cardinality(:given_names::text[])] || ' '
        || (:family_names::text[])[1 + n / :to_a_family::int % cardinality(:family_names::text[])],
    (:levels::text[])[1 + n % cardinality(:levels::text[])], (:levels::text[])[1 + n % cardinality(:levels::text[])],
    'Kauri Coast Swim School', 'Tama Walker', 'en-NZ', 'KC-2026-' || lpad(n::text, 7, '0'), moment::date,
    :pdf_key, :pdf_sha256, sha256(('code' || n)::bytea), moment, 842, 595
FROM generate_series(0, :certificates::int - 1) AS n,
    LATERAL (SELECT now() - interval '800 days' + n * (interval '700 days' / :certificates::int)) AS past (moment);


-- The outbox, seen from beside: when each row came and went

-- name: watch_outbox#
CREATE SCHEMA bench;
CREATE TABLE bench.passing (seq bigint NOT NULL, operation text NOT NULL);
CREATE FUNCTION bench.note_passing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO bench.passing VALUES (coalesce(NEW.seq, OLD.seq), TG_OP);
    RETURN NULL;
END $$;
CREATE TRIGGER note_passing AFTER INSERT OR DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION bench.note_passing();

-- name: outbox_lags
-- Milliseconds from the commit that queued a message to the commit that took it out again, which comes after its PubAck.
SELECT 1000 * extract(
    epoch FROM pg_xact_commit_timestamp(taken.xmin) - pg_xact_commit_timestamp(queued.xmin)
)::float AS lag_ms
FROM bench.passing AS queued
JOIN bench.passing AS taken USING (seq)
WHERE queued.operation = 'INSERT' AND taken.operation = 'DELETE';


-- Certificates that wait

-- name: register_now^
SELECT
    count(*) FILTER (WHERE state = 'issuing') AS waiting,
    count(*) FILTER (WHERE state = 'issued') AS issued,
    count(*) FILTER (WHERE state = 'failed') AS failed
FROM certificate_version;


-- The way through all services

-- name: mails_in_ledger$
SELECT count(*) FROM notification.mail;

-- name: written_until_now^
-- A transaction takes a number when it first writes. What backends have not reported yet is not in `written`.
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS commits,
    (SELECT sum(tup_inserted + tup_updated + tup_deleted)::bigint FROM pg_stat_database) AS written;

-- name: bytes_on_disk^
SELECT pg_database_size(current_database()) AS "Postgres: tables and indexes",
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS "Postgres: WAL";

-- name: make_bare_pipeline#
CREATE SCHEMA bench;
CREATE TABLE bench.bare (seq bigserial PRIMARY KEY, body bytea NOT NULL);
