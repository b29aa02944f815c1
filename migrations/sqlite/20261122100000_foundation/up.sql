-- The whole first shape: the editorial side (items, revisions, links, attendees), the directory, the
-- public side in tables of its own, the change log, and who may log in.
-- SQLite: STRICT tables, since without STRICT a column keeps whatever type is written into it.

-- People who work at the desk. Never deleted, so that an id is never given to another.
CREATE TABLE users (
    id BLOB PRIMARY KEY NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    categories TEXT,
    password_hash TEXT,
    disabled_at TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT users_email UNIQUE (email)
) STRICT;

-- Login sessions. Every editorial transaction reads its own first.
CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Refresh tokens by digest. A spent one that comes again ends its session.
CREATE TABLE refresh_tokens (
    digest BLOB PRIMARY KEY NOT NULL,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    spent_at TEXT
) STRICT;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Token-signing keys. The private half is sealed with the key file outside the database.
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    public_key BLOB NOT NULL,
    sealed_private_key BLOB NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT signing_keys_state CHECK (state IN ('next', 'active', 'previous'))
) STRICT;

-- Small values the program itself keeps, such as the zone visits are counted in.
CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- The editorial side of content: identity, workflow state, and what lists and rules ask of the working copy.
CREATE TABLE items (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    locale TEXT NOT NULL,
    group_id BLOB NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    title_sort BLOB NOT NULL,
    category_id BLOB,
    parent_id BLOB,
    position INTEGER NOT NULL,
    first_published_at TEXT,
    public_revision INTEGER,
    public_slug TEXT,
    published_at TEXT,
    visible_from TEXT,
    visible_until TEXT,
    corrections TEXT NOT NULL,
    has_unpublished_changes INTEGER NOT NULL,
    created_by BLOB NOT NULL REFERENCES users (id),
    assignee_id BLOB REFERENCES users (id),
    created_at TEXT NOT NULL,
    updated_by BLOB NOT NULL REFERENCES users (id),
    updated_at TEXT NOT NULL,
    CONSTRAINT items_translation UNIQUE (kind, group_id, locale),
    CONSTRAINT items_kind CHECK (kind IN ('article', 'event', 'speech', 'page')),
    CONSTRAINT items_state CHECK (state IN ('draft', 'inReview', 'changesRequested', 'approved', 'scheduled', 'published', 'archived', 'trashed'))
) STRICT;
CREATE INDEX items_by_update ON items (kind, updated_at, id);
CREATE INDEX items_by_parent ON items (parent_id, position);

-- Append-only full snapshots. The working copy is the highest number of its item.
CREATE TABLE revisions (
    item_id BLOB NOT NULL REFERENCES items (id),
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    created_by BLOB NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    label TEXT,
    PRIMARY KEY (item_id, number)
) STRICT;

-- What the working copy of an item refers to: for "where is this used", and so that nothing in use is deleted.
CREATE TABLE item_links (
    item_id BLOB NOT NULL REFERENCES items (id),
    relation TEXT NOT NULL,
    position INTEGER NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BLOB NOT NULL,
    PRIMARY KEY (item_id, relation, position)
) STRICT;
CREATE INDEX item_links_by_target ON item_links (target_id, target_kind);

-- Every slug that is, was ever, or may become public. Unique per kind across locales.
CREATE TABLE slugs (
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (kind, slug),
    CONSTRAINT slugs_state CHECK (state IN ('draft', 'current', 'old'))
) STRICT;
CREATE INDEX slugs_by_resource ON slugs (resource_id);

-- Who takes part in an event, with the personal data that never becomes public.
CREATE TABLE attendees (
    id BLOB PRIMARY KEY NOT NULL,
    event_id BLOB NOT NULL REFERENCES items (id),
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    person_id BLOB,
    name TEXT,
    honorific TEXT,
    position_title TEXT,
    organisation TEXT,
    organisation_id BLOB,
    role TEXT NOT NULL,
    headcount INTEGER,
    visibility TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    notes TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX attendees_by_event ON attendees (event_id, position);

-- The change log of the public side: commit-ordered, without gaps.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    locale TEXT,
    slug TEXT,
    previous_slug TEXT,
    tags TEXT NOT NULL
) STRICT;

-- One row: the last number given out. Its lock is what makes the log gapless and ordered.
CREATE TABLE change_head (
    id INTEGER PRIMARY KEY NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO change_head (id, seq) VALUES (1, 0);

-- Sections of the site, a tree.
CREATE TABLE categories (
    id BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    parent_id BLOB REFERENCES categories (id),
    position INTEGER NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort BLOB NOT NULL,
    description TEXT,
    translations TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX categories_by_parent ON categories (parent_id, position);

-- Tags, one per folded name.
CREATE TABLE tags (
    id BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    name_sort BLOB NOT NULL,
    translations TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT tags_name UNIQUE (name_folded)
) STRICT;
CREATE INDEX tags_by_name ON tags (name_sort, id);

-- People who speak, write or take part.
CREATE TABLE people (
    id BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    slug TEXT NOT NULL,
    display_name TEXT NOT NULL,
    family_name TEXT,
    middle_name TEXT,
    given_name TEXT,
    name_sort BLOB NOT NULL,
    initial TEXT NOT NULL,
    academic_title TEXT,
    aliases TEXT NOT NULL,
    positions TEXT NOT NULL,
    biography TEXT,
    photo_id BLOB,
    listed INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX people_by_name ON people (name_sort, id);

-- Departments, companies, schools.
CREATE TABLE organisations (
    id BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    name_sort BLOB NOT NULL,
    initial TEXT NOT NULL,
    short_name TEXT,
    parent_id BLOB REFERENCES organisations (id),
    kind TEXT,
    url TEXT,
    listed INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX organisations_by_name ON organisations (name_sort, id);

-- Pictures and files; the bytes lie in the data folder under the id.
CREATE TABLE media (
    id BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    width INTEGER,
    height INTEGER,
    alt TEXT NOT NULL,
    caption TEXT,
    credit TEXT,
    created_by BLOB NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX media_by_creation ON media (created_at, id);

-- One row: the site.
CREATE TABLE site (
    id INTEGER PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- What the public may read of articles. Only publishing and withdrawing write here.
CREATE TABLE public_articles (
    id BLOB PRIMARY KEY NOT NULL,
    locale TEXT NOT NULL,
    group_id BLOB NOT NULL,
    slug TEXT NOT NULL,
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_sort BLOB NOT NULL,
    summary TEXT,
    byline TEXT,
    category_id BLOB NOT NULL,
    cover_id BLOB,
    citations TEXT NOT NULL,
    corrections TEXT NOT NULL,
    featured_until TEXT,
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    corrected_at TEXT,
    visible_from TEXT NOT NULL,
    visible_until TEXT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT public_articles_slug UNIQUE (slug)
) STRICT;
CREATE INDEX public_articles_newest ON public_articles (locale, published_at, id);
CREATE INDEX public_articles_by_update ON public_articles (locale, updated_at, id);
CREATE INDEX public_articles_by_title ON public_articles (locale, title_sort, id);
CREATE INDEX public_articles_by_group ON public_articles (group_id);

-- What the public may read of events.
CREATE TABLE public_events (
    id BLOB PRIMARY KEY NOT NULL,
    locale TEXT NOT NULL,
    group_id BLOB NOT NULL,
    slug TEXT NOT NULL,
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_sort BLOB NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    starts_at TEXT,
    ends_at TEXT,
    timezone TEXT NOT NULL,
    venue TEXT NOT NULL,
    online_url TEXT,
    organisers TEXT NOT NULL,
    summary TEXT,
    category_id BLOB,
    cover_id BLOB,
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    visible_from TEXT NOT NULL,
    visible_until TEXT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT public_events_slug UNIQUE (slug)
) STRICT;
CREATE INDEX public_events_by_start ON public_events (locale, starts_on, id);
CREATE INDEX public_events_by_update ON public_events (locale, updated_at, id);
CREATE INDEX public_events_by_title ON public_events (locale, title_sort, id);
CREATE INDEX public_events_by_group ON public_events (group_id);

-- Those attendees of public events whom an editor made public, without personal data.
CREATE TABLE public_attendees (
    id BLOB PRIMARY KEY NOT NULL,
    event_id BLOB NOT NULL REFERENCES public_events (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    person_id BLOB,
    name TEXT,
    honorific TEXT,
    position_title TEXT,
    organisation TEXT,
    organisation_id BLOB,
    role TEXT NOT NULL,
    headcount INTEGER
) STRICT;
CREATE INDEX public_attendees_by_event ON public_attendees (event_id, position, id);

-- What the public may read of speeches. The window is already cut to that of the event.
CREATE TABLE public_speeches (
    id BLOB PRIMARY KEY NOT NULL,
    locale TEXT NOT NULL,
    group_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    slug TEXT NOT NULL,
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_sort BLOB NOT NULL,
    kind TEXT NOT NULL,
    speaker TEXT NOT NULL,
    co_speakers TEXT NOT NULL,
    summary TEXT,
    starts_at TEXT,
    duration_minutes INTEGER,
    video_url TEXT,
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    own_from TEXT NOT NULL,
    own_until TEXT NOT NULL,
    visible_from TEXT NOT NULL,
    visible_until TEXT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT public_speeches_slug UNIQUE (slug)
) STRICT;
CREATE INDEX public_speeches_by_event ON public_speeches (event_id, position, id);
CREATE INDEX public_speeches_by_start ON public_speeches (locale, starts_at, id);
CREATE INDEX public_speeches_by_title ON public_speeches (locale, title_sort, id);
CREATE INDEX public_speeches_by_group ON public_speeches (group_id);

-- What the public may read of standing pages.
CREATE TABLE public_pages (
    id BLOB PRIMARY KEY NOT NULL,
    locale TEXT NOT NULL,
    group_id BLOB NOT NULL,
    slug TEXT NOT NULL,
    revision INTEGER NOT NULL,
    parent_id BLOB,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_sort BLOB NOT NULL,
    summary TEXT,
    cover_id BLOB,
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    visible_from TEXT NOT NULL,
    visible_until TEXT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT public_pages_slug UNIQUE (slug)
) STRICT;
CREATE INDEX public_pages_by_order ON public_pages (locale, position, id);
CREATE INDEX public_pages_by_group ON public_pages (group_id);

-- What public content refers to, both ways: an answer reads one page of sources in one statement, a filter reads one target in order.
CREATE TABLE public_links (
    source_id BLOB NOT NULL,
    source_kind TEXT NOT NULL,
    relation TEXT NOT NULL,
    position INTEGER NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BLOB NOT NULL,
    locale TEXT NOT NULL,
    sort_at TEXT NOT NULL,
    visible_from TEXT NOT NULL,
    visible_until TEXT NOT NULL,
    PRIMARY KEY (source_id, relation, position)
) STRICT;
CREATE INDEX public_links_by_target ON public_links (target_id, relation, source_kind, locale, sort_at, source_id);
