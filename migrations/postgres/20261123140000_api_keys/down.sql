DROP INDEX audit_log_by_session;
DROP TABLE api_keys;
