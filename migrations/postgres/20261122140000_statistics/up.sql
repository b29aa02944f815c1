-- Statistics: what folding adds up beside the days of the site and of its items. Sums only; nothing
-- here is about anybody.

-- The site's hours, counted from the first of 1970 as its clocks show it.
CREATE TABLE visits.hours (
    hour bigint PRIMARY KEY,
    page_views bigint NOT NULL,
    visits bigint NOT NULL
);

-- The page views of each item by hour: for "the last 24 hours", and gone soon after.
CREATE TABLE visits.item_hours (
    hour bigint NOT NULL,
    item uuid NOT NULL,
    kind text NOT NULL,
    page_views bigint NOT NULL,
    PRIMARY KEY (hour, item)
);

-- The page views of each item, ever.
CREATE TABLE visits.item_totals (
    item uuid PRIMARY KEY,
    kind text NOT NULL,
    page_views bigint NOT NULL
);
INSERT INTO visits.item_totals (item, kind, page_views)
    SELECT item, min(kind), sum(page_views) FROM visits.item_days GROUP BY item;

-- Which items were read most since a day: answered from the index alone.
CREATE INDEX item_days_by_day ON visits.item_days (day, kind, item, page_views);

-- Where readers of a day came from; '' is nowhere that was told, '*' all sites beyond the first thousand.
-- Days whose time is over are added up under the first day of their month, here and in the two below.
CREATE TABLE visits.referrers (
    day date NOT NULL,
    host text NOT NULL,
    page_views bigint NOT NULL,
    visits bigint NOT NULL,
    PRIMARY KEY (day, host)
);

-- On what sort of device.
CREATE TABLE visits.devices (
    day date NOT NULL,
    device text NOT NULL,
    page_views bigint NOT NULL,
    visits bigint NOT NULL,
    PRIMARY KEY (day, device)
);

-- In which section; the nil id is what stands in none.
CREATE TABLE visits.categories (
    day date NOT NULL,
    category uuid NOT NULL,
    page_views bigint NOT NULL,
    visits bigint NOT NULL,
    PRIMARY KEY (day, category)
);

-- Every number that the site ever said it brought along: who said it, and when. The last one counts.
CREATE TABLE visits.baselines (
    version bigint PRIMARY KEY,
    set_at timestamptz NOT NULL,
    set_by uuid NOT NULL,
    baseline bigint NOT NULL,
    since timestamptz NOT NULL
);

-- Pages that a visitor has just viewed are written with their number of views from now on.
UPDATE visits.visitors SET recent = '';
