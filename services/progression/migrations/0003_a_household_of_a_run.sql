-- What is mailed together is asked for with every certificate: found at once in a run of ten thousand.
CREATE INDEX certificate_of_household ON certificate (school_id, run_id, family_id) WHERE run_id IS NOT NULL;
DROP INDEX certificate_of_run;
