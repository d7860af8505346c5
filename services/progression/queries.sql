-- Commands and their outcomes

-- name: claim_commands
-- The commands that nobody has handled; of those that repeat one, no row comes back.
INSERT INTO command (school_id, command_id, type, state, reasons, handled_at)
SELECT school_id, command_id, type, 'accepted', '[]', :now
FROM unnest(:school_ids::text[], :command_ids::text[], :types::text[]) AS arrived (school_id, command_id, type)
ON CONFLICT DO NOTHING
RETURNING school_id, command_id;

-- name: mark_command_refused!
UPDATE command SET state = 'refused', reasons = :reasons
WHERE school_id = :school_id AND command_id = :command_id;

-- name: command_outcome^
SELECT state, reasons FROM command WHERE school_id = :school_id AND command_id = :command_id;


-- Roster and curriculum

-- name: school^
SELECT school_id, name, time_zone, locale FROM school WHERE school_id = :school_id;

-- name: put_school!
INSERT INTO school (school_id, name, time_zone, locale, pupil)
VALUES (:school_id, :name, :time_zone, :locale, :pupil)
ON CONFLICT (school_id) DO UPDATE
SET name = excluded.name, time_zone = excluded.time_zone, locale = excluded.locale, pupil = excluded.pupil;

-- name: pupil$
SELECT pupil FROM school WHERE school_id = :school_id;

-- name: put_venue!
INSERT INTO venue (school_id, venue_id, name, time_zone)
VALUES (:school_id, :venue_id, :name, :time_zone)
ON CONFLICT (school_id, venue_id) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone;

-- name: drop_other_venues!
-- A venue that students still go to stays.
DELETE FROM venue
WHERE school_id = :school_id AND venue_id <> ALL (:venue_ids)
    AND NOT EXISTS (
        SELECT FROM student WHERE student.school_id = venue.school_id AND student.venue_id = venue.venue_id
    );

-- name: venues
SELECT venue_id, name, time_zone FROM venue WHERE school_id = :school_id ORDER BY name, venue_id;

-- name: venue^
SELECT venue_id, name, time_zone FROM venue WHERE school_id = :school_id AND venue_id = :venue_id;

-- name: put_family!
INSERT INTO family (school_id, family_id, name)
VALUES (:school_id, :family_id, :name)
ON CONFLICT (school_id, family_id) DO UPDATE SET name = excluded.name;

-- name: drop_guardians!
DELETE FROM guardian WHERE school_id = :school_id AND family_id = :family_id;

-- name: add_guardian!
INSERT INTO guardian (school_id, family_id, guardian_id, position, name, email, locale)
VALUES (:school_id, :family_id, :guardian_id, :position, :name, :email, :locale);

-- name: guardians
SELECT guardian_id, name, email, locale FROM guardian
WHERE school_id = :school_id AND family_id = :family_id
ORDER BY position;

-- name: guardians_of_family
-- No row where there is no such family; one without a guardian where it has none.
SELECT guardian_id, guardian.name, email, locale
FROM family LEFT JOIN guardian USING (school_id, family_id)
WHERE school_id = :school_id AND family_id = :family_id
ORDER BY position;

-- name: guardians_by_address
-- All who have this address; families in a fixed order, and in each the one who comes first there.
SELECT family_id, guardian_id, name, email, locale FROM guardian
WHERE school_id = :school_id AND address_sha256(email) = :address_sha256
ORDER BY family_id, position;

-- name: family^
SELECT family_id, name FROM family WHERE school_id = :school_id AND family_id = :family_id;

-- name: put_teacher!
INSERT INTO teacher (school_id, teacher_id, name)
VALUES (:school_id, :teacher_id, :name)
ON CONFLICT (school_id, teacher_id) DO UPDATE SET name = excluded.name;

-- name: teachers_by_id
SELECT teacher_id, name FROM teacher WHERE school_id = :school_id AND teacher_id = ANY (:teacher_ids);

-- name: teachers
SELECT teacher_id, name FROM teacher WHERE school_id = :school_id ORDER BY name, teacher_id;

-- name: put_student!
INSERT INTO student (
    school_id, student_id, family_id, given_name, family_name, preferred_name, level_id, class_name, venue_id, weekday
)
VALUES (
    :school_id, :student_id, :family_id, :given_name, :family_name, :preferred_name, :level_id, :class_name, :venue_id,
    :weekday
)
ON CONFLICT (school_id, student_id) DO UPDATE
SET family_id = excluded.family_id,
    given_name = excluded.given_name,
    family_name = excluded.family_name,
    preferred_name = excluded.preferred_name,
    level_id = excluded.level_id,
    class_name = excluded.class_name,
    venue_id = excluded.venue_id,
    weekday = excluded.weekday;

-- name: set_preferred_name^
-- No row comes back where there is no such student.
UPDATE student SET preferred_name = :preferred_name
WHERE school_id = :school_id AND student_id = :student_id
RETURNING student_id;

-- name: put_level!
INSERT INTO level (school_id, level_id, name, position, next_level_id, layout_id, auto_issue)
VALUES (:school_id, :level_id, :name, :position, :next_level_id, :layout_id, :auto_issue)
ON CONFLICT (school_id, level_id) DO UPDATE
SET name = excluded.name,
    position = excluded.position,
    next_level_id = excluded.next_level_id,
    layout_id = excluded.layout_id,
    auto_issue = excluded.auto_issue;

-- name: drop_skills!
DELETE FROM skill WHERE school_id = :school_id AND level_id = :level_id;

-- name: add_skill!
INSERT INTO skill (school_id, level_id, skill_id, position, name, kind)
VALUES (:school_id, :level_id, :skill_id, :position, :name, :kind);

-- name: levels_by_id
SELECT level_id, name, next_level_id, layout_id, auto_issue FROM level
WHERE school_id = :school_id AND level_id = ANY (:level_ids);

-- name: skills
SELECT level_id, skill_id, name, kind FROM skill
WHERE school_id = :school_id AND level_id = ANY (:level_ids)
ORDER BY level_id, position;

-- name: lock_students
-- Held until the transaction ends, so that two marks of one student decide one after the other.
SELECT s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.level_id,
    coalesce(v.time_zone, school.time_zone) AS time_zone
FROM student s
JOIN school USING (school_id)
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE s.school_id = :school_id AND s.student_id = ANY (:student_ids)
ORDER BY s.student_id
FOR UPDATE OF s;

-- name: students_in_level
SELECT student_id FROM student WHERE school_id = :school_id AND level_id = :level_id ORDER BY student_id;

-- name: put_layout!
-- Events may arrive in any order: an older version never hides a newer one.
INSERT INTO layout (school_id, layout_id, layout_version, name, fields)
VALUES (:school_id, :layout_id, :layout_version, :name, :fields)
ON CONFLICT (school_id, layout_id) DO UPDATE
SET layout_version = excluded.layout_version, name = excluded.name, fields = excluded.fields
WHERE layout.layout_version < excluded.layout_version;

-- name: layouts_by_id
SELECT layout_id, layout_version, name, fields FROM layout
WHERE school_id = :school_id AND layout_id = ANY (:layout_ids);


-- Marks and pending progressions

-- name: put_marks!
-- One that was marked earlier takes the place of no newer one. What is of this very moment always counts, whatever
-- another process's clock has written.
INSERT INTO mark (school_id, student_id, level_id, skill_id, value, teacher_id, marked_on, recorded_at)
SELECT :school_id, student_id, level_id, skill_id, value, teacher_id, marked_on, marked_at
FROM unnest(
    :student_ids::text[], :level_ids::text[], :skill_ids::text[], :mark_values::smallint[],
    :teacher_ids::text[], :dates::date[], :moments::timestamptz[]
) AS given (student_id, level_id, skill_id, value, teacher_id, marked_on, marked_at)
ON CONFLICT (school_id, student_id, level_id, skill_id) DO UPDATE
SET value = excluded.value,
    teacher_id = excluded.teacher_id,
    marked_on = excluded.marked_on,
    recorded_at = greatest(mark.recorded_at, excluded.recorded_at)
WHERE mark.recorded_at <= excluded.recorded_at OR excluded.recorded_at = :now::timestamptz;

-- name: marks
-- Of each student the marks in one level.
SELECT mark.student_id, skill_id, value FROM mark
JOIN unnest(:student_ids::text[], :level_ids::text[]) AS wanted (student_id, level_id) USING (student_id, level_id)
WHERE mark.school_id = :school_id;

-- name: newest_marks
-- Of each student the newest mark in one level.
SELECT DISTINCT ON (mark.student_id) mark.student_id, teacher_id, marked_on FROM mark
JOIN unnest(:student_ids::text[], :level_ids::text[]) AS wanted (student_id, level_id) USING (student_id, level_id)
WHERE mark.school_id = :school_id
ORDER BY mark.student_id, recorded_at DESC, marked_on DESC;

-- name: progressions_of
-- Of each student the progression in one level, locked until the transaction ends.
SELECT progression_id, p.student_id, p.level_id, teacher_id,
    certificate_actioned_at IS NULL AS certificate_waits,
    level_change_actioned_at IS NULL AS level_change_waits, taken_back
FROM pending_progression p
JOIN unnest(:student_ids::text[], :level_ids::text[]) AS wanted (student_id, level_id) USING (student_id, level_id)
WHERE p.school_id = :school_id
ORDER BY progression_id
FOR UPDATE OF p;

-- name: lock_progressions
SELECT progression_id, student_id, level_id, teacher_id,
    certificate_actioned_at IS NULL AS certificate_waits,
    level_change_actioned_at IS NULL AS level_change_waits, taken_back
FROM pending_progression
WHERE school_id = :school_id AND progression_id = ANY (:progression_ids)
ORDER BY progression_id
FOR UPDATE;

-- name: add_progressions!
INSERT INTO pending_progression (
    progression_id, school_id, student_id, level_id, teacher_id, completed_on, since
)
SELECT progression_id, :school_id, student_id, level_id, teacher_id, completed_on, :now
FROM unnest(
    :progression_ids::text[], :student_ids::text[], :level_ids::text[], :teacher_ids::text[], :dates::date[]
) AS completed (progression_id, student_id, level_id, teacher_id, completed_on);

-- name: drop_progression!
DELETE FROM pending_progression WHERE progression_id = :progression_id;

-- name: action_certificates!
UPDATE pending_progression SET certificate_actioned_at = :now WHERE progression_id = ANY (:progression_ids);

-- name: action_level_changes!
UPDATE pending_progression p
SET level_change_actioned_at = :now, level_change_run_id = :run_id, to_level_id = moved.to_level_id
FROM unnest(:progression_ids::text[], :to_level_ids::text[]) AS moved (progression_id, to_level_id)
WHERE p.progression_id = moved.progression_id;

-- name: move_students!
UPDATE student s SET level_id = moved.to_level_id
FROM unnest(:student_ids::text[], :to_level_ids::text[]) AS moved (student_id, to_level_id)
WHERE s.school_id = :school_id AND s.student_id = moved.student_id;


-- Runs and the register

-- name: add_run^
-- No row comes back where the run exists already.
INSERT INTO run (school_id, run_id, requested_by, requested_at, issue_date, email, send_after)
VALUES (:school_id, :run_id, :requested_by, :now, :issue_date, :email, :send_after)
ON CONFLICT DO NOTHING
RETURNING run_id;

-- name: take_numbers$
-- The last of as many numbers as are wanted; the others are those before it.
INSERT INTO certificate_counter (school_id, year, last)
VALUES (:school_id, :year, :wanted)
ON CONFLICT (school_id, year) DO UPDATE SET last = certificate_counter.last + :wanted
RETURNING last;

-- name: add_certificates!
INSERT INTO certificate (
    school_id, certificate_id, number, verify_url, kind, student_id, family_id, level_id, level_name,
    progression_id, run_id, email, send_after, created_at
)
SELECT :school_id, new.*, :now
FROM unnest(
    :certificate_ids::text[], :numbers::text[], :verify_urls::text[], :kinds::text[], :student_ids::text[],
    :family_ids::text[], :level_ids::text[], :level_names::text[], :progression_ids::text[], :run_ids::text[],
    :emails::text[], :send_afters::timestamptz[]
) AS new;

-- name: certificates_that_exist
-- Or did: the id of one that was erased is not used again.
SELECT certificate_id FROM certificate WHERE school_id = :school_id AND certificate_id = ANY (:certificate_ids)
UNION ALL
SELECT wanted.certificate_id FROM unnest(:certificate_ids::text[]) AS wanted (certificate_id)
JOIN erased_certificate ON erased_certificate.school_id = :school_id
    AND certificate_sha256 = sha256(convert_to(:school_id || '/' || wanted.certificate_id, 'UTF8'));

-- name: add_versions!
INSERT INTO certificate_version (
    school_id, certificate_id, version, state, urgent, layout_id, layout_version, recipient_name, title, notes,
    teacher_id, teacher_name, issued_on, fields, requested_by, requested_at, reason, trace
)
SELECT :school_id, certificate_id, version, 'issuing', urgent, layout_id, layout_version, recipient_name, title, notes,
    teacher_id, teacher_name, issued_on, fields, requested_by, :now, reason, :trace
FROM unnest(
    :certificate_ids::text[], :versions::int[], :urgent::boolean[], :layout_ids::text[], :layout_versions::int[],
    :recipient_names::text[], :titles::text[], :notes::text[], :teacher_ids::text[], :teacher_names::text[],
    :dates::date[], :fields::jsonb[], :requested_by::text[], :reasons::text[]
) AS new (
    certificate_id, version, urgent, layout_id, layout_version, recipient_name, title, notes, teacher_id, teacher_name,
    issued_on, fields, requested_by, reason
);

-- name: lock_certificate^
-- The register's entry with its newest version.
SELECT c.certificate_id, c.number, c.verify_url, c.kind, c.student_id, c.family_id, c.level_id, c.level_name,
    c.progression_id, c.run_id, v.version, v.state, v.layout_id, v.layout_version, v.recipient_name, v.title,
    v.notes, v.teacher_id, v.teacher_name, v.issued_on, v.fields
FROM certificate c
JOIN certificate_version v USING (school_id, certificate_id)
WHERE c.school_id = :school_id AND c.certificate_id = :certificate_id
ORDER BY v.version DESC
LIMIT 1
FOR UPDATE;

-- name: settle_issued
-- The rows that were not settled before. Here and below `= ANY` is said for the planner: fed by a list alone it reads
-- all that a school issues, as soon as that is much.
UPDATE certificate_version v
SET state = 'issued', pdf = rendered.pdf, settled_at = :now
FROM unnest(:certificate_ids::text[], :versions::int[], :pdfs::jsonb[]) AS rendered (certificate_id, version, pdf),
    certificate c
WHERE v.school_id = :school_id AND v.certificate_id = ANY (:certificate_ids)
    AND v.certificate_id = rendered.certificate_id AND v.version = rendered.version
    AND v.state = 'issuing'
    AND c.school_id = v.school_id AND c.certificate_id = v.certificate_id
RETURNING c.certificate_id, c.number, c.verify_url, c.kind, c.student_id, c.family_id, c.level_id, c.level_name,
    c.progression_id, c.run_id, v.version, v.recipient_name, v.title, v.teacher_id, v.teacher_name, v.issued_on,
    v.layout_id, v.layout_version, v.pdf, v.reason;

-- name: other_bytes
-- Versions whose registered PDF is not the one that was printed now.
SELECT v.certificate_id, v.version
FROM certificate_version v
JOIN unnest(:certificate_ids::text[], :versions::int[], :sha256s::text[]) AS rendered (certificate_id, version, sha256)
    USING (certificate_id, version)
WHERE v.school_id = :school_id AND v.certificate_id = ANY (:certificate_ids) AND v.pdf ->> 'sha256' <> rendered.sha256;

-- name: settle_failed!
UPDATE certificate_version SET state = 'failed', failure = :failure, settled_at = :now
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version = :version AND state = 'issuing';

-- name: replace_older_versions
UPDATE certificate_version SET state = 'replaced', replaced_by = :version, settled_at = :now
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version < :version AND state = 'issued'
RETURNING version;

-- name: withdraw_versions
-- Every version that stands or is being printed.
UPDATE certificate_version SET state = 'withdrawn', reason = :reason, settled_at = :now
WHERE school_id = :school_id AND certificate_id = :certificate_id AND state IN ('issuing', 'issued')
RETURNING version;

-- name: mark_presented
-- Those that stand, and whether that changes anything; who ticked first stays.
WITH standing AS (
    SELECT certificate_id, version, presented_at IS NOT NULL AS presented FROM certificate_version
    WHERE school_id = :school_id AND certificate_id = ANY (:certificate_ids) AND state = 'issued'
    FOR UPDATE
)
UPDATE certificate_version v
SET presented_at = CASE WHEN :presented::boolean THEN coalesce(v.presented_at, :now::timestamptz) END,
    presented_by = CASE WHEN :presented THEN coalesce(v.presented_by, :requested_by::text) END,
    presenting_known = true
FROM standing
WHERE v.school_id = :school_id AND v.certificate_id = standing.certificate_id AND v.version = standing.version
RETURNING v.certificate_id, standing.presented <> :presented AS changed;

-- name: certificate_numbers
SELECT certificate_id, number FROM certificate WHERE school_id = :school_id AND certificate_id = ANY (:certificate_ids);

-- name: keep_correction_request^
-- The request's id; none where it, or a later one of the same certificate, is known already.
INSERT INTO correction_request (school_id, certificate_id, request_id, version, recipient_name, message, requested_at)
VALUES (:school_id, :certificate_id, :request_id, :version, :recipient_name, :message, :requested_at)
ON CONFLICT (school_id, certificate_id) DO UPDATE
SET request_id = excluded.request_id, version = excluded.version, recipient_name = excluded.recipient_name,
    message = excluded.message, requested_at = excluded.requested_at,
    outcome = NULL, by_version = NULL, reason = NULL, answered_at = NULL
WHERE (correction_request.requested_at, correction_request.request_id) < (excluded.requested_at, excluded.request_id)
RETURNING request_id;

-- name: correction_request^
SELECT request_id, certificate_id, outcome, by_version, reason FROM correction_request
WHERE school_id = :school_id AND certificate_id = :certificate_id;

-- name: answer_correction_request^
UPDATE correction_request
SET outcome = :outcome, by_version = :by_version, reason = :reason, answered_at = :now
WHERE school_id = :school_id AND certificate_id = :certificate_id AND outcome IS NULL
RETURNING request_id, certificate_id, outcome, by_version, reason;

-- name: retry_failed^
-- A version that failed goes to rendering again, on the newest version of its layout. It was never issued.
UPDATE certificate_version v
SET state = 'issuing', urgent = true, layout_version = layout.layout_version, requested_at = :now,
    failure = NULL, settled_at = NULL, sent_at = NULL, sends = 0
FROM layout
WHERE v.school_id = :school_id AND v.certificate_id = :certificate_id AND v.state = 'failed'
    AND v.version = (
        SELECT max(version) FROM certificate_version newest
        WHERE newest.school_id = v.school_id AND newest.certificate_id = v.certificate_id
    )
    AND layout.school_id = v.school_id AND layout.layout_id = v.layout_id
RETURNING v.version;

-- name: print_again^
-- What an issued version was printed from.
SELECT certificate_id, version, layout_id, layout_version, fields FROM certificate_version
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version = :version AND pdf IS NOT NULL;


-- Audit

-- name: add_audit!
-- Of certificates that are in the register by now, in their order.
INSERT INTO audit (school_id, at, act, who, certificate_id, number, student_id, run_id, reason, changes)
SELECT c.school_id, :now::timestamptz, done.act, done.who, c.certificate_id, c.number, c.student_id, done.run_id, done.reason,
    done.detail -> 'changes'
FROM unnest(
    :acts::text[], :whos::text[], :certificate_ids::text[], :run_ids::text[], :reasons::text[], :details::jsonb[]
) WITH ORDINALITY AS done (act, who, certificate_id, run_id, reason, detail, place)
JOIN certificate c
    ON c.school_id = :school_id AND c.certificate_id = ANY (:certificate_ids)
    AND c.certificate_id = done.certificate_id
ORDER BY done.place;

-- name: newest_audit
SELECT entry_id FROM audit
WHERE school_id = :school_id AND entry_id < :before
ORDER BY entry_id DESC LIMIT :wanted;

-- name: audit_of_certificate
SELECT entry_id FROM audit
WHERE school_id = :school_id AND certificate_id = :certificate_id AND entry_id < :before
ORDER BY entry_id DESC LIMIT :wanted;

-- name: audit_found
-- By student, by who did it, by number: each is looked up in its own index, newest first, so that it stays quick
-- whatever the school has done. Who there is at all is found by jumping through theirs.
WITH RECURSIVE person (who) AS (
    (SELECT who FROM audit WHERE school_id = :school_id AND who IS NOT NULL ORDER BY who LIMIT 1)
    UNION ALL
    SELECT (SELECT who FROM audit WHERE school_id = :school_id AND who > person.who ORDER BY who LIMIT 1)
    FROM person WHERE person.who IS NOT NULL
)
SELECT theirs.entry_id
FROM student
CROSS JOIN LATERAL (
    SELECT entry_id FROM audit
    WHERE school_id = :school_id AND audit.student_id = student.student_id AND entry_id < :before
    ORDER BY entry_id DESC LIMIT :wanted
) AS theirs
WHERE student.school_id = :school_id
    AND concat_ws(' ', student.given_name, student.preferred_name, student.family_name) ILIKE :search
UNION
SELECT theirs.entry_id
FROM person
CROSS JOIN LATERAL (
    SELECT entry_id FROM audit
    WHERE school_id = :school_id AND audit.who = person.who AND entry_id < :before
    ORDER BY entry_id DESC LIMIT :wanted
) AS theirs
WHERE person.who ILIKE :search
UNION
SELECT entry_id
FROM audit
JOIN certificate USING (school_id, certificate_id)
WHERE school_id = :school_id AND certificate.number = :number AND entry_id < :before
ORDER BY entry_id DESC LIMIT :wanted;

-- name: audit_entries
SELECT a.entry_id, a.at, a.who, a.act, a.certificate_id, a.number, a.run_id, a.reason, a.changes, version.title,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, venue.name AS venue_name
FROM audit a
JOIN certificate_version version
    ON version.school_id = a.school_id AND version.certificate_id = a.certificate_id AND version.version = 1
JOIN student s ON s.school_id = a.school_id AND s.student_id = a.student_id
LEFT JOIN venue ON venue.school_id = s.school_id AND venue.venue_id = s.venue_id
WHERE a.school_id = :school_id AND a.entry_id = ANY (:entry_ids)
ORDER BY a.entry_id DESC;


-- A run is cancelled or undone

-- name: lock_run^
SELECT run_id, requested_at, email, send_after, undone_at IS NOT NULL AS undone,
    EXISTS (
        SELECT FROM certificate WHERE certificate.school_id = run.school_id AND certificate.run_id = run.run_id
    ) AS has_certificates
FROM run
WHERE school_id = :school_id AND run_id = :run_id
FOR UPDATE;

-- name: mark_cancelled!
UPDATE run SET cancelled_at = :now, cancelled_by = :requested_by WHERE school_id = :school_id AND run_id = :run_id;

-- name: mark_undone!
UPDATE run SET undone_at = :now, undone_by = :requested_by WHERE school_id = :school_id AND run_id = :run_id;

-- name: withdraw_unprinted_of_run
-- First versions that are not printed yet.
UPDATE certificate_version v SET state = 'withdrawn', reason = :reason, settled_at = :now
FROM certificate c
WHERE c.school_id = :school_id AND c.run_id = :run_id AND c.taken_back_at IS NULL
    AND v.school_id = c.school_id AND v.certificate_id = c.certificate_id
    AND v.version = 1 AND v.state = 'issuing'
RETURNING v.certificate_id, v.version;

-- name: withdraw_run
-- Every version that stands, is being printed, or could not be printed and might be tried again.
UPDATE certificate_version v SET state = 'withdrawn', reason = :reason, settled_at = :now
FROM certificate c
WHERE c.school_id = :school_id AND c.run_id = :run_id AND c.taken_back_at IS NULL
    AND v.school_id = c.school_id AND v.certificate_id = c.certificate_id
    AND v.state IN ('issuing', 'issued', 'failed')
RETURNING v.certificate_id, v.version;

-- name: progressions_of_run
-- Of its certificates that were not taken back, and of its level changes.
SELECT progression_id FROM certificate
WHERE school_id = :school_id AND run_id = :run_id AND taken_back_at IS NULL AND progression_id IS NOT NULL
UNION
SELECT progression_id FROM pending_progression WHERE school_id = :school_id AND level_change_run_id = :run_id;

-- name: moves_of_run
-- Its level changes, each with whether the level that it led to was completed since.
SELECT p.progression_id, p.student_id, p.level_id, p.to_level_id, l.name AS to_level_name,
    EXISTS (
        SELECT FROM pending_progression later
        WHERE later.school_id = p.school_id AND later.student_id = p.student_id AND later.level_id = p.to_level_id
            AND later.since >= p.level_change_actioned_at
    ) AS completed_since
FROM pending_progression p
JOIN level l ON l.school_id = p.school_id AND l.level_id = p.to_level_id
WHERE p.school_id = :school_id AND p.level_change_run_id = :run_id
ORDER BY p.progression_id;

-- name: take_back_certificates
-- Those of the run, or of them these alone; whose progression may have another one from now on.
UPDATE certificate SET taken_back_at = :now
WHERE school_id = :school_id AND run_id = :run_id AND taken_back_at IS NULL
    AND (:certificate_ids::text[] IS NULL OR certificate_id = ANY (:certificate_ids))
RETURNING progression_id;

-- name: certificates_wait_again!
UPDATE pending_progression SET certificate_actioned_at = NULL WHERE progression_id = ANY (:progression_ids);

-- name: level_changes_wait_again!
UPDATE pending_progression SET level_change_actioned_at = NULL, level_change_run_id = NULL, to_level_id = NULL
WHERE progression_id = ANY (:progression_ids);

-- name: count_taken_back!
UPDATE pending_progression SET taken_back = taken_back + 1 WHERE progression_id = ANY (:progression_ids);

-- name: students_named
SELECT s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, v.name AS venue_name
FROM student s
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE s.school_id = :school_id AND s.student_id = ANY (:student_ids)
ORDER BY s.family_name, s.given_name, s.student_id;

-- name: families_with_address
SELECT DISTINCT family_id FROM guardian WHERE school_id = :school_id AND family_id = ANY (:family_ids);

-- name: who_issued
SELECT c.progression_id, v.requested_by, c.created_at AS requested_at, c.run_id, c.certificate_id
FROM certificate c
JOIN certificate_version v ON v.school_id = c.school_id AND v.certificate_id = c.certificate_id AND v.version = 1
WHERE c.school_id = :school_id AND c.progression_id = ANY (:progression_ids) AND c.taken_back_at IS NULL;

-- name: who_moved
SELECT p.progression_id, coalesce(r.requested_by, :otherwise) AS requested_by,
    p.level_change_actioned_at AS requested_at, r.run_id
FROM pending_progression p
LEFT JOIN run r ON r.school_id = p.school_id AND r.run_id = p.level_change_run_id
WHERE p.school_id = :school_id AND p.progression_id = ANY (:progression_ids)
    AND p.level_change_actioned_at IS NOT NULL;


-- The way to rendering: versions that are being issued are the queue

-- name: urgent_to_send
SELECT school_id, certificate_id, version, layout_id, layout_version, fields, urgent, requested_at, sends, trace
FROM certificate_version
WHERE state = 'issuing' AND sent_at IS NULL AND urgent
ORDER BY requested_at
LIMIT :room
FOR UPDATE SKIP LOCKED;

-- name: schools_that_wait
-- Found by jumping from school to school in the index, however much waits in each.
WITH RECURSIVE waiting (school_id) AS (
    (
        SELECT school_id FROM certificate_version
        WHERE state = 'issuing' AND sent_at IS NULL AND NOT urgent
        ORDER BY school_id LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT school_id FROM certificate_version
        WHERE state = 'issuing' AND sent_at IS NULL AND NOT urgent AND school_id > waiting.school_id
        ORDER BY school_id LIMIT 1
    )
    FROM waiting WHERE waiting.school_id IS NOT NULL
)
SELECT school_id FROM waiting WHERE school_id IS NOT NULL;

-- name: to_send
-- Of each school an equal share of the room, those that wait longest first.
SELECT mine.*
FROM unnest(:school_ids::text[]) AS school (school_id)
CROSS JOIN LATERAL (
    SELECT school_id, certificate_id, version, layout_id, layout_version, fields, urgent, requested_at, sends,
        trace
    FROM certificate_version
    WHERE certificate_version.school_id = school.school_id AND state = 'issuing' AND sent_at IS NULL AND NOT urgent
    ORDER BY requested_at
    LIMIT :share
    FOR UPDATE SKIP LOCKED
) AS mine
LIMIT :room;

-- name: mark_sent!
UPDATE certificate_version v SET sent_at = :now, sent_seq = sent.seq, sends = v.sends + 1
FROM unnest(:school_ids::text[], :certificate_ids::text[], :versions::int[], :seqs::bigint[])
    AS sent (school_id, certificate_id, version, seq)
WHERE v.school_id = sent.school_id AND v.certificate_id = sent.certificate_id AND v.version = sent.version;


-- What stands still

-- name: births
SELECT name, born_at FROM stream;

-- name: put_birth!
INSERT INTO stream (name, born_at) VALUES (:name, :born_at)
ON CONFLICT (name) DO UPDATE SET born_at = excluded.born_at;

-- name: send_all_again!
-- The stream that carried them is gone.
UPDATE certificate_version SET sent_at = NULL WHERE state = 'issuing' AND sent_at IS NOT NULL;

-- name: tell_all_again!
UPDATE certificate_version SET told_at = NULL
WHERE state IN ('issued', 'replaced', 'withdrawn') AND known_as IS DISTINCT FROM state;

-- name: unanswered
-- Rendering has taken them from the stream and has not answered, or the stream has lost them: its newest has a lower
-- number.
SELECT school_id, certificate_id, version, sends FROM certificate_version
WHERE state = 'issuing' AND sent_at < :before AND (sent_seq <= :acknowledged OR sent_seq > :newest)
ORDER BY sent_at
LIMIT 500
FOR UPDATE SKIP LOCKED;

-- name: send_again!
UPDATE certificate_version v SET sent_at = NULL
FROM unnest(:school_ids::text[], :certificate_ids::text[], :versions::int[])
    AS lost (school_id, certificate_id, version)
WHERE v.school_id = lost.school_id AND v.certificate_id = lost.certificate_id AND v.version = lost.version
    AND v.state = 'issuing';

-- name: not_known
-- Settled versions that portal and notification are not known to know, and that may be asked after again.
SELECT v.school_id, v.certificate_id, v.version, v.state, v.tellings, c.email
FROM certificate_version v
JOIN certificate c USING (school_id, certificate_id)
WHERE v.state IN ('issued', 'replaced', 'withdrawn') AND v.known_as IS DISTINCT FROM v.state
    AND v.settled_at < :before
    AND (
        v.told_at IS NULL
        OR v.told_at < :now::timestamptz - LEAST(interval '5 minutes', :pause::interval * 2 ^ LEAST(v.tellings, 10))
    )
ORDER BY v.settled_at
LIMIT 500;

-- name: mark_known!
UPDATE certificate_version v SET known_as = known.state
FROM unnest(:certificate_ids::text[], :versions::int[], :states::text[]) AS known (certificate_id, version, state)
WHERE v.school_id = :school_id AND v.certificate_id = ANY (:certificate_ids)
    AND v.certificate_id = known.certificate_id AND v.version = known.version
    AND v.state = known.state;

-- name: mark_told!
UPDATE certificate_version v SET told_at = :now, tellings = v.tellings + 1
FROM unnest(:certificate_ids::text[], :versions::int[]) AS told (certificate_id, version)
WHERE v.school_id = :school_id AND v.certificate_id = ANY (:certificate_ids)
    AND v.certificate_id = told.certificate_id AND v.version = told.version;

-- name: settled_versions
-- All that the event which settled them says.
SELECT c.certificate_id, c.number, c.verify_url, c.kind, c.student_id, c.family_id, c.level_id, c.level_name,
    c.progression_id, c.run_id, v.version, v.state, v.recipient_name, v.title, v.teacher_id, v.teacher_name,
    v.issued_on, v.layout_id, v.layout_version, v.pdf, v.reason, v.replaced_by
FROM certificate_version v
JOIN certificate c USING (school_id, certificate_id)
JOIN unnest(:certificate_ids::text[], :versions::int[]) AS wanted (certificate_id, version)
    USING (certificate_id, version)
WHERE v.school_id = :school_id AND v.certificate_id = ANY (:certificate_ids);

-- name: school_ids
SELECT school_id FROM school ORDER BY school_id;

-- name: register_figures^
-- How many versions wait for what, and since when (NULL: none).
SELECT
    count(*) FILTER (WHERE state = 'issuing') AS issuing,
    min(requested_at) FILTER (WHERE state = 'issuing') AS issuing_since,
    count(*) FILTER (WHERE state = 'failed') AS failed
FROM certificate_version WHERE state IN ('issuing', 'failed');

-- name: certificate_troubles
-- What does not go on by itself, longest first.
SELECT v.certificate_id, v.version, c.number, v.title, c.run_id, v.state, v.failure, v.sent_at, v.sends, v.tellings,
    coalesce(v.settled_at, v.requested_at) AS since,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, venue.name AS venue_name
FROM certificate_version v
JOIN certificate c USING (school_id, certificate_id)
JOIN student s ON s.school_id = c.school_id AND s.student_id = c.student_id
LEFT JOIN venue ON venue.school_id = s.school_id AND venue.venue_id = s.venue_id
WHERE v.school_id = :school_id
    AND (
        v.state = 'failed' AND NOT EXISTS (
            SELECT FROM certificate_version later
            WHERE later.school_id = v.school_id AND later.certificate_id = v.certificate_id
                AND later.version > v.version
        )
        OR v.state = 'issuing' AND v.requested_at < :before
        OR v.state IN ('issued', 'replaced', 'withdrawn') AND v.known_as IS DISTINCT FROM v.state
            AND v.settled_at < :before
    )
ORDER BY since
LIMIT 500;

-- name: correction_requests
-- What families ask for and nobody has answered, longest first: of all certificates, or of one.
SELECT r.request_id, r.certificate_id, c.number, newest.title, newest.recipient_name AS printed, r.recipient_name,
    r.message, r.requested_at AS since, r.version, newest.version AS newest_version,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, venue.name AS venue_name
FROM correction_request r
JOIN certificate c USING (school_id, certificate_id)
CROSS JOIN LATERAL (
    SELECT version, title, recipient_name, state FROM certificate_version v
    WHERE v.school_id = r.school_id AND v.certificate_id = r.certificate_id
    ORDER BY version DESC LIMIT 1
) AS newest
JOIN student s ON s.school_id = c.school_id AND s.student_id = c.student_id
LEFT JOIN venue ON venue.school_id = s.school_id AND venue.venue_id = s.venue_id
WHERE r.school_id = :school_id AND r.outcome IS NULL AND newest.state <> 'withdrawn'
    AND r.certificate_id = coalesce(:certificate_id::text, r.certificate_id)
ORDER BY r.requested_at
LIMIT 500;

-- name: certificates_by_id
-- Each with whose it is; the title is that of its newest version.
SELECT DISTINCT ON (c.certificate_id) c.certificate_id, c.number, v.title,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, venue.name AS venue_name
FROM certificate c
JOIN certificate_version v USING (school_id, certificate_id)
JOIN student s ON s.school_id = c.school_id AND s.student_id = c.student_id
LEFT JOIN venue ON venue.school_id = s.school_id AND venue.venue_id = s.venue_id
WHERE c.school_id = :school_id AND c.certificate_id = ANY (:certificate_ids)
ORDER BY c.certificate_id, v.version DESC;


-- Answers

-- name: summary^
SELECT
    (
        SELECT count(*) FROM pending_progression p
        JOIN level l USING (school_id, level_id)
        JOIN student s USING (school_id, student_id)
        WHERE p.school_id = :school_id AND p.level_change_actioned_at IS NULL AND l.next_level_id IS NOT NULL
            AND coalesce(s.level_id, p.level_id) = p.level_id
    ) AS level_progressions,
    count(*) AS certificates_to_issue,
    count(*) FILTER (WHERE layout.layout_id IS NULL) AS blocked
FROM pending_progression p
JOIN level l USING (school_id, level_id)
LEFT JOIN layout ON layout.school_id = l.school_id AND layout.layout_id = l.layout_id
WHERE p.school_id = :school_id AND p.certificate_actioned_at IS NULL;

-- name: issued_by_week
-- From Monday to Monday by the school's clock, this week last. A correction is no other certificate; what was withdrawn
-- does not count.
WITH school AS (SELECT time_zone FROM school WHERE school_id = :school_id),
week AS (
    SELECT monday, monday AT TIME ZONE time_zone AS begins, (monday + interval '1 week') AT TIME ZONE time_zone AS ends
    FROM school, date_trunc('week', :now::timestamptz AT TIME ZONE time_zone) AS this_monday,
        generate_series(this_monday - (:weeks - 1) * interval '1 week', this_monday, interval '1 week') AS monday
)
SELECT monday::date AS begins_on,
    (
        SELECT count(*) FROM certificate_version v
        WHERE v.school_id = :school_id AND v.version = 1 AND v.state IN ('issued', 'replaced')
            AND v.requested_at >= begins AND v.requested_at < ends
            AND (v.state = 'issued' OR EXISTS (
                SELECT FROM certificate_version correction
                WHERE correction.school_id = v.school_id AND correction.certificate_id = v.certificate_id
                    AND correction.state = 'issued'
            ))
    ) AS certificates
FROM week ORDER BY monday;

-- name: pending_certificates
-- Of a large school few students wait: each is looked up by itself, whatever the planner knows. A layout's fields come
-- with `layouts_by_id`, once for all that it is used for.
SELECT p.progression_id, p.completed_on, p.since, p.teacher_id, t.name AS teacher_name,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name, s.weekday,
    s.venue_id, v.name AS venue_name, v.time_zone,
    l.level_id, l.name AS level_name, l.next_level_id, l.layout_id AS wanted_layout_id, l.auto_issue, s.guardians
FROM pending_progression p
CROSS JOIN LATERAL (
    SELECT one.*, (
        SELECT count(*)::int FROM guardian g WHERE g.school_id = one.school_id AND g.family_id = one.family_id
    ) AS guardians
    FROM student one WHERE one.school_id = p.school_id AND one.student_id = p.student_id
    LIMIT 1
) AS s
JOIN level l ON l.school_id = p.school_id AND l.level_id = p.level_id
JOIN teacher t ON t.school_id = p.school_id AND t.teacher_id = p.teacher_id
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE p.school_id = :school_id AND p.certificate_actioned_at IS NULL
    AND (:progression_ids::text[] IS NULL OR p.progression_id = ANY (:progression_ids))
    AND (:weekday::text IS NULL OR s.weekday = :weekday)
    AND (:venue_id::text IS NULL OR s.venue_id = :venue_id)
    AND (:class_name::text IS NULL OR s.class_name = :class_name)
    AND (:level_id::text IS NULL OR p.level_id = :level_id)
    AND (:teacher_id::text IS NULL OR p.teacher_id = :teacher_id)
    AND (:student_id::text IS NULL OR p.student_id = :student_id)
ORDER BY l.position, s.family_name, s.given_name, p.progression_id;

-- name: pending_level_changes
-- A student who was moved by hand meanwhile has no level change waiting.
SELECT p.progression_id, p.completed_on, p.since, p.teacher_id, t.name AS teacher_name,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name, s.weekday,
    s.venue_id, v.name AS venue_name,
    l.level_id, l.name AS level_name, l.next_level_id, n.name AS next_level_name
FROM pending_progression p
CROSS JOIN LATERAL (
    SELECT one.* FROM student one WHERE one.school_id = p.school_id AND one.student_id = p.student_id
    LIMIT 1
) AS s
JOIN level l ON l.school_id = p.school_id AND l.level_id = p.level_id
JOIN teacher t ON t.school_id = p.school_id AND t.teacher_id = p.teacher_id
LEFT JOIN level n ON n.school_id = l.school_id AND n.level_id = l.next_level_id
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE p.school_id = :school_id AND p.level_change_actioned_at IS NULL AND l.next_level_id IS NOT NULL
    AND coalesce(s.level_id, p.level_id) = p.level_id
    AND (:progression_ids::text[] IS NULL OR p.progression_id = ANY (:progression_ids))
    AND (:weekday::text IS NULL OR s.weekday = :weekday)
    AND (:venue_id::text IS NULL OR s.venue_id = :venue_id)
    AND (:class_name::text IS NULL OR s.class_name = :class_name)
    AND (:level_id::text IS NULL OR p.level_id = :level_id)
    AND (:teacher_id::text IS NULL OR p.teacher_id = :teacher_id)
    AND (:student_id::text IS NULL OR p.student_id = :student_id)
ORDER BY l.position, s.family_name, s.given_name, p.progression_id;

-- name: students
SELECT s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, v.name AS venue_name, s.level_id, l.name AS level_name, f.name AS family
FROM student s
JOIN family f USING (school_id, family_id)
LEFT JOIN level l ON l.school_id = s.school_id AND l.level_id = s.level_id
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE s.school_id = :school_id
    AND (:student_id::text IS NULL OR s.student_id = :student_id)
    AND (:class_name::text IS NULL OR s.class_name = :class_name)
    AND (:venue_id::text IS NULL OR s.venue_id = :venue_id)
    AND (
        :search::text IS NULL
        OR concat_ws(' ', s.given_name, s.preferred_name, s.family_name) ILIKE :search
        OR s.student_id ILIKE :search
    )
ORDER BY s.family_name, s.given_name, s.student_id
LIMIT 500;

-- name: classes
SELECT s.class_name, s.venue_id, v.name AS venue_name, count(*) AS students
FROM student s
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE s.school_id = :school_id AND s.class_name IS NOT NULL
GROUP BY s.class_name, s.venue_id, v.name
ORDER BY v.name, s.class_name;

-- name: skills_with_marks
SELECT s.student_id, k.skill_id, k.name, k.kind, m.value
FROM student s
JOIN skill k ON k.school_id = s.school_id AND k.level_id = s.level_id
LEFT JOIN mark m
    ON m.school_id = s.school_id AND m.student_id = s.student_id
    AND m.level_id = k.level_id AND m.skill_id = k.skill_id
WHERE s.school_id = :school_id AND s.student_id = ANY (:student_ids)
ORDER BY s.student_id, k.position;

-- name: certificates_of_student
-- The newest version of each.
SELECT DISTINCT ON (c.created_at, c.certificate_id)
    c.certificate_id, v.version, c.number, c.kind, v.title, v.issued_on, v.state, v.failure
FROM certificate c
JOIN certificate_version v USING (school_id, certificate_id)
WHERE c.school_id = :school_id AND c.student_id = :student_id
ORDER BY c.created_at DESC, c.certificate_id, v.version DESC;

-- name: levels_of_student
-- The levels that the student has completed, newest first.
SELECT p.progression_id, p.level_id, l.name AS level_name, p.completed_on, c.certificate_id, c.number,
    p.to_level_id, n.name AS to_level_name, p.level_change_actioned_at AS moved_at
FROM pending_progression p
JOIN level l USING (school_id, level_id)
LEFT JOIN level n ON n.school_id = p.school_id AND n.level_id = p.to_level_id
LEFT JOIN certificate c ON c.progression_id = p.progression_id AND c.taken_back_at IS NULL
WHERE p.school_id = :school_id AND p.student_id = :student_id
ORDER BY p.since DESC, l.position DESC;

-- name: certificate^
SELECT certificate_id, number, kind, student_id, family_id, level_id, level_name, verify_url, run_id, email, send_after,
    (
        SELECT next.name FROM level JOIN level AS next USING (school_id)
        WHERE level.school_id = certificate.school_id AND level.level_id = certificate.level_id
            AND next.level_id = level.next_level_id
    ) AS next_level_name,
    school.name AS school_name, school.locale
FROM certificate JOIN school USING (school_id)
WHERE school_id = :school_id AND certificate_id = :certificate_id;

-- name: certificate_versions
SELECT version, state, recipient_name, title, notes, teacher_id, teacher_name, issued_on,
    layout_id, layout_version, pdf, failure
FROM certificate_version
WHERE school_id = :school_id AND certificate_id = :certificate_id
ORDER BY version DESC;

-- name: mailed_together
-- First versions of the same family and run that are, or will be, published.
SELECT c.certificate_id
FROM certificate c
CROSS JOIN LATERAL (
    SELECT FROM certificate_version v
    WHERE v.school_id = c.school_id AND v.certificate_id = c.certificate_id
        AND v.version = 1 AND v.state IN ('issuing', 'issued')
    LIMIT 1 -- one lookup each, whatever the planner knows
) AS stands
WHERE c.school_id = :school_id AND c.run_id = :run_id AND c.family_id = :family_id
ORDER BY c.number;

-- name: run^
SELECT run_id, requested_by, requested_at, issue_date, email, send_after,
    cancelled_by, cancelled_at, undone_by, undone_at
FROM run
WHERE school_id = :school_id AND run_id = :run_id;

-- name: runs
SELECT r.run_id, r.requested_by, r.requested_at, r.undone_at,
    made.certificates, made.issued, made.failed, made.cancelled,
    (
        SELECT count(*) FROM pending_progression p
        WHERE p.school_id = r.school_id AND p.level_change_run_id = r.run_id
    ) AS level_changes
FROM (SELECT * FROM run WHERE school_id = :school_id ORDER BY requested_at DESC LIMIT 50) AS r
CROSS JOIN LATERAL (
    SELECT count(*) AS certificates,
        count(*) FILTER (WHERE v.pdf IS NOT NULL) AS issued,
        count(*) FILTER (WHERE v.state = 'failed') AS failed,
        count(*) FILTER (WHERE v.state = 'withdrawn' AND v.pdf IS NULL) AS cancelled
    FROM certificate c
    JOIN certificate_version v ON v.school_id = c.school_id AND v.certificate_id = c.certificate_id AND v.version = 1
    WHERE c.school_id = r.school_id AND c.run_id = r.run_id
) AS made
ORDER BY r.requested_at DESC;

-- name: run_states
SELECT DISTINCT ON (c.number)
    c.certificate_id, v.version, v.state, v.failure, v.sent_at IS NOT NULL AS printing, v.pdf IS NOT NULL AS printed
FROM certificate c
JOIN certificate_version v USING (school_id, certificate_id)
WHERE c.school_id = :school_id AND c.run_id = :run_id
ORDER BY c.number, v.version DESC;

-- name: certificates_of_run
SELECT DISTINCT ON (c.number)
    c.certificate_id, v.version, c.number, v.title, v.state, v.failure, v.teacher_id, v.teacher_name, v.presented_at,
    v.sent_at IS NOT NULL AS printing, v.pdf IS NOT NULL AS printed,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, venue.name AS venue_name
FROM certificate c
JOIN certificate_version v USING (school_id, certificate_id)
JOIN student s ON s.school_id = c.school_id AND s.student_id = c.student_id
LEFT JOIN venue ON venue.school_id = s.school_id AND venue.venue_id = s.venue_id
WHERE c.school_id = :school_id AND c.run_id = :run_id
ORDER BY c.number, v.version DESC;

-- name: not_presented
-- Of those that nobody has handed out the newest.
SELECT v.certificate_id, v.version, c.number, v.title, v.teacher_id, v.teacher_name, v.issued_on, c.run_id,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, venue.name AS venue_name
FROM certificate_version v
JOIN certificate c USING (school_id, certificate_id)
JOIN student s ON s.school_id = c.school_id AND s.student_id = c.student_id
LEFT JOIN venue ON venue.school_id = s.school_id AND venue.venue_id = s.venue_id
WHERE v.school_id = :school_id AND v.state = 'issued' AND v.presented_at IS NULL AND v.presenting_known
    AND (:venue_id::text IS NULL OR s.venue_id = :venue_id)
    AND (:class_name::text IS NULL OR s.class_name = :class_name)
    AND (:teacher_id::text IS NULL OR v.teacher_id = :teacher_id)
    AND (:run_id::text IS NULL OR c.run_id = :run_id)
ORDER BY v.settled_at DESC
LIMIT :most;

-- name: prints
-- What the versions that stand were printed from, and what the child is called.
SELECT v.certificate_id, v.version, v.layout_id, v.layout_version, v.fields, v.recipient_name,
    s.given_name, s.family_name, s.preferred_name
FROM certificate_version v
JOIN certificate c USING (school_id, certificate_id)
JOIN student s ON s.school_id = c.school_id AND s.student_id = c.student_id
WHERE v.school_id = :school_id AND v.certificate_id = ANY (:certificate_ids) AND v.state = 'issued';

-- name: level_changes_of_run
SELECT p.progression_id, l.level_id, l.name AS level_name, n.level_id AS to_level_id, n.name AS to_level_name,
    s.student_id, s.family_id, s.given_name, s.family_name, s.preferred_name, s.class_name,
    s.venue_id, v.name AS venue_name
FROM pending_progression p
JOIN student s USING (school_id, student_id)
JOIN level l ON l.school_id = p.school_id AND l.level_id = p.level_id
JOIN level n ON n.school_id = p.school_id AND n.level_id = p.to_level_id
LEFT JOIN venue v ON v.school_id = s.school_id AND v.venue_id = s.venue_id
WHERE p.school_id = :school_id AND p.level_change_run_id = :run_id
ORDER BY s.family_name, s.given_name, p.progression_id;


-- The roster by the lot

-- name: all_levels
-- The ladder, in its order.
SELECT level_id, name, position, next_level_id, layout_id, auto_issue FROM level
WHERE school_id = :school_id
ORDER BY position, level_id;

-- name: levels_in_use
SELECT level.level_id, coalesce(there.students, 0) AS students, coalesce(pending.waiting, 0) AS waiting
FROM level
LEFT JOIN (
    SELECT level_id, count(*) AS students FROM student WHERE school_id = :school_id GROUP BY level_id
) AS there USING (level_id)
LEFT JOIN (
    SELECT level_id, count(*) AS waiting FROM pending_progression
    WHERE school_id = :school_id AND certificate_actioned_at IS NULL
    GROUP BY level_id
) AS pending USING (level_id)
WHERE level.school_id = :school_id;

-- name: families_by_id
SELECT family_id, name FROM family WHERE school_id = :school_id AND family_id = ANY (:family_ids);

-- name: guardians_by_family
SELECT family_id, guardian_id, name, email, locale FROM guardian
WHERE school_id = :school_id AND family_id = ANY (:family_ids)
ORDER BY family_id, position;

-- name: students_by_id
SELECT student_id, family_id, given_name, family_name, preferred_name, level_id, class_name, venue_id, weekday
FROM student
WHERE school_id = :school_id AND student_id = ANY (:student_ids);

-- name: students_in_levels
SELECT student_id, level_id FROM student
WHERE school_id = :school_id AND level_id = ANY (:level_ids)
ORDER BY student_id;

-- name: ids_of_teachers
SELECT teacher_id AS id FROM teacher
WHERE school_id = :school_id AND teacher_id > :after ORDER BY teacher_id LIMIT :most;

-- name: ids_of_families
SELECT family_id AS id FROM family
WHERE school_id = :school_id AND family_id > :after ORDER BY family_id LIMIT :most;

-- name: ids_of_students
SELECT student_id AS id FROM student
WHERE school_id = :school_id AND student_id > :after ORDER BY student_id LIMIT :most;

-- name: put_levels!
INSERT INTO level (school_id, level_id, name, position, next_level_id, layout_id, auto_issue)
SELECT :school_id, given.*
FROM unnest(
    :level_ids::text[], :names::text[], :positions::int[], :next_level_ids::text[], :layout_ids::text[],
    :auto_issues::boolean[]
) AS given
ON CONFLICT (school_id, level_id) DO UPDATE
SET name = excluded.name,
    position = excluded.position,
    next_level_id = excluded.next_level_id,
    layout_id = excluded.layout_id,
    auto_issue = excluded.auto_issue;

-- name: drop_skills_of!
DELETE FROM skill WHERE school_id = :school_id AND level_id = ANY (:level_ids);

-- name: add_skills!
INSERT INTO skill (school_id, level_id, skill_id, position, name, kind)
SELECT :school_id, given.*
FROM unnest(
    :level_ids::text[], :skill_ids::text[], :positions::int[], :names::text[], :kinds::text[]
) AS given;

-- name: put_teachers!
INSERT INTO teacher (school_id, teacher_id, name)
SELECT :school_id, given.* FROM unnest(:teacher_ids::text[], :names::text[]) AS given
ON CONFLICT (school_id, teacher_id) DO UPDATE SET name = excluded.name;

-- name: put_families!
INSERT INTO family (school_id, family_id, name)
SELECT :school_id, given.* FROM unnest(:family_ids::text[], :names::text[]) AS given
ON CONFLICT (school_id, family_id) DO UPDATE SET name = excluded.name;

-- name: drop_guardians_of!
DELETE FROM guardian WHERE school_id = :school_id AND family_id = ANY (:family_ids);

-- name: add_guardians!
INSERT INTO guardian (school_id, family_id, guardian_id, position, name, email, locale)
SELECT :school_id, given.*
FROM unnest(
    :family_ids::text[], :guardian_ids::text[], :positions::int[], :names::text[], :emails::text[], :locales::text[]
) AS given;

-- name: put_students!
INSERT INTO student (
    school_id, student_id, family_id, given_name, family_name, preferred_name, level_id, class_name, venue_id,
    weekday
)
SELECT :school_id, given.*
FROM unnest(
    :student_ids::text[], :family_ids::text[], :given_names::text[], :family_names::text[], :preferred_names::text[],
    :level_ids::text[], :class_names::text[], :venue_ids::text[], :weekdays::text[]
) AS given
ON CONFLICT (school_id, student_id) DO UPDATE
SET family_id = excluded.family_id,
    given_name = excluded.given_name,
    family_name = excluded.family_name,
    preferred_name = excluded.preferred_name,
    level_id = excluded.level_id,
    class_name = excluded.class_name,
    venue_id = excluded.venue_id,
    weekday = excluded.weekday;


-- A child is erased

-- name: lock_certificates_of_student
SELECT certificate_id, number, progression_id FROM certificate
WHERE school_id = :school_id AND student_id = :student_id
ORDER BY certificate_id
FOR UPDATE;

-- name: names_printed
SELECT DISTINCT recipient_name FROM certificate_version
WHERE school_id = :school_id AND certificate_id = ANY (:certificate_ids);

-- name: progression_ids_of
SELECT progression_id FROM pending_progression WHERE school_id = :school_id AND student_id = :student_id;

-- name: family_has_another_child$
-- Or had: one who belongs to another family now, and has certificates from this one's days.
SELECT EXISTS (
    SELECT FROM student WHERE school_id = :school_id AND family_id = :family_id AND student_id <> :student_id
) OR EXISTS (
    SELECT FROM certificate WHERE school_id = :school_id AND family_id = :family_id AND student_id <> :student_id
);

-- name: guardians_of_this_family_alone
SELECT guardian_id FROM guardian
WHERE school_id = :school_id AND family_id = :family_id
    AND NOT EXISTS (
        SELECT FROM guardian AS elsewhere
        WHERE elsewhere.school_id = guardian.school_id AND elsewhere.guardian_id = guardian.guardian_id
            AND elsewhere.family_id <> guardian.family_id
    );

-- name: forget_reasons!
-- Refusals that quote any of the words.
UPDATE command SET reasons = :reasons::jsonb
WHERE school_id = :school_id AND state = 'refused'
    AND EXISTS (SELECT FROM unnest(:words::text[]) AS word WHERE strpos(reasons::text, word) > 0);

-- name: lock_outbox
-- What the school is not told yet; the relay's rows as soon as it is done with them.
SELECT seq, body FROM outbox WHERE split_part(subject, '.', 5) = :school_id ORDER BY seq FOR UPDATE;

-- name: drop_from_outbox!
DELETE FROM outbox WHERE seq = ANY (:seqs::bigint[]);

-- name: add_erasure!
INSERT INTO erasure (school_id, erasure_id, student_sha256, at, requested_by, reason, removed, traces, told_at)
VALUES (:school_id, :erasure_id, :student_sha256, :now, :requested_by, :reason, :removed, :traces, :now);

-- name: remember_erased!
INSERT INTO erased_certificate (school_id, certificate_sha256, erasure_id)
SELECT :school_id, sha256(convert_to(:school_id || '/' || certificate_id, 'UTF8')), :erasure_id
FROM unnest(:certificate_ids::text[]) AS certificate_id
ON CONFLICT DO NOTHING;

-- name: erased_among
SELECT wanted.certificate_id, erasure_id FROM unnest(:certificate_ids::text[]) AS wanted (certificate_id)
JOIN erased_certificate ON school_id = :school_id
    AND certificate_sha256 = sha256(convert_to(:school_id || '/' || wanted.certificate_id, 'UTF8'));

-- name: confirm_erasure!
INSERT INTO erasure_confirmation (school_id, erasure_id, service, round, at, removed)
SELECT school_id, erasure_id, :service, :round, :now::timestamptz, :removed::jsonb FROM erasure
WHERE school_id = :school_id AND erasure_id = :erasure_id
ON CONFLICT DO NOTHING;

-- name: erasure^
SELECT erasure_id FROM erasure WHERE school_id = :school_id AND erasure_id = :erasure_id;

-- name: erasures
-- Newest first, each with what the services have said.
SELECT erasure_id, at, requested_by, reason, encode(student_sha256, 'hex') AS student_sha256, removed, messages,
    completed_at, (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'service', service, 'round', round, 'at', said.at, 'removed', said.removed) ORDER BY round), '[]')
        FROM erasure_confirmation said
        WHERE said.school_id = erasure.school_id AND said.erasure_id = erasure.erasure_id
    ) AS said
FROM erasure
WHERE school_id = :school_id AND (:erasure_id::text IS NULL OR erasure_id = :erasure_id)
ORDER BY at DESC;

-- name: open_erasures
SELECT school_id, erasure_id, at, traces, round, told_at, tellings, swept_at, ARRAY(
        SELECT service FROM erasure_confirmation said
        WHERE said.school_id = erasure.school_id AND said.erasure_id = erasure.erasure_id
            AND said.round = erasure.round
    ) AS confirmed_by
FROM erasure
WHERE completed_at IS NULL
ORDER BY at
LIMIT 100;

-- name: open_erasures_since
-- Of one school, those that nobody has completed for too long.
SELECT erasure_id, at, ARRAY(
        SELECT service FROM erasure_confirmation said
        WHERE said.school_id = erasure.school_id AND said.erasure_id = erasure.erasure_id
            AND said.round = erasure.round
    ) AS confirmed_by
FROM erasure
WHERE school_id = :school_id AND completed_at IS NULL AND at < :before
ORDER BY at;

-- name: note_telling!
UPDATE erasure SET round = :round, tellings = :tellings, told_at = :now
WHERE school_id = :school_id AND erasure_id = :erasure_id;

-- name: note_sweep!
UPDATE erasure SET swept_at = coalesce(swept_at, :now), messages = messages + :messages
WHERE school_id = :school_id AND erasure_id = :erasure_id;

-- name: complete_erasure!
-- Of whom it was is forgotten now.
UPDATE erasure SET completed_at = :now, traces = NULL WHERE school_id = :school_id AND erasure_id = :erasure_id;


-- What is held about a family

-- name: students_of_family
SELECT student_id FROM student WHERE school_id = :school_id AND family_id = :family_id ORDER BY student_id;

-- name: papers_of_students
SELECT c.certificate_id, v.version, c.number, v.pdf IS NOT NULL AS printed
FROM certificate c
JOIN certificate_version v USING (school_id, certificate_id)
WHERE c.school_id = :school_id AND c.student_id = ANY (:student_ids)
ORDER BY c.number, v.version;
