-- The archive: how many articles stand in the public table, by section, language and month of the site's
-- zone. Counted by what publishes and withdraws, in the same transaction. It begins empty: months begin at
-- midnight of the site's zone, which SQL does not know here, so the program counts what is there at its start.
CREATE TABLE archive_months (
    locale TEXT NOT NULL,
    category_id BLOB NOT NULL,
    -- Months since the year 0: twelve times the year, and 0 for January.
    month INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    PRIMARY KEY (locale, category_id, month),
    CONSTRAINT archive_months_articles CHECK (articles > 0)
) STRICT, WITHOUT ROWID;
