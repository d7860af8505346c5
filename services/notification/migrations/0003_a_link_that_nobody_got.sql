-- The link of a version whose family had nobody to mail: kept until somebody is mailed after all.
ALTER TABLE announced ADD COLUMN family_url text;
