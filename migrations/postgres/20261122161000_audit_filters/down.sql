CREATE INDEX audit_log_by_resource ON audit_log (resource_id, version);
DROP INDEX audit_log_by_kind;
DROP INDEX audit_log_by_item;
