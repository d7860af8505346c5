-- Whose an address is, found by the hash in which a portal asks for it. In the locale "C" letters become small as they
-- do elsewhere: a Turkish database would make another letter of the I.
CREATE FUNCTION address_sha256(address text) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.lower(pg_catalog.btrim(address) COLLATE "C"), 'UTF8')) $$;
CREATE INDEX guardian_address ON guardian (school_id, address_sha256(email));
