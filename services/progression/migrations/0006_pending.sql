-- The day on which a student's class meets: monday to sunday, where the school says it.
ALTER TABLE student ADD COLUMN weekday text;
