-- Who is told of changes. Secrets are sealed with the key outside the database.
CREATE TABLE webhooks (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    types TEXT NOT NULL,
    category_ids TEXT,
    locales TEXT,
    disabled_at TEXT,
    disabled_reason TEXT,
    sealed_secret BLOB NOT NULL,
    sealed_previous_secret BLOB,
    previous_ends_at TEXT,
    -- The last change that was looked at: deliveries are made of those after it.
    seq INTEGER NOT NULL,
    -- Since when nothing was acknowledged, how often in a row the host failed, and until when it is left alone.
    failing_since TEXT,
    failures INTEGER NOT NULL,
    rests_until TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- What is sent to them, with what came of the last attempt.
CREATE TABLE webhook_deliveries (
    id BLOB PRIMARY KEY NOT NULL,
    webhook_id BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- The change; none for a ping.
    seq INTEGER,
    event_type TEXT NOT NULL,
    resource_id BLOB,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    give_up_at TEXT NOT NULL,
    -- Who took it last, by number, and until when it is theirs.
    fence INTEGER NOT NULL,
    leased_until TEXT,
    attempted_at TEXT,
    status INTEGER,
    latency_ms INTEGER,
    fault TEXT,
    answer TEXT,
    finished_at TEXT,
    -- A change is told to a webhook once, however often somebody tries to note it.
    CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, seq)
) STRICT;
-- What waits, in its order, and whether something of the same resource waits before it.
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, seq, id) WHERE finished_at IS NULL;
CREATE INDEX webhook_deliveries_of_resource ON webhook_deliveries (webhook_id, resource_id, seq) WHERE finished_at IS NULL;
-- The log, newest first.
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, created_at, id);
-- What is old enough to be forgotten.
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;
