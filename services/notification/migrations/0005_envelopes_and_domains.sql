-- Where a digest goes, as a hash: so many mails at once to one domain, and no more. Set anew with every certificate.
ALTER TABLE digest ADD COLUMN domain_sha256 bytea;

-- By what a bounce is known to be of this mail, and which address it is about: hashes, of the last attempt.
ALTER TABLE mail ADD COLUMN envelope_sha256 bytea;
ALTER TABLE mail ADD COLUMN address_sha256 bytea;
CREATE INDEX mail_envelope ON mail (envelope_sha256) WHERE envelope_sha256 IS NOT NULL;

-- The link of a mail that was accepted is kept until the mail cannot come back any more: it may be sent again.
CREATE INDEX mail_link_to_forget ON mail (changed_at) WHERE state = 'accepted' AND family_url IS NOT NULL;
