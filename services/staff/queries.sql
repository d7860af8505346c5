-- name: account_named^
SELECT account_id, school_id, username, display_name, password_hash
FROM account
WHERE username = :username;

-- name: put_account$
-- Its id; null where the name belongs to another school.
INSERT INTO account (username, school_id, display_name, password_hash)
VALUES (:username, :school_id, :display_name, :password_hash)
ON CONFLICT (username) DO UPDATE
SET display_name = excluded.display_name, password_hash = excluded.password_hash
WHERE account.school_id = excluded.school_id
RETURNING account_id;

-- name: begin_try$
-- Counts a try before its password is looked at, so that tries side by side cannot slip past the count.
-- Null while the name has to wait. After the sixth it waits 5 seconds, then 10, 20, 40 and 60; an hour's rest starts afresh.
INSERT INTO sign_in_try AS previous (username, tries, next_at)
VALUES (:username, 1, now())
ON CONFLICT (username) DO UPDATE
SET tries = CASE WHEN previous.next_at < now() - interval '1 hour' THEN 1 ELSE previous.tries + 1 END,
    next_at = CASE
        WHEN previous.next_at < now() - interval '1 hour' OR previous.tries < 5 THEN now()
        ELSE now() + interval '1 second' * least(60, 5 * power(2, least(previous.tries - 5, 10)))
    END
WHERE previous.next_at <= now()
RETURNING tries;

-- name: seconds_to_wait$
SELECT ceil(extract(epoch FROM next_at - now()))::integer FROM sign_in_try WHERE username = :username;

-- name: forget_tries!
DELETE FROM sign_in_try WHERE username = :username OR next_at < now() - interval '1 day';

-- name: open_session!
INSERT INTO session (token_hash, account_id, expires_at)
VALUES (:token_hash, :account_id, now() + interval '12 hours');

-- name: person_of_session^
SELECT account_id, school_id, username, display_name
FROM session JOIN account USING (account_id)
WHERE token_hash = :token_hash AND expires_at > now();

-- name: close_session!
DELETE FROM session WHERE token_hash = :token_hash;

-- name: close_sessions_of!
DELETE FROM session WHERE account_id = :account_id;

-- name: forget_expired_sessions!
DELETE FROM session WHERE expires_at <= now();

-- name: keep_errand!
-- Once: what is pressed twice is one command.
INSERT INTO errand (command_id, school_id, subject, headers, body)
VALUES (:command_id, :school_id, :subject, :headers, :body)
ON CONFLICT DO NOTHING;

-- name: due_errands
-- Those that are due, in their order; out of the others' sight for a while, and longer each time.
UPDATE errand SET attempts = attempts + 1,
    due_at = now() + interval '1 second' * least(60, power(2, least(attempts, 10)))
WHERE command_id IN (
    SELECT command_id FROM errand WHERE due_at <= now() ORDER BY kept_at LIMIT 50 FOR UPDATE SKIP LOCKED
)
RETURNING command_id, school_id, subject, headers, body, kept_at, attempts;

-- name: done!
DELETE FROM errand WHERE command_id = :command_id;

-- name: keep_upload$
-- Its id. Whoever chooses other files has no use for those before.
WITH before AS (DELETE FROM upload WHERE account_id = :account_id AND summary IS NULL)
INSERT INTO upload (account_id, body, remarks, expires_at)
VALUES (:account_id, :body, :remarks, now() + interval '1 hour')
RETURNING upload_id;

-- name: upload^
SELECT body, remarks, summary FROM upload
WHERE upload_id = :upload_id AND account_id = :account_id AND expires_at > now();

-- name: upload_pressed!
UPDATE upload SET summary = :summary WHERE upload_id = :upload_id AND summary IS NULL;

-- name: upload_imported!
-- Only the counts stay, to be shown for a day.
UPDATE upload SET body = NULL, remarks = '[]', expires_at = now() + interval '1 day'
WHERE upload_id = :upload_id AND body IS NOT NULL;

-- name: drop_expired_uploads!
DELETE FROM upload WHERE expires_at <= now();
