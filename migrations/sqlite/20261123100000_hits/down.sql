CREATE TABLE IF NOT EXISTS visits.journal (
    seq INTEGER PRIMARY KEY NOT NULL,
    node BLOB NOT NULL,
    batch INTEGER NOT NULL,
    hits BLOB NOT NULL,
    CONSTRAINT journal_batch UNIQUE (node, batch)
) STRICT;
INSERT OR IGNORE INTO visits.journal (seq, node, batch, hits) SELECT seq, node, batch, hits FROM hits.journal;
DROP TABLE hits.journal;
