-- What lists ask for that no column had.

-- Of a working copy: its title without marks and case, what sort of event or speech it is, how certain, and its
-- days. They are computed by the program, which fills them in at its next start where they are missing.
ALTER TABLE items ADD COLUMN title_folded TEXT;
ALTER TABLE items ADD COLUMN form TEXT;
ALTER TABLE items ADD COLUMN status TEXT;
ALTER TABLE items ADD COLUMN starts_on TEXT;
ALTER TABLE items ADD COLUMN ends_on TEXT;
CREATE INDEX items_to_complete ON items (kind) WHERE title_folded IS NULL;

-- The lists that every editor opens: by state, their own, what waits for them.
CREATE INDEX items_by_state ON items (kind, state, updated_at, id);
CREATE INDEX items_by_maker ON items (kind, created_by, updated_at, id);
CREATE INDEX items_by_assignee ON items (kind, assignee_id, updated_at, id) WHERE assignee_id IS NOT NULL;

-- The same with media, of who may read their own only.
CREATE INDEX media_by_maker ON media (created_by, created_at, id);

-- Who holds or held a post where. The posts themselves are a document of the person.
CREATE TABLE person_posts (
    organisation_id BLOB NOT NULL,
    person_id BLOB NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (organisation_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_posts_by_person ON person_posts (person_id);
INSERT INTO person_posts (organisation_id, person_id)
SELECT DISTINCT unhex(replace(json_extract(post.value, '$.organisationId'), '-', '')), people.id
FROM people, json_each(people.positions) post
WHERE json_extract(post.value, '$.organisationId') IS NOT NULL;

-- One of the directory by its address.
CREATE INDEX people_by_slug ON people (slug);
CREATE INDEX organisations_by_slug ON organisations (slug);
CREATE INDEX tags_by_slug ON tags (slug);
