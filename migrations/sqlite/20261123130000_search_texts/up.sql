-- The texts for the highlights as bytes, of which only what is shown is read, and no longer as a document
-- of JSON; the keys and places of words in four bytes each. Everything that is searched is indexed anew by the first node that starts.
DROP TABLE search_texts;
CREATE TABLE search_texts (
    place INTEGER PRIMARY KEY NOT NULL REFERENCES search_documents (place) ON DELETE CASCADE,
    texts BLOB NOT NULL,
    spans BLOB NOT NULL
) STRICT;
INSERT OR IGNORE INTO search_stale (kind, resource_id) SELECT kind, resource_id FROM search_documents;
