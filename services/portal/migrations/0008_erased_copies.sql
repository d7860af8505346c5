-- What is asked for late is not kept again either.
CREATE TRIGGER erased_stays_erased BEFORE INSERT ON certificate_copy
    FOR EACH ROW EXECUTE FUNCTION erased_stays_erased();
