-- Who is told of changes. Secrets are sealed with the key outside the database.
CREATE TABLE webhooks (
    id uuid PRIMARY KEY NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    types text NOT NULL,
    category_ids text,
    locales text,
    disabled_at timestamptz,
    disabled_reason text,
    sealed_secret bytea NOT NULL,
    sealed_previous_secret bytea,
    previous_ends_at timestamptz,
    -- The last change that was looked at: deliveries are made of those after it.
    seq bigint NOT NULL,
    -- Since when nothing was acknowledged, how often in a row the host failed, and until when it is left alone.
    failing_since timestamptz,
    failures bigint NOT NULL,
    rests_until timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- What is sent to them, with what came of the last attempt.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY NOT NULL,
    webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- The change; none for a ping.
    seq bigint,
    event_type text NOT NULL,
    resource_id uuid,
    body text NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    give_up_at timestamptz NOT NULL,
    -- Who took it last, by number, and until when it is theirs.
    fence bigint NOT NULL,
    leased_until timestamptz,
    attempted_at timestamptz,
    status bigint,
    latency_ms bigint,
    fault text,
    answer text,
    finished_at timestamptz,
    -- A change is told to a webhook once, however often somebody tries to note it.
    CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, seq)
);
-- What waits, in its order, and whether something of the same resource waits before it.
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, seq, id) WHERE finished_at IS NULL;
CREATE INDEX webhook_deliveries_of_resource ON webhook_deliveries (webhook_id, resource_id, seq) WHERE finished_at IS NULL;
-- The log, newest first.
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, created_at, id);
-- What is old enough to be forgotten.
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;
