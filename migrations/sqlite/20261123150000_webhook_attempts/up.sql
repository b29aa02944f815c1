-- What came of each attempt to deliver something: the newest of each delivery. A number that is missing is of an
-- attempt of which nobody lived to tell.
CREATE TABLE webhook_attempts (
    delivery_id BLOB NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    status INTEGER,
    latency_ms INTEGER NOT NULL,
    fault TEXT,
    answer TEXT,
    PRIMARY KEY (delivery_id, number)
) STRICT;
