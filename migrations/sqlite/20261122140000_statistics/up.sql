-- Statistics: what folding adds up beside the days of the site and of its items. Sums only; nothing
-- here is about anybody. IF NOT EXISTS: see the migration before.

-- The site's hours, counted from the first of 1970 as its clocks show it.
CREATE TABLE IF NOT EXISTS visits.hours (
    hour INTEGER PRIMARY KEY NOT NULL,
    page_views INTEGER NOT NULL,
    visits INTEGER NOT NULL
) STRICT;

-- The page views of each item by hour: for "the last 24 hours", and gone soon after.
CREATE TABLE IF NOT EXISTS visits.item_hours (
    hour INTEGER NOT NULL,
    item BLOB NOT NULL,
    kind TEXT NOT NULL,
    page_views INTEGER NOT NULL,
    PRIMARY KEY (hour, item)
) STRICT, WITHOUT ROWID;

-- The page views of each item, ever.
CREATE TABLE IF NOT EXISTS visits.item_totals (
    item BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    page_views INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO visits.item_totals (item, kind, page_views)
    SELECT item, min(kind), sum(page_views) FROM visits.item_days GROUP BY item;

-- Which items were read most since a day: answered from the index alone.
CREATE INDEX IF NOT EXISTS visits.item_days_by_day ON item_days (day, kind, item, page_views);

-- Where readers of a day came from; '' is nowhere that was told, '*' all sites beyond the first thousand.
-- Days whose time is over are added up under the first day of their month, here and in the two below.
CREATE TABLE IF NOT EXISTS visits.referrers (
    day TEXT NOT NULL,
    host TEXT NOT NULL,
    page_views INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (day, host)
) STRICT, WITHOUT ROWID;

-- On what sort of device.
CREATE TABLE IF NOT EXISTS visits.devices (
    day TEXT NOT NULL,
    device TEXT NOT NULL,
    page_views INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (day, device)
) STRICT, WITHOUT ROWID;

-- In which section; the nil id is what stands in none.
CREATE TABLE IF NOT EXISTS visits.categories (
    day TEXT NOT NULL,
    category BLOB NOT NULL,
    page_views INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    PRIMARY KEY (day, category)
) STRICT, WITHOUT ROWID;

-- Every number that the site ever said it brought along: who said it, and when. The last one counts.
CREATE TABLE IF NOT EXISTS visits.baselines (
    version INTEGER PRIMARY KEY NOT NULL,
    set_at TEXT NOT NULL,
    set_by BLOB NOT NULL,
    baseline INTEGER NOT NULL,
    since TEXT NOT NULL
) STRICT;

-- Pages that a visitor has just viewed are written with their number of views from now on.
UPDATE visits.visitors SET recent = x'';
