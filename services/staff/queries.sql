-- Accounts

-- name: account_named^
-- A password that was given for a first sign-in ends after a week.
SELECT account_id, school_id, username, display_name, role, password_hash, closed_at, password_given_at,
    coalesce(password_given_at < now() - interval '7 days', false) AS password_ended
FROM account
WHERE username = :username;

-- name: account^
SELECT account_id, username, display_name, role, signed_in_at, closed_at, password_given_at,
    coalesce(password_given_at < now() - interval '7 days', false) AS password_ended
FROM account
WHERE school_id = :school_id AND account_id = :account_id;

-- name: accounts
SELECT account_id, username, display_name, role, signed_in_at, closed_at, password_given_at,
    coalesce(password_given_at < now() - interval '7 days', false) AS password_ended
FROM account
WHERE school_id = :school_id
ORDER BY closed_at IS NOT NULL, lower(coalesce(nullif(display_name, ''), username)), username;

-- name: lock_managers
SELECT account_id FROM account
WHERE school_id = :school_id AND role = 'manager' AND closed_at IS NULL
ORDER BY account_id
FOR UPDATE;

-- name: lock_account^
SELECT account_id, username, display_name, role, signed_in_at, closed_at, password_given_at,
    coalesce(password_given_at < now() - interval '7 days', false) AS password_ended
FROM account
WHERE school_id = :school_id AND account_id = :account_id
FOR UPDATE;

-- name: add_account$
-- Its id; null where there is one of this name.
INSERT INTO account (username, school_id, display_name, role, password_hash, password_given_at)
VALUES (:username, :school_id, :display_name, :role, :password_hash, CASE WHEN :given THEN now() END)
ON CONFLICT (username) DO NOTHING
RETURNING account_id;

-- name: added_by_press$
SELECT account_id FROM account_act WHERE school_id = :school_id AND press_id = :press_id AND act = 'added';

-- name: rename_account!
UPDATE account SET display_name = :display_name WHERE account_id = :account_id;

-- name: set_role!
UPDATE account SET role = :role WHERE account_id = :account_id;

-- name: set_password!
UPDATE account SET password_hash = :password_hash, password_given_at = CASE WHEN :given THEN now() END
WHERE account_id = :account_id;

-- name: close_account!
UPDATE account SET closed_at = now() WHERE account_id = :account_id;

-- name: reopen_account!
UPDATE account SET closed_at = NULL WHERE account_id = :account_id;

-- name: signed_in!
UPDATE account SET signed_in_at = now() WHERE account_id = :account_id;

-- name: note_act^
-- No row comes back where the same press has done it already.
INSERT INTO account_act (school_id, who, press_id, account_id, act, before, after)
VALUES (:school_id, :who, :press_id, :account_id, :act, :before, :after)
ON CONFLICT (account_id, press_id, act) DO NOTHING
RETURNING act_id;

-- name: note_own_password!
INSERT INTO account_act (school_id, who, account_id, act)
SELECT school_id, :who, account_id, 'password_chosen' FROM account WHERE account_id = :account_id;

-- name: acts
SELECT a.at, a.who, a.account_id, coalesce(nullif(account.display_name, ''), account.username) AS called, a.act,
    a.before, a.after
FROM account_act a
JOIN account USING (account_id)
WHERE a.school_id = :school_id AND (:account_id::uuid IS NULL OR a.account_id = :account_id)
ORDER BY a.act_id DESC
LIMIT 200;


-- Signing in

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
VALUES (:token_hash, :account_id, now() + interval '1 second' * :lasts_s::float);

-- name: person_of_session^
-- Whoever it is of uses it now; that is noted once a minute.
WITH using_it AS (
    UPDATE session SET used_at = now()
    WHERE token_hash = :token_hash AND used_at < now() - interval '1 minute'
        AND used_at > now() - interval '1 second' * :idle_s::float
)
SELECT account_id, school_id, username, display_name, role, password_given_at
FROM session JOIN account USING (account_id)
WHERE token_hash = :token_hash AND expires_at > now() AND used_at > now() - interval '1 second' * :idle_s::float
    AND closed_at IS NULL;

-- name: close_session!
DELETE FROM session WHERE token_hash = :token_hash;

-- name: close_sessions_of!
DELETE FROM session WHERE account_id = :account_id;

-- name: forget_expired_sessions!
DELETE FROM session WHERE expires_at <= now() OR used_at <= now() - interval '1 second' * :idle_s::float;


-- Errands

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

-- name: drop_uploads_that_tell!
DELETE FROM upload USING account
WHERE upload.account_id = account.account_id AND account.school_id = :school_id
    AND position(convert_to(:told, 'UTF8') IN upload.body) > 0;
