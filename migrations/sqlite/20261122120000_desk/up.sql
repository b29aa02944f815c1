-- The editorial desk: roles as data, one-time links, the trash, schedules, comments, previews, keys of
-- repeated requests, the audit log.

-- Roles: named sets of permissions. Those that ship are written at the first start.
CREATE TABLE roles (
    name TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    permissions TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- Invitations and resets, by digest: good once, for an hour, handed over by an admin.
CREATE TABLE one_time_links (
    digest BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL,
    created_by BLOB NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    spent_at TEXT,
    CONSTRAINT one_time_links_purpose CHECK (purpose IN ('invitation', 'reset'))
) STRICT;
CREATE INDEX one_time_links_by_user ON one_time_links (user_id);

-- Failed logins, by the digest of an account or a network: no address and no name is kept.
CREATE TABLE login_failures (
    subject BLOB PRIMARY KEY NOT NULL,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL
) STRICT;
CREATE INDEX login_failures_by_age ON login_failures (last_at);

-- When a session was last refreshed, and from which network it came, as far as the settings keep that.
ALTER TABLE sessions ADD COLUMN refreshed_at TEXT;
ALTER TABLE sessions ADD COLUMN network TEXT;

-- When an item came into the trash: it is purged a while later.
ALTER TABLE items ADD COLUMN trashed_at TEXT;
CREATE INDEX items_by_trash ON items (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX items_by_from ON items (visible_from) WHERE visible_from IS NOT NULL;
CREATE INDEX items_by_until ON items (visible_until) WHERE visible_until IS NOT NULL;

-- Ids that were purged: none of them is ever given again.
CREATE TABLE tombstones (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    purged_at TEXT NOT NULL
) STRICT;

-- Instants at which something becomes visible, or stops to be: the change log gets a row once they pass.
CREATE TABLE due (
    target_id BLOB NOT NULL,
    change TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (target_id, change),
    CONSTRAINT due_change CHECK (change IN ('created', 'deleted'))
) STRICT;
CREATE INDEX due_by_instant ON due (at);

-- What the desk says to each other about an item.
CREATE TABLE comments (
    id BLOB PRIMARY KEY NOT NULL,
    item_id BLOB NOT NULL REFERENCES items (id),
    author_id BLOB NOT NULL REFERENCES users (id),
    text TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX comments_by_item ON comments (item_id, created_at);

-- Links that show a draft to who has no account, by digest.
CREATE TABLE preview_links (
    id BLOB PRIMARY KEY NOT NULL,
    item_id BLOB NOT NULL REFERENCES items (id),
    digest BLOB NOT NULL,
    revision INTEGER,
    max_views INTEGER,
    views INTEGER NOT NULL,
    created_by BLOB NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    CONSTRAINT preview_links_digest UNIQUE (digest)
) STRICT;
CREATE INDEX preview_links_by_item ON preview_links (item_id, created_at);

-- The answers of writes that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
    user_id BLOB NOT NULL REFERENCES users (id),
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (user_id, route, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who did what: appended in the transaction of the effect, sealed into a hash chain within a second.
-- Nothing is ever changed or taken away, but that the sealer numbers an entry once.
CREATE TABLE audit_log (
    id BLOB PRIMARY KEY NOT NULL,
    at TEXT NOT NULL,
    actor_id BLOB REFERENCES users (id),
    session_id BLOB,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id BLOB,
    version INTEGER,
    fields TEXT NOT NULL,
    network TEXT,
    request_id BLOB,
    seq INTEGER,
    hash BLOB
) STRICT;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (seq);
CREATE INDEX audit_log_unsealed ON audit_log (id) WHERE seq IS NULL;
CREATE INDEX audit_log_by_resource ON audit_log (resource_id, version);

CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE ON audit_log
WHEN OLD.seq IS NOT NULL OR NEW.seq IS NULL OR NEW.hash IS NULL
    OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.actor_id IS NOT OLD.actor_id
    OR NEW.session_id IS NOT OLD.session_id OR NEW.action IS NOT OLD.action OR NEW.resource IS NOT OLD.resource
    OR NEW.resource_id IS NOT OLD.resource_id OR NEW.version IS NOT OLD.version OR NEW.fields IS NOT OLD.fields
    OR NEW.network IS NOT OLD.network OR NEW.request_id IS NOT OLD.request_id
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
