-- The schools that there are certificates of, by the name that they have today: a family that wants a new link says which.
CREATE TABLE school (
    school_id text PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO school
SELECT DISTINCT ON (school_id) school_id, school_name FROM certificate_version
WHERE school_name IS NOT NULL
ORDER BY school_id, published_at DESC;

-- What has expired long ago is forgotten.
CREATE INDEX access_token_by_age ON access_token (created_at) WHERE purpose = 'family';
-- A family ends all its links at once.
CREATE INDEX access_token_of_family ON access_token (school_id, family_id);
