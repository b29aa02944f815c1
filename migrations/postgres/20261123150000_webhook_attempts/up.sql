-- What came of each attempt to deliver something: the newest of each delivery. A number that is missing is of an
-- attempt of which nobody lived to tell.
CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    status bigint,
    latency_ms bigint NOT NULL,
    fault text,
    answer text,
    PRIMARY KEY (delivery_id, number)
);
