-- The journal of the hits moves into a file of its own, attached under the name `hits`, so that no hit waits for
-- the counting of those before it. IF NOT EXISTS and OR IGNORE, because after a power cut one of the files may hold
-- its half of a commit and the other not; a batch that stands in both journals is counted once, by its number.
CREATE TABLE IF NOT EXISTS hits.journal (
    seq INTEGER PRIMARY KEY NOT NULL,
    node BLOB NOT NULL,
    batch INTEGER NOT NULL,
    hits BLOB NOT NULL,
    CONSTRAINT journal_batch UNIQUE (node, batch)
) STRICT;
INSERT OR IGNORE INTO hits.journal (seq, node, batch, hits) SELECT seq, node, batch, hits FROM visits.journal;
DROP TABLE visits.journal;
