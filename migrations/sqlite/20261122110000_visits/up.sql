-- Visits. Hits are journalled as they come, a batch at a time, and folded into the tables below,
-- which alone decide what counted.
-- SQLite: `visits` is a file of its own, attached under that name. IF NOT EXISTS, because after a
-- power cut one of two files may hold its half of a commit and the other not.

-- What was acknowledged and is not folded yet: one row per batch, all its hits in one value.
CREATE TABLE IF NOT EXISTS visits.journal (
    seq INTEGER PRIMARY KEY NOT NULL,
    node BLOB NOT NULL,
    batch INTEGER NOT NULL,
    hits BLOB NOT NULL,
    CONSTRAINT journal_batch UNIQUE (node, batch)
) STRICT;

-- How far the batches of each node are folded, so that one sent again is not taken for a new one.
CREATE TABLE IF NOT EXISTS visits.nodes (
    node BLOB PRIMARY KEY NOT NULL,
    folded_through INTEGER NOT NULL,
    folded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The random salt of each local day; gone after 48 hours.
CREATE TABLE IF NOT EXISTS visits.salts (
    day TEXT PRIMARY KEY NOT NULL,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who was here, by a key that nobody can undo once the day's salt is gone; rows go with it.
CREATE TABLE IF NOT EXISTS visits.visitors (
    day TEXT NOT NULL,
    visitor BLOB NOT NULL,
    last_view TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    recent BLOB NOT NULL,
    moved INTEGER NOT NULL,
    PRIMARY KEY (day, visitor)
) STRICT, WITHOUT ROWID;

-- Hit ids of the last 24 hours, by UTC day, so that old ones leave by a range of the key.
CREATE TABLE IF NOT EXISTS visits.hit_ids (
    utc_day INTEGER NOT NULL,
    hit_id BLOB NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (utc_day, hit_id)
) STRICT, WITHOUT ROWID;

-- How many visitors were last seen in each second (of the Unix epoch) of the last minutes.
CREATE TABLE IF NOT EXISTS visits.presence (
    second INTEGER PRIMARY KEY NOT NULL,
    visitors INTEGER NOT NULL
) STRICT;

-- The site's days. `other_views` are the page views of no item; `carried` counts the visits that
-- came over midnight, which have a visitor on this day but began the day before.
CREATE TABLE IF NOT EXISTS visits.days (
    day TEXT PRIMARY KEY NOT NULL,
    page_views INTEGER NOT NULL,
    other_views INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    visitors INTEGER NOT NULL,
    carried INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The page views of each item by day.
CREATE TABLE IF NOT EXISTS visits.item_days (
    item BLOB NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    page_views INTEGER NOT NULL,
    PRIMARY KEY (item, day)
) STRICT, WITHOUT ROWID;

-- Since when visits are counted, and the number that the site brought along. One row.
CREATE TABLE IF NOT EXISTS visits.origin (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    since TEXT NOT NULL,
    baseline INTEGER NOT NULL
) STRICT;
