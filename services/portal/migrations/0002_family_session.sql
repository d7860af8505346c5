-- A browser that opened a family's link: the link's secret leaves the address bar, and a cookie is what it shows from then on.
CREATE TABLE family_session (
    session_sha256 bytea PRIMARY KEY,
    token_sha256 bytea NOT NULL REFERENCES access_token ON DELETE CASCADE, -- ends with the link that it came by
    expires_at timestamptz NOT NULL
);
CREATE INDEX family_session_token ON family_session (token_sha256);
CREATE INDEX family_session_expired ON family_session (expires_at);
