-- What led to the mail, for its trace.
ALTER TABLE mail ADD COLUMN traceparent text;
