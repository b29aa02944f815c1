DROP TABLE search_texts;
CREATE TABLE search_texts (
    place INTEGER PRIMARY KEY NOT NULL REFERENCES search_documents (place) ON DELETE CASCADE,
    texts TEXT NOT NULL,
    spans BLOB NOT NULL
) STRICT;
INSERT OR IGNORE INTO search_stale (kind, resource_id) SELECT kind, resource_id FROM search_documents;
