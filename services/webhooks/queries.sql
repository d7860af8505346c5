-- name: add_event^
-- Once; of a school that has nowhere to send it, not at all.
INSERT INTO event (school_id, event_id, type, source, time, happened_at, body, certificate_id, student_id)
SELECT :school_id::text, :event_id::text, :type::text, :source::text, :time::text, :happened_at::timestamptz,
    :body::bytea, :certificate_id::text, :student_id::text
WHERE EXISTS (SELECT FROM endpoint WHERE school_id = :school_id)
ON CONFLICT DO NOTHING
RETURNING event_id;

-- name: queue_for_subscribers!
INSERT INTO delivery (school_id, endpoint_id, event_id)
SELECT school_id, endpoint_id, :event_id FROM endpoint
WHERE school_id = :school_id AND enabled AND :type = ANY (types);

-- name: queue_for_one!
INSERT INTO delivery (school_id, endpoint_id, event_id) VALUES (:school_id, :endpoint_id, :event_id);

-- name: queue_again!
-- What waits already is left as it is: it may be on its way.
INSERT INTO delivery (school_id, endpoint_id, event_id)
SELECT event.school_id, endpoint.endpoint_id, event.event_id
FROM endpoint JOIN event ON event.school_id = endpoint.school_id AND event.type = ANY (endpoint.types)
WHERE endpoint.school_id = :school_id AND endpoint.endpoint_id = :endpoint_id
    AND event.happened_at >= :since AND event.body IS NOT NULL
ON CONFLICT (school_id, endpoint_id, event_id) DO UPDATE SET state = 'pending', attempts = 0, next_at = now()
WHERE delivery.state <> 'pending';

-- name: claim
-- One of each endpoint that has room, so that none waits for another; its sender is given :lease.
WITH due AS (
    SELECT next_one.* FROM endpoint CROSS JOIN LATERAL (
        SELECT school_id, endpoint_id, event_id FROM delivery
        WHERE delivery.school_id = endpoint.school_id AND delivery.endpoint_id = endpoint.endpoint_id
            AND state = 'pending' AND next_at <= now()
        ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS next_one
    WHERE endpoint.enabled AND NOT endpoint.endpoint_id = ANY (:full::text[])
    LIMIT :room
)
UPDATE delivery SET attempts = attempts + 1, next_at = now() + :lease::interval
FROM due JOIN endpoint USING (school_id, endpoint_id) JOIN event USING (school_id, event_id)
WHERE delivery.school_id = due.school_id AND delivery.endpoint_id = due.endpoint_id
    AND delivery.event_id = due.event_id
RETURNING due.school_id, due.endpoint_id, due.event_id, delivery.attempts, endpoint.url, endpoint.secret,
    CASE WHEN endpoint.former_until > now() THEN endpoint.former_secret END AS former_secret,
    event.type, event.source, event.time, event.body;

-- name: settle!
-- Nothing, where its lease ended and somebody else has it by now.
UPDATE delivery SET state = :state, status = :status, error = :error, next_at = now() + :wait::interval
WHERE school_id = :school_id AND endpoint_id = :endpoint_id AND event_id = :event_id
    AND state = 'pending' AND attempts = :attempts;

-- name: endpoint_works!
UPDATE endpoint SET failing_since = NULL, delivered_at = now()
WHERE school_id = :school_id AND endpoint_id = :endpoint_id;

-- name: endpoint_fails!
UPDATE endpoint SET failing_since = coalesce(failing_since, now()),
    enabled = enabled AND NOT (:gone OR now() - failing_since > :patience::interval IS TRUE),
    disabled_because = CASE
        WHEN NOT enabled THEN disabled_because
        WHEN :gone THEN 'It answered 410 Gone: it wants nothing any more.'
        WHEN now() - failing_since > :patience::interval THEN 'Nothing has arrived there for days.'
    END
WHERE school_id = :school_id AND endpoint_id = :endpoint_id;

-- name: forget_body!
UPDATE event SET body = NULL
WHERE school_id = :school_id AND event_id = :event_id AND certificate_id IS NULL AND student_id IS NULL
    AND NOT EXISTS (
        SELECT FROM delivery
        WHERE delivery.school_id = event.school_id AND delivery.event_id = event.event_id AND state = 'pending'
    );

-- name: forget_old_events!
DELETE FROM event WHERE happened_at < now() - :keep::interval;

-- name: waiting$
SELECT count(*) FROM delivery WHERE state = 'pending';

-- name: endpoints
SELECT endpoint.*, (
    SELECT count(*) FROM delivery
    WHERE delivery.school_id = endpoint.school_id AND delivery.endpoint_id = endpoint.endpoint_id
        AND state = 'pending'
) AS pending
FROM endpoint WHERE school_id = :school_id AND (endpoint_id = :endpoint_id OR :endpoint_id::text IS NULL)
ORDER BY created_at, endpoint_id;

-- name: deliveries
SELECT event_id, type, happened_at, state, attempts, status, error, next_at
FROM delivery JOIN event USING (school_id, event_id)
WHERE school_id = :school_id AND endpoint_id = :endpoint_id
ORDER BY happened_at DESC, event_id DESC LIMIT 50;

-- name: put_endpoint$
-- Whether it is new.
INSERT INTO endpoint (school_id, endpoint_id, url, description, types, secret, changed_by)
VALUES (:school_id, :endpoint_id, :url, :description, :types, :secret, :changed_by)
ON CONFLICT (school_id, endpoint_id) DO UPDATE
    SET url = :url, description = :description, types = :types, changed_by = :changed_by
RETURNING secret = :secret;

-- name: enable!
UPDATE endpoint SET enabled = true, disabled_because = NULL, failing_since = NULL, changed_by = :changed_by
WHERE school_id = :school_id AND endpoint_id = :endpoint_id;

-- name: make_due!
UPDATE delivery SET next_at = now()
WHERE school_id = :school_id AND endpoint_id = :endpoint_id AND state = 'pending' AND next_at > now() + :lease::interval;

-- name: disable!
UPDATE endpoint SET enabled = false, disabled_because = :because, changed_by = :changed_by
WHERE school_id = :school_id AND endpoint_id = :endpoint_id;

-- name: rotate!
UPDATE endpoint SET former_secret = secret, former_until = now() + interval '1 day', secret = :secret,
    changed_by = :changed_by
WHERE school_id = :school_id AND endpoint_id = :endpoint_id;
