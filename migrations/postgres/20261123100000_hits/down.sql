ALTER TABLE visits.visitors RESET (fillfactor);
ALTER TABLE hits.journal SET SCHEMA visits;
DROP SCHEMA hits;
