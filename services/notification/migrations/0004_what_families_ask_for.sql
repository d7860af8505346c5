-- Mails with a new link to a family's page, that somebody asked for: one for each request and family. Kept for a day.
-- No address and no name: both are asked for at the moment of sending.
CREATE TABLE link_mail (
    school_id text NOT NULL,
    request_id text NOT NULL,
    family_id text NOT NULL,
    guardian_id text NOT NULL,
    address_sha256 bytea NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'accepted', 'failed', 'unknown', 'cancelled')),
    reason text,
    family_url text, -- a secret, forgotten as soon as the mail needs it no more
    message_id text,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz DEFAULT now(), -- NULL: nothing more is done about it
    give_up_at timestamptz NOT NULL,
    answer_by timestamptz, -- while sending: after this its sender is gone
    queued_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (school_id, request_id, family_id)
);
CREATE INDEX link_mail_due ON link_mail (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX link_mail_of_address ON link_mail (school_id, address_sha256, queued_at);
CREATE INDEX link_mail_by_age ON link_mail (queued_at);

-- What a guardian wants of mails with certificates; who never said anything wants them, in the language that the school has.
CREATE TABLE mail_preference (
    school_id text NOT NULL,
    family_id text NOT NULL,
    guardian_id text NOT NULL,
    wants_mail boolean NOT NULL,
    language text,
    chosen_at timestamptz NOT NULL, -- choices may come in any order: the one that was made last counts
    PRIMARY KEY (school_id, family_id, guardian_id)
);

-- The links in mails' footers that say so: each mail has one of its own, since no token can be read back.
CREATE TABLE unsubscribe_link (
    token_sha256 bytea PRIMARY KEY,
    school_id text NOT NULL,
    family_id text NOT NULL,
    guardian_id text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unsubscribe_link_of_family ON unsubscribe_link (school_id, family_id);
