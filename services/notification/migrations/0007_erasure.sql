-- Certificates of erased children, as hashes: what tells of them late does not bring them back.
CREATE TABLE erased_certificate (
    school_id text NOT NULL,
    certificate_sha256 bytea NOT NULL, -- of <school_id>/<certificate_id>
    PRIMARY KEY (school_id, certificate_sha256)
);

-- Whatever writes it: a row about an erased certificate is not kept. The lock is the school's, and not the
-- certificate's, so that a million rows in one transaction are one lock.
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
CREATE TRIGGER erased_stays_erased BEFORE INSERT ON mail
    FOR EACH ROW EXECUTE FUNCTION erased_stays_erased();
CREATE TRIGGER erased_stays_erased BEFORE INSERT ON announced
    FOR EACH ROW EXECUTE FUNCTION erased_stays_erased();
CREATE TRIGGER erased_stays_erased BEFORE INSERT ON correction
    FOR EACH ROW EXECUTE FUNCTION erased_stays_erased();
