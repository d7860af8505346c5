CREATE TABLE endpoint (
    school_id text NOT NULL,
    endpoint_id text NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    types text[] NOT NULL,
    -- As it is: whoever signs has to have it. See docs/decisions/0026.
    secret text NOT NULL,
    former_secret text,
    former_until timestamptz,
    enabled boolean NOT NULL DEFAULT true,
    disabled_because text,
    failing_since timestamptz,
    delivered_at timestamptz,
    changed_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, endpoint_id)
);

-- Of schools that have an endpoint, as long as they can be sent again.
CREATE TABLE event (
    school_id text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    time text NOT NULL,
    happened_at timestamptz NOT NULL,
    body bytea, -- NULL: nobody waits for it, and by no child could it be found to be erased
    certificate_id text,
    student_id text,
    PRIMARY KEY (school_id, event_id)
);
CREATE INDEX event_by_time ON event (school_id, happened_at);
CREATE INDEX event_by_age ON event (happened_at);
CREATE INDEX event_of_certificate ON event (school_id, certificate_id) WHERE certificate_id IS NOT NULL;
CREATE INDEX event_of_student ON event (school_id, student_id) WHERE student_id IS NOT NULL;

CREATE TABLE delivery (
    school_id text NOT NULL,
    endpoint_id text NOT NULL,
    event_id text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(), -- while it is on its way: when its sender is taken for lost
    status integer,
    error text,
    PRIMARY KEY (school_id, endpoint_id, event_id),
    FOREIGN KEY (school_id, endpoint_id) REFERENCES endpoint ON DELETE CASCADE,
    FOREIGN KEY (school_id, event_id) REFERENCES event ON DELETE CASCADE
);
CREATE INDEX delivery_due ON delivery (school_id, endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX delivery_of_event ON delivery (school_id, event_id);

-- As in the other services: what is told late of an erased child does not bring it back.
CREATE TABLE erased_certificate (
    school_id text NOT NULL,
    certificate_sha256 bytea NOT NULL, -- of <school_id>/<certificate_id>
    PRIMARY KEY (school_id, certificate_sha256)
);
CREATE FUNCTION erased_stays_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('erasure/' || NEW.school_id, 0));
    IF EXISTS (
        SELECT FROM erased_certificate
        WHERE school_id = NEW.school_id
            AND certificate_sha256 = sha256(convert_to(NEW.school_id || '/' || NEW.certificate_id, 'UTF8'))
    ) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER erased_stays_erased BEFORE INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION erased_stays_erased();
