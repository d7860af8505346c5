-- Until when a mail is held on purpose (the run's `send_after`), apart from when its digest is looked at next.
ALTER TABLE mail ADD COLUMN held_until timestamptz;
