-- The keys of integrators. Of a secret there is only its digest. A key that was ended stays as a row: its id
-- stands in the audit log, and is never given to another.
CREATE TABLE api_keys (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    permissions TEXT NOT NULL,
    category_ids TEXT,
    networks TEXT,
    quota INTEGER,
    digest BLOB NOT NULL,
    -- The last letters of the secret, by which people tell it from another.
    ending TEXT NOT NULL,
    -- The secret before, and until when it is good, too.
    previous_digest BLOB,
    previous_ends_at TEXT,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT,
    created_by BLOB NOT NULL REFERENCES users (id),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT api_keys_digest UNIQUE (digest),
    CONSTRAINT api_keys_previous_digest UNIQUE (previous_digest)
) STRICT;
-- The list, oldest first.
CREATE INDEX api_keys_by_time ON api_keys (created_at, id);
-- What was done by a key, newest first.
CREATE INDEX audit_log_by_session ON audit_log (session_id, at, id);
