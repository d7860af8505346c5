-- name: lock_certificate$
-- Queueing and cancelling the mails of one certificate happen one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(:school_id || '/' || :certificate_id, 0));

-- name: is_corrected$
-- Whether the version was withdrawn or replaced.
SELECT EXISTS (
    SELECT FROM correction
    WHERE school_id = :school_id AND certificate_id = :certificate_id AND version >= :version
);

-- name: add_correction!
INSERT INTO correction (school_id, certificate_id, version)
VALUES (:school_id, :certificate_id, :version) ON CONFLICT DO NOTHING;

-- name: cancel!
-- What was not sent yet is not sent any more.
UPDATE mail SET state = 'cancelled', reason = :reason, family_url = NULL, changed_at = now()
WHERE school_id = :school_id AND certificate_id = :certificate_id AND version <= :version AND state = 'queued';

-- name: announce!
-- The version's link was told; it is kept where there is nobody to mail.
INSERT INTO announced (school_id, certificate_id, version, family_url)
VALUES (:school_id, :certificate_id, :version, :family_url)
ON CONFLICT (school_id, certificate_id, version) DO UPDATE SET family_url = excluded.family_url;

-- name: link_that_nobody_got^
-- Of the newest version, where it has not been withdrawn.
SELECT version, family_url FROM announced
WHERE school_id = :school_id AND certificate_id = :certificate_id AND family_url IS NOT NULL
    AND version = (
        SELECT max(version) FROM announced AS newest
        WHERE newest.school_id = :school_id AND newest.certificate_id = :certificate_id
    )
    AND NOT EXISTS (
        SELECT FROM correction
        WHERE correction.school_id = announced.school_id AND correction.certificate_id = announced.certificate_id
            AND correction.version >= announced.version
    );

-- name: known_versions
-- What is known of these versions.
SELECT wanted.certificate_id, wanted.version, corrected.found AS corrected, announced.found AS announced,
    EXISTS (
        SELECT FROM announced
        WHERE school_id = :school_id AND certificate_id = wanted.certificate_id AND version = wanted.version
            AND family_url IS NOT NULL
    ) AS unmailed
FROM unnest(:certificate_ids::text[], :versions::int[]) AS wanted (certificate_id, version)
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM correction
        WHERE school_id = :school_id AND certificate_id = wanted.certificate_id AND version >= wanted.version
    ) AS found
) AS corrected
CROSS JOIN LATERAL (
    -- A mail of before versions were noted tells as much.
    SELECT EXISTS (
        SELECT FROM announced
        WHERE school_id = :school_id AND certificate_id = wanted.certificate_id AND version = wanted.version
    ) OR EXISTS (
        SELECT FROM mail
        WHERE school_id = :school_id AND certificate_id = wanted.certificate_id AND version = wanted.version
    ) AS found
) AS announced
WHERE corrected.found OR announced.found;

-- name: mails_of
SELECT mail.certificate_id, mail.version, guardian_id,
    CASE WHEN state = 'queued' AND held_until > now() THEN 'held' ELSE state END AS state,
    reason, changed_at AS since,
    CASE WHEN state = 'queued' THEN digest.due_at END AS due_at
FROM mail
JOIN unnest(:certificate_ids::text[], :versions::int[]) AS wanted (certificate_id, version)
    USING (certificate_id, version)
JOIN digest USING (school_id, guardian_id, digest_key)
WHERE school_id = :school_id
ORDER BY guardian_id;

-- name: troubles
SELECT certificate_id, version, guardian_id, state, coalesce(reason, '') AS reason, changed_at AS since FROM mail
WHERE school_id = :school_id AND state IN ('failed', 'unknown', 'suppressed') AND reason IS DISTINCT FROM :unwanted
ORDER BY changed_at DESC
LIMIT 500;

-- name: was_resent$
SELECT EXISTS (SELECT FROM mail WHERE school_id = :school_id AND resent_by = :command_id);

-- name: to_resend
-- Mails of the newest version that do not go out by themselves.
SELECT mail_id, guardian_id, digest_key, family_url IS NOT NULL AS has_link FROM mail
WHERE school_id = :school_id AND certificate_id = :certificate_id
    AND (:guardian_id::text IS NULL OR guardian_id = :guardian_id)
    AND state IN ('failed', 'unknown', 'suppressed')
    AND version = (
        SELECT max(version) FROM mail AS newest
        WHERE newest.school_id = :school_id AND newest.certificate_id = :certificate_id
    )
FOR UPDATE;

-- name: resend!
UPDATE mail SET state = 'queued', reason = NULL, resent_by = :command_id, changed_at = now()
WHERE mail_id = ANY (:mail_ids::bigint[]);

-- name: resume_digest!
UPDATE digest SET due_at = now(), first_attempt_at = NULL, attempts = 0
WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key;

-- name: lift_suppression!
DELETE FROM suppression WHERE school_id = :school_id AND guardian_id = :guardian_id;

-- name: open_digest!
-- The guardian's digest, locked until the transaction ends; one that had nothing left to send starts anew.
INSERT INTO digest (school_id, guardian_id, digest_key, family_id, domain_sha256)
VALUES (:school_id, :guardian_id, :digest_key, :family_id, :domain)
ON CONFLICT (school_id, guardian_id, digest_key) DO UPDATE SET
    domain_sha256 = excluded.domain_sha256,
    first_queued_at = CASE WHEN digest.due_at IS NULL THEN now() ELSE digest.first_queued_at END,
    first_attempt_at = CASE WHEN digest.due_at IS NULL THEN NULL ELSE digest.first_attempt_at END,
    attempts = CASE WHEN digest.due_at IS NULL THEN 0 ELSE digest.attempts END;

-- name: add_mail$
-- The ledger's row, once: true where it is new.
INSERT INTO mail (
    school_id, certificate_id, version, guardian_id, digest_key, state, reason, family_url, held_until, traceparent
) VALUES (
    :school_id, :certificate_id, :version, :guardian_id, :digest_key, :state, :reason, :family_url, :held_until,
    :traceparent
)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: plan_digest!
-- Due at once when all that shares the mail is online, else when the grace is over; never before `send_after`.
UPDATE digest SET due_at = GREATEST(
    :send_after::timestamptz,
    CASE WHEN :together::text[] <@ ARRAY(
        SELECT mail.certificate_id FROM mail
        WHERE (mail.school_id, mail.guardian_id, mail.digest_key)
            = (digest.school_id, digest.guardian_id, digest.digest_key)
          AND mail.state <> 'cancelled'
    ) THEN now() ELSE digest.first_queued_at + :grace::interval END
)
WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key;

-- name: claim_digest^
-- The digest that is due longest and goes to no full domain, out of the others' sight until the lease is over.
UPDATE digest SET
    due_at = now() + :lease::interval,
    first_attempt_at = COALESCE(first_attempt_at, now())
WHERE (school_id, guardian_id, digest_key) = (
    SELECT school_id, guardian_id, digest_key FROM digest
    WHERE due_at <= now() AND (domain_sha256 = ANY (:full::bytea[])) IS NOT TRUE
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING school_id, guardian_id, digest_key, family_id, domain_sha256 AS domain, due_at AS claimed_until, attempts,
    now() - first_queued_at AS waited, now() - first_attempt_at AS tried_for;

-- name: due_digests^
-- How many are due, and for how long the first of them has been (NULL: none is). One that is tried again is due then.
SELECT count(*) AS digests, extract(epoch FROM now() - min(due_at)) AS oldest_s FROM digest WHERE due_at <= now();

-- name: redirect_digest!
UPDATE digest SET domain_sha256 = :domain
WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key;

-- name: queued_mails
-- What the digest has to send, oldest certificate first.
SELECT mail_id, certificate_id, version, family_url, traceparent, EXISTS (
    SELECT FROM mail AS earlier
    WHERE (earlier.school_id, earlier.certificate_id, earlier.guardian_id)
        = (mail.school_id, mail.certificate_id, mail.guardian_id)
      AND earlier.version < mail.version AND earlier.state IN ('sending', 'accepted', 'unknown')
) AS corrects
FROM mail
WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key AND state = 'queued'
ORDER BY mail_id;

-- name: mailed_certificates
-- The certificates that the digest knows of, sent or not.
SELECT DISTINCT certificate_id FROM mail
WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key AND state <> 'cancelled';

-- name: begin_sending
-- From here on a mail may be out: no other sender takes it up again. All of them or, where one waits no more, none.
WITH waiting AS (
    SELECT mail_id FROM mail WHERE mail_id = ANY (:mail_ids::bigint[]) AND state = 'queued' FOR UPDATE
)
UPDATE mail SET state = 'sending', message_id = :message_id, answer_by = now() + :patience::interval, changed_at = now(),
    address_sha256 = :address_sha256, envelope_sha256 = :envelope_sha256
WHERE mail_id IN (SELECT mail_id FROM waiting)
    AND (SELECT count(*) FROM waiting) = cardinality(:mail_ids::bigint[])
RETURNING mail_id;

-- name: settle
-- What became of the mails, what is said of each, and when to look at their digest again: in one statement, since every
-- mail takes this way. A link is forgotten unless it may be needed again. `after` NULL: not before something new is
-- queued. Planned anew meanwhile, by news or by another sender, the digest is looked at when the first of the two says so.
WITH settled AS (
    UPDATE mail SET state = :state, reason = :reason, answer_by = NULL, changed_at = now(),
        family_url = CASE WHEN :keeps_link THEN family_url END
    WHERE mail_id = ANY (:mail_ids::bigint[]) AND state <> 'cancelled'
    RETURNING mail_id
), planned AS (
    UPDATE digest SET attempts = :attempts, due_at = CASE
        WHEN due_at = :claimed_until THEN now() + :after::interval
        ELSE LEAST(due_at, now() + :after::interval)
    END
    WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key
), said AS (
    INSERT INTO outbox (subject, headers, body)
    SELECT subject, headers::jsonb, body
    FROM unnest(:said_of::bigint[], :subjects::text[], :headers::text[], :bodies::bytea[])
        AS message (mail_id, subject, headers, body)
    JOIN settled USING (mail_id)
)
SELECT mail_id FROM settled;

-- name: give_up_on_lost_senders
-- Mails whose sender is gone, and whose fate nobody knows.
UPDATE mail SET state = 'unknown', reason = :reason, answer_by = NULL, changed_at = now()
WHERE mail_id IN (
    SELECT mail_id FROM mail WHERE state = 'sending' AND answer_by < now() FOR UPDATE SKIP LOCKED
)
RETURNING school_id, certificate_id, version, guardian_id;

-- name: suppress!
-- Nothing of a guardian who was erased while the mail was on its way.
INSERT INTO suppression (school_id, guardian_id, address_sha256, reason)
SELECT school_id, guardian_id, :address_sha256, :reason FROM digest
WHERE school_id = :school_id AND guardian_id = :guardian_id AND digest_key = :digest_key
FOR SHARE
ON CONFLICT (school_id, guardian_id, address_sha256) DO UPDATE SET reason = :reason, since = now();

-- name: suppressed$
-- Why this address is not mailed, if it is not. A full mailbox is emptied one day: a month later it is tried again.
SELECT reason FROM suppression
WHERE school_id = :school_id AND guardian_id = :guardian_id AND address_sha256 = :address_sha256
  AND since > now() - interval '30 days';

-- name: lock_stationery$
-- What a school changes in its mails is changed by one person after the other.
SELECT pg_advisory_xact_lock(hashtextextended('stationery/' || :school_id, 0));

-- name: letterhead^
SELECT colour, picture FROM letterhead WHERE school_id = :school_id ORDER BY revision DESC LIMIT 1;

-- name: put_letterhead!
INSERT INTO letterhead (school_id, colour, picture, requested_by)
VALUES (:school_id, :colour, :picture, :requested_by);

-- name: templates
-- Every level's newest, and that of all the others first.
SELECT DISTINCT ON (level_id) level_id, texts, revision, requested_by AS changed_by, changed_at
FROM template WHERE school_id = :school_id
ORDER BY level_id NULLS FIRST, revision DESC;

-- name: template^
-- The newest of one level, or with no level that of all the others.
SELECT level_id, texts, revision, requested_by AS changed_by, changed_at
FROM template WHERE school_id = :school_id AND level_id IS NOT DISTINCT FROM :level_id
ORDER BY revision DESC LIMIT 1;

-- name: templates_of
-- The newest of these levels and that of all the others.
SELECT DISTINCT ON (level_id) level_id, texts
FROM template WHERE school_id = :school_id AND (level_id IS NULL OR level_id = ANY(:level_ids::text[]))
ORDER BY level_id, revision DESC;

-- name: put_template^
INSERT INTO template (school_id, level_id, texts, requested_by)
VALUES (:school_id, :level_id, :texts, :requested_by)
RETURNING level_id, texts, revision, requested_by AS changed_by, changed_at;

-- name: digests_of
-- Digests that have mails of these certificates.
SELECT DISTINCT guardian_id, digest_key FROM mail
WHERE school_id = :school_id AND certificate_id = ANY (:certificate_ids);

-- name: drop_empty_digests!
-- Of these digests the ones that have no mail left.
DELETE FROM digest
USING unnest(:guardian_ids::text[], :digest_keys::text[]) AS theirs (guardian_id, digest_key)
WHERE digest.school_id = :school_id
    AND digest.guardian_id = theirs.guardian_id AND digest.digest_key = theirs.digest_key
    AND NOT EXISTS (
        SELECT FROM mail
        WHERE (mail.school_id, mail.guardian_id, mail.digest_key)
            = (digest.school_id, digest.guardian_id, digest.digest_key)
    );

-- name: forget_links!
-- Of mails that were accepted so long ago that none of them comes back any more.
UPDATE mail SET family_url = NULL
WHERE state = 'accepted' AND family_url IS NOT NULL AND changed_at <= now() - :after::interval;

-- name: mails_by_envelope
-- The mails that left in this envelope, until the transaction ends.
SELECT state FROM mail WHERE envelope_sha256 = ANY (:envelopes::bytea[]) FOR UPDATE;

-- name: bounce
-- They came back: what was thought to have arrived did not.
UPDATE mail SET state = 'failed', reason = :reason, changed_at = now()
WHERE envelope_sha256 = ANY (:envelopes::bytea[]) AND state IN ('accepted', 'unknown')
RETURNING school_id, certificate_id, version, guardian_id, digest_key, address_sha256;
