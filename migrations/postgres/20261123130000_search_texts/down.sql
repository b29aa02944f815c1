DROP TABLE search_texts;
CREATE TABLE search_texts (
    place bigint PRIMARY KEY REFERENCES search_documents (place) ON DELETE CASCADE,
    texts text NOT NULL,
    spans bytea NOT NULL
);
INSERT INTO search_stale (kind, resource_id) SELECT kind, resource_id FROM search_documents ON CONFLICT DO NOTHING;
