-- The archive: how many articles stand in the public table, by section, language and month of the site's
-- zone. Counted by what publishes and withdraws, in the same transaction. It begins empty: both databases are
-- filled by the program at its start, since SQLite knows no time zones.
CREATE TABLE archive_months (
    locale text NOT NULL,
    category_id uuid NOT NULL,
    -- Months since the year 0: twelve times the year, and 0 for January.
    month integer NOT NULL,
    articles integer NOT NULL,
    CONSTRAINT archive_months_pkey PRIMARY KEY (locale, category_id, month),
    CONSTRAINT archive_months_articles CHECK (articles > 0)
);
