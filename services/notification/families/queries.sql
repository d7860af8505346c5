-- name: lock_address$
-- Requests for one address are counted one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(:school_id || '/' || encode(:address_sha256, 'hex'), 1));

-- name: asked_lately$
-- How many other requests mailed this address in the last hour.
SELECT count(DISTINCT request_id) FROM link_mail
WHERE school_id = :school_id AND address_sha256 = :address_sha256 AND request_id <> :request_id
  AND queued_at > now() - interval '1 hour';

-- name: add_link_mail!
-- Once for a request and family. What is older than a day is of no use to anybody any more.
WITH swept AS (DELETE FROM link_mail WHERE queued_at < now() - interval '1 day')
INSERT INTO link_mail (school_id, request_id, family_id, guardian_id, address_sha256, give_up_at)
VALUES (:school_id, :request_id, :family_id, :guardian_id, :address_sha256, :give_up_at)
ON CONFLICT DO NOTHING;

-- name: claim_link_mail^
-- The one that is due longest, out of the others' sight until the lease is over.
UPDATE link_mail SET due_at = now() + :lease::interval
WHERE (school_id, request_id, family_id) = (
    SELECT school_id, request_id, family_id FROM link_mail
    WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING school_id, request_id, family_id, guardian_id, address_sha256, family_url, attempts,
    give_up_at <= now() AS is_too_late;

-- name: keep_link!
-- For the next attempt.
UPDATE link_mail SET family_url = :family_url
WHERE school_id = :school_id AND request_id = :request_id AND family_id = :family_id;

-- name: begin_link_mail$
-- From here on it may be out: true for the one sender that may send it.
UPDATE link_mail SET
    state = 'sending', message_id = :message_id, answer_by = now() + :patience::interval, due_at = NULL, changed_at = now()
WHERE school_id = :school_id AND request_id = :request_id AND family_id = :family_id AND state = 'queued'
RETURNING true;

-- name: settle_link_mail!
-- What became of it; the link is forgotten unless it is tried again (after an interval).
UPDATE link_mail SET
    state = :state, reason = :reason, due_at = now() + :after::interval, attempts = attempts + 1, answer_by = NULL,
    family_url = CASE WHEN :state = 'queued' THEN family_url END, changed_at = now()
WHERE school_id = :school_id AND request_id = :request_id AND family_id = :family_id;

-- name: give_up_on_lost_link_senders
UPDATE link_mail SET
    state = 'unknown', reason = :reason, answer_by = NULL, family_url = NULL, changed_at = now()
WHERE state = 'sending' AND answer_by < now()
RETURNING request_id;

-- name: preference^
SELECT wants_mail, language FROM mail_preference
WHERE school_id = :school_id AND family_id = :family_id AND guardian_id = :guardian_id;

-- name: preferences_of
SELECT guardian_id, wants_mail, language FROM mail_preference
WHERE school_id = :school_id AND family_id = :family_id;

-- name: choose!
-- A choice, unless a later one is known.
INSERT INTO mail_preference (school_id, family_id, guardian_id, wants_mail, language, chosen_at)
VALUES (:school_id, :family_id, :guardian_id, :wants_mail, :language, :chosen_at)
ON CONFLICT (school_id, family_id, guardian_id) DO UPDATE SET
    wants_mail = excluded.wants_mail, language = excluded.language, chosen_at = excluded.chosen_at
WHERE mail_preference.chosen_at <= excluded.chosen_at;

-- name: choose_by_link$
-- The same for whoever's link it is, if anybody's; the language stays. True where it is somebody's and is the latest.
INSERT INTO mail_preference (school_id, family_id, guardian_id, wants_mail, chosen_at)
SELECT school_id, family_id, guardian_id, :wants_mail, :chosen_at FROM unsubscribe_link
WHERE token_sha256 = :token_sha256 AND school_id = :school_id
ON CONFLICT (school_id, family_id, guardian_id) DO UPDATE SET
    wants_mail = excluded.wants_mail, chosen_at = excluded.chosen_at
WHERE mail_preference.chosen_at <= excluded.chosen_at
RETURNING true;

-- name: add_unsubscribe_link!
INSERT INTO unsubscribe_link (token_sha256, school_id, family_id, guardian_id)
VALUES (:token_sha256, :school_id, :family_id, :guardian_id);
