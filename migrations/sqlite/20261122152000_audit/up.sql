-- The log is read newest first: as a whole and between two instants, of one account, of one act. Each index
-- goes on in that order, so that a page reads its own entries and no others.
CREATE INDEX audit_log_by_time ON audit_log (at, id);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, at, id);
CREATE INDEX audit_log_by_action ON audit_log (action, at, id);
