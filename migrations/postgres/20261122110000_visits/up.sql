-- Visits. Hits are journalled by every node as they come, a batch at a time, and folded by one node
-- at a time into the tables below, which alone decide what counted. Nobody else writes those.
CREATE SCHEMA visits;

-- What was acknowledged and is not folded yet: one row per batch, all its hits in one value.
CREATE TABLE visits.journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node uuid NOT NULL,
    batch bigint NOT NULL,
    hits bytea NOT NULL,
    CONSTRAINT journal_batch UNIQUE (node, batch)
);
-- Hashes do not compress: trying would only cost time in front of every answer.
ALTER TABLE visits.journal ALTER COLUMN hits SET STORAGE EXTERNAL;

-- How far the batches of each node are folded, so that one sent again is not taken for a new one.
CREATE TABLE visits.nodes (
    node uuid PRIMARY KEY,
    folded_through bigint NOT NULL,
    folded_at timestamptz NOT NULL
);

-- The random salt of each local day; gone after 48 hours.
CREATE TABLE visits.salts (
    day date PRIMARY KEY,
    salt bytea NOT NULL
);

-- Who was here, by a key that nobody can undo once the day's salt is gone; rows go with it.
CREATE TABLE visits.visitors (
    day date NOT NULL,
    visitor bytea NOT NULL,
    last_view timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    recent bytea NOT NULL,
    moved boolean NOT NULL,
    PRIMARY KEY (day, visitor)
);

-- Hit ids of the last 24 hours, by UTC day, so that old ones leave by a range of the key.
CREATE TABLE visits.hit_ids (
    utc_day bigint NOT NULL,
    hit_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (utc_day, hit_id)
);

-- How many visitors were last seen in each second (of the Unix epoch) of the last minutes.
CREATE TABLE visits.presence (
    second bigint PRIMARY KEY,
    visitors bigint NOT NULL
);

-- The site's days. `other_views` are the page views of no item; `carried` counts the visits that
-- came over midnight, which have a visitor on this day but began the day before.
CREATE TABLE visits.days (
    day date PRIMARY KEY,
    page_views bigint NOT NULL,
    other_views bigint NOT NULL,
    visits bigint NOT NULL,
    visitors bigint NOT NULL,
    carried bigint NOT NULL
);

-- The page views of each item by day.
CREATE TABLE visits.item_days (
    item uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    page_views bigint NOT NULL,
    PRIMARY KEY (item, day)
);

-- Since when visits are counted, and the number that the site brought along. One row.
CREATE TABLE visits.origin (
    id bigint PRIMARY KEY CHECK (id = 1),
    since timestamptz NOT NULL,
    baseline bigint NOT NULL
);
