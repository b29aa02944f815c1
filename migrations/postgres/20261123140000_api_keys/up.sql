-- The keys of integrators. Of a secret there is only its digest. A key that was ended stays as a row: its id
-- stands in the audit log, and is never given to another.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY NOT NULL,
    name text NOT NULL,
    permissions text NOT NULL,
    category_ids text,
    networks text,
    quota bigint,
    digest bytea NOT NULL,
    -- The last letters of the secret, by which people tell it from another.
    ending text NOT NULL,
    -- The secret before, and until when it is good, too.
    previous_digest bytea,
    previous_ends_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_by uuid NOT NULL REFERENCES users (id),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT api_keys_digest UNIQUE (digest),
    CONSTRAINT api_keys_previous_digest UNIQUE (previous_digest)
);
-- The list, oldest first.
CREATE INDEX api_keys_by_time ON api_keys (created_at, id);
-- What was done by a key, newest first.
CREATE INDEX audit_log_by_session ON audit_log (session_id, at, id);
