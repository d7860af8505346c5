-- name: add_version!
-- An issued version, once; and its school by the name that it has now, written (and locked) only when it is another.
WITH named AS (
    INSERT INTO school (school_id, name)
    SELECT :school_id::text, :school_name::text
    WHERE :school_name::text IS NOT NULL
      AND NOT EXISTS (SELECT FROM school WHERE school_id = :school_id AND name = :school_name)
    ON CONFLICT (school_id) DO UPDATE SET name = excluded.name
)
INSERT INTO certificate_version (
    school_id, certificate_id, version, family_id, student_id, recipient_name, title, level_name, school_name,
    teacher_name, locale, number, issued_on, pdf_key, pdf_sha256, verification_sha256, width_pt, height_pt
) VALUES (
    :school_id, :certificate_id, :version, :family_id, :student_id, :recipient_name, :title, :level_name, :school_name,
    :teacher_name, :locale, :number, :issued_on, :pdf_key, :pdf_sha256, :verification_sha256,
    :width_pt, :height_pt
) ON CONFLICT DO NOTHING;

-- name: add_correction!
-- What became of a version, once, and maybe before the version itself.
INSERT INTO correction (school_id, certificate_id, version, state, by_version)
VALUES (:school_id, :certificate_id, :version, :state, :by_version)
ON CONFLICT DO NOTHING;

-- name: states
-- What is known of these versions: a correction may have come before its version.
SELECT wanted.certificate_id, wanted.version,
    CASE WHEN withdrawn.state IS NOT NULL THEN 'withdrawn'
         WHEN replaced.state IS NOT NULL THEN 'replaced'
         ELSE 'valid' END AS state
FROM unnest(:certificate_ids::text[], :versions::int[]) AS wanted (certificate_id, version)
LEFT JOIN certificate_version AS issued
    ON (issued.school_id, issued.certificate_id, issued.version) = (:school_id, wanted.certificate_id, wanted.version)
LEFT JOIN correction AS withdrawn
    ON (withdrawn.school_id, withdrawn.certificate_id, withdrawn.version, withdrawn.state)
     = (:school_id, wanted.certificate_id, wanted.version, 'withdrawn')
LEFT JOIN correction AS replaced
    ON (replaced.school_id, replaced.certificate_id, replaced.version, replaced.state)
     = (:school_id, wanted.certificate_id, wanted.version, 'replaced')
WHERE num_nonnulls(issued.version, withdrawn.version, replaced.version) > 0;

-- name: versions_of_family
-- All versions of all certificates of the family's students.
SELECT version.*, issued.width_pt, issued.height_pt
FROM published_version AS version JOIN certificate_version AS issued USING (school_id, certificate_id, version)
WHERE version.school_id = :school_id AND version.family_id = :family_id;

-- name: versions_of_certificate
-- All versions of one of the family's certificates.
SELECT version.*, issued.width_pt, issued.height_pt
FROM published_version AS version JOIN certificate_version AS issued USING (school_id, certificate_id, version)
WHERE version.school_id = :school_id AND version.family_id = :family_id AND version.certificate_id = :certificate_id;

-- name: versions_by_code
-- All versions of the certificate with this verification code.
SELECT * FROM published_version WHERE verification_sha256 = :verification_sha256;

-- name: add_family_token!
-- Access to one family's pages.
INSERT INTO access_token (token_sha256, purpose, school_id, family_id)
VALUES (:token_sha256, 'family', :school_id, :family_id);

-- name: add_family_token_if_valid$
-- The same, where the version is neither withdrawn nor replaced; whether it is so.
INSERT INTO access_token (token_sha256, purpose, school_id, family_id)
SELECT :token_sha256, 'family', school_id, :family_id FROM published_version
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version = :version AND state = 'valid'
RETURNING true;

-- name: add_session$
-- A browser's session on a family's link: true where the link opens something.
WITH swept AS (DELETE FROM family_session WHERE expires_at < now()),
-- Links that nobody's session is from any more, a few at a time.
forgotten AS (
    DELETE FROM access_token WHERE token_sha256 IN (
        SELECT token_sha256 FROM access_token
        WHERE purpose = 'family' AND created_at < now() - (:link_lasts::interval + :lasts::interval)
        ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO family_session (session_sha256, token_sha256, expires_at)
SELECT :session_sha256, token_sha256, now() + :lasts::interval FROM access_token
WHERE token_sha256 = :token_sha256 AND purpose = 'family' AND revoked_at IS NULL
  AND created_at > now() - :link_lasts::interval
RETURNING true;

-- name: open_session^
-- What a session gives access to, as long as its link does.
SELECT school_id, family_id, certificate_id FROM family_session JOIN access_token USING (token_sha256)
WHERE session_sha256 = :session_sha256 AND expires_at > now() AND purpose = 'family' AND revoked_at IS NULL;

-- name: end_session!
DELETE FROM family_session WHERE session_sha256 = :session_sha256;

-- name: add_share!
-- Access to one certificate and nothing else. Where `lives` is null, until it is stopped.
INSERT INTO access_token (
    token_sha256, purpose, school_id, family_id, certificate_id, share_id, showing, ends_at
) VALUES (
    :token_sha256, 'share', :school_id, :family_id, :certificate_id, :share_id, :showing, now() + :lives::interval
);

-- name: shared
-- What share links open: the versions of each one's certificate, each with its copy that shows as much of the name as
-- the link.
SELECT version.*, issued.width_pt, issued.height_pt, token.token_sha256, token.showing,
    made.of_copy, made.name AS copy_name, made.title AS copy_title, made.pdf_key AS copy_key, made.pdf_sha256 AS copy_sha256
FROM access_token AS token
JOIN published_version AS version USING (school_id, family_id, certificate_id)
JOIN certificate_version AS issued USING (school_id, certificate_id, version)
LEFT JOIN certificate_copy AS made
    ON (made.school_id, made.certificate_id, made.version, made.showing)
     = (version.school_id, version.certificate_id, version.version, token.showing)
WHERE token.token_sha256 = ANY (:tokens_sha256::bytea[]) AND token.purpose = 'share' AND token.revoked_at IS NULL
  AND (token.ends_at IS NULL OR token.ends_at > now());

-- name: count_views!
-- How often each link was opened since this was written last.
UPDATE access_token SET views = access_token.views + counted.views
FROM unnest(:tokens::bytea[], :views::int[]) AS counted (token_sha256, views)
WHERE access_token.token_sha256 = counted.token_sha256;

-- name: put_copy!
-- A copy that is in the artefact store; nothing where its certificate was erased while it was made.
INSERT INTO certificate_copy (
    school_id, certificate_id, version, showing, of_copy, name, title, pdf_key, pdf_sha256
) SELECT
    school_id, certificate_id, version, :showing, :of_copy, :name, :title, :pdf_key, :pdf_sha256
FROM certificate_version
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version = :version
ON CONFLICT (school_id, certificate_id, version, showing) DO UPDATE
SET of_copy = excluded.of_copy, name = excluded.name, title = excluded.title, pdf_key = excluded.pdf_key,
    pdf_sha256 = excluded.pdf_sha256, made_at = now();

-- name: forget_copy!
-- It is not in the artefact store any more.
DELETE FROM certificate_copy
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version = :version AND showing = :showing;

-- name: end_family_links!
-- All links to a family's pages that were made before now, and with them the sessions that they opened.
UPDATE access_token SET revoked_at = now()
WHERE school_id = :school_id AND family_id = :family_id AND purpose = 'family' AND revoked_at IS NULL;

-- name: schools
SELECT school_id, name FROM school ORDER BY lower(name), school_id;

-- name: is_school$
SELECT EXISTS (SELECT FROM school WHERE school_id = :school_id);

-- name: live_shares
-- The share links of a certificate that still work, newest first.
SELECT share_id, created_at, showing, ends_at, views FROM access_token
WHERE school_id = :school_id AND family_id = :family_id AND certificate_id = :certificate_id
  AND purpose = 'share' AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > now())
ORDER BY created_at DESC;

-- name: revoke_share!
-- End a share link; harmless when repeated.
UPDATE access_token SET revoked_at = now()
WHERE share_id = :share_id AND school_id = :school_id AND family_id = :family_id
  AND certificate_id = :certificate_id AND revoked_at IS NULL;

-- name: keep_correction_request^
-- A family's wish, as the newest one of its certificate: later than the one before it by any clock. None where it is
-- kept already, or where they have asked too often in a day.
INSERT INTO correction_request AS known (
    school_id, certificate_id, request_id, version, recipient_name, message, requested_at, counted_since, asked_times
) VALUES (
    :school_id, :certificate_id, :request_id, :version, :recipient_name, :message, now(), now(), 1
)
ON CONFLICT (school_id, certificate_id) DO UPDATE SET
    request_id = excluded.request_id, version = excluded.version, recipient_name = excluded.recipient_name,
    message = excluded.message, outcome = NULL, by_version = NULL, reason = NULL,
    requested_at = greatest(now(), known.requested_at + interval '1 microsecond'),
    counted_since = CASE WHEN known.counted_since < now() - interval '1 day' THEN now() ELSE known.counted_since END,
    asked_times = CASE WHEN known.counted_since < now() - interval '1 day' THEN 1 ELSE known.asked_times + 1 END
WHERE known.request_id <> excluded.request_id
    AND (known.asked_times < :most_in_a_day OR known.counted_since < now() - interval '1 day')
RETURNING requested_at;

-- name: correction_request^
SELECT request_id, version, recipient_name, requested_at, outcome, by_version, reason FROM correction_request
WHERE school_id = :school_id AND certificate_id = :certificate_id;

-- name: answer_correction_request!
-- Unless they have asked for something else meanwhile.
UPDATE correction_request SET outcome = :outcome, by_version = :by_version, reason = :reason
WHERE school_id = :school_id AND certificate_id = :certificate_id AND request_id = :request_id;

-- name: open_correction_requests
SELECT request_id, certificate_id, version, recipient_name, message, requested_at FROM correction_request
WHERE school_id = :school_id AND outcome IS NULL
ORDER BY requested_at LIMIT 500;
