-- The editorial desk: roles as data, one-time links, the trash, schedules, comments, previews, keys of
-- repeated requests, the audit log.

-- Roles: named sets of permissions. Those that ship are written at the first start.
CREATE TABLE roles (
    name text PRIMARY KEY NOT NULL,
    title text NOT NULL,
    permissions text NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Invitations and resets, by digest: good once, for an hour, handed over by an admin.
CREATE TABLE one_time_links (
    digest bytea PRIMARY KEY NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    purpose text NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz,
    CONSTRAINT one_time_links_purpose CHECK (purpose IN ('invitation', 'reset'))
);
CREATE INDEX one_time_links_by_user ON one_time_links (user_id);

-- Failed logins, by the digest of an account or a network: no address and no name is kept.
CREATE TABLE login_failures (
    subject bytea PRIMARY KEY NOT NULL,
    failures bigint NOT NULL,
    last_at timestamptz NOT NULL
);
CREATE INDEX login_failures_by_age ON login_failures (last_at);

-- When a session was last refreshed, and from which network it came, as far as the settings keep that.
ALTER TABLE sessions ADD COLUMN refreshed_at timestamptz;
ALTER TABLE sessions ADD COLUMN network text;

-- When an item came into the trash: it is purged a while later.
ALTER TABLE items ADD COLUMN trashed_at timestamptz;
CREATE INDEX items_by_trash ON items (trashed_at) WHERE trashed_at IS NOT NULL;
CREATE INDEX items_by_from ON items (visible_from) WHERE visible_from IS NOT NULL;
CREATE INDEX items_by_until ON items (visible_until) WHERE visible_until IS NOT NULL;

-- Ids that were purged: none of them is ever given again.
CREATE TABLE tombstones (
    id uuid PRIMARY KEY NOT NULL,
    kind text NOT NULL,
    purged_at timestamptz NOT NULL
);

-- Instants at which something becomes visible, or stops to be: the change log gets a row once they pass.
CREATE TABLE due (
    target_id uuid NOT NULL,
    change text NOT NULL,
    target_kind text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (target_id, change),
    CONSTRAINT due_change CHECK (change IN ('created', 'deleted'))
);
CREATE INDEX due_by_instant ON due (at);

-- What the desk says to each other about an item.
CREATE TABLE comments (
    id uuid PRIMARY KEY NOT NULL,
    item_id uuid NOT NULL REFERENCES items (id),
    author_id uuid NOT NULL REFERENCES users (id),
    text text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX comments_by_item ON comments (item_id, created_at);

-- Links that show a draft to who has no account, by digest.
CREATE TABLE preview_links (
    id uuid PRIMARY KEY NOT NULL,
    item_id uuid NOT NULL REFERENCES items (id),
    digest bytea NOT NULL,
    revision bigint,
    max_views bigint,
    views bigint NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT preview_links_digest UNIQUE (digest)
);
CREATE INDEX preview_links_by_item ON preview_links (item_id, created_at);

-- The answers of writes that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users (id),
    route text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    status bigint NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who did what: appended in the transaction of the effect, sealed into a hash chain within a second.
-- Nothing is ever changed or taken away, but that the sealer numbers an entry once.
CREATE TABLE audit_log (
    id uuid PRIMARY KEY NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid REFERENCES users (id),
    session_id uuid,
    action text NOT NULL,
    resource text NOT NULL,
    resource_id uuid,
    version bigint,
    fields text NOT NULL,
    network text,
    request_id uuid,
    seq bigint,
    hash bytea
);
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (seq);
CREATE INDEX audit_log_unsealed ON audit_log (id) WHERE seq IS NULL;
CREATE INDEX audit_log_by_resource ON audit_log (resource_id, version);

CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.hash IS NOT NULL
        AND (NEW.id, NEW.at, NEW.actor_id, NEW.session_id, NEW.action, NEW.resource, NEW.resource_id, NEW.version,
             NEW.fields, NEW.network, NEW.request_id)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.at, OLD.actor_id, OLD.session_id, OLD.action, OLD.resource, OLD.resource_id, OLD.version,
             OLD.fields, OLD.network, OLD.request_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only();
CREATE TRIGGER audit_log_is_kept BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();
