-- What stands on a shared certificate that shall not name the child, such as "A swimmer"; null: the school has not said.
ALTER TABLE school ADD COLUMN pupil text;
