-- How many certificates were issued week by week, counted from the index alone.
CREATE INDEX certificate_of_week ON certificate_version (school_id, requested_at) INCLUDE (state, certificate_id)
    WHERE version = 1 AND state IN ('issued', 'replaced');
