-- The journal of the hits moves into a schema of its own: on SQLite it is a file of its own.
CREATE SCHEMA hits;
ALTER TABLE visits.journal SET SCHEMA hits;

-- Who was here is rewritten with every page they view. With room left on its page, a row that changes stays there,
-- and no index is touched.
ALTER TABLE visits.visitors SET (fillfactor = 60);
