-- The whole first shape: the editorial side (items, revisions, links, attendees), the directory, the
-- public side in tables of its own, the change log, and who may log in.
-- PostgreSQL: what is sorted by name is sorted by bytea keys, so that the collation of a server never matters.

-- People who work at the desk. Never deleted, so that an id is never given to another.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    categories text,
    password_hash text,
    disabled_at timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT users_email UNIQUE (email)
);

-- Login sessions. Every editorial transaction reads its own first.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Refresh tokens by digest. A spent one that comes again ends its session.
CREATE TABLE refresh_tokens (
    digest bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Token-signing keys. The private half is sealed with the key file outside the database.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    state text NOT NULL,
    public_key bytea NOT NULL,
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT signing_keys_state CHECK (state IN ('next', 'active', 'previous'))
);

-- Small values the program itself keeps, such as the zone visits are counted in.
CREATE TABLE settings (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- The editorial side of content: identity, workflow state, and what lists and rules ask of the working copy.
CREATE TABLE items (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    locale text NOT NULL,
    group_id uuid NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    title_sort bytea NOT NULL,
    category_id uuid,
    parent_id uuid,
    position bigint NOT NULL,
    first_published_at timestamptz,
    public_revision bigint,
    public_slug text,
    published_at timestamptz,
    visible_from timestamptz,
    visible_until timestamptz,
    corrections text NOT NULL,
    has_unpublished_changes boolean NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    assignee_id uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    updated_by uuid NOT NULL REFERENCES users (id),
    updated_at timestamptz NOT NULL,
    CONSTRAINT items_translation UNIQUE (kind, group_id, locale),
    CONSTRAINT items_kind CHECK (kind IN ('article', 'event', 'speech', 'page')),
    CONSTRAINT items_state CHECK (state IN ('draft', 'inReview', 'changesRequested', 'approved', 'scheduled', 'published', 'archived', 'trashed'))
);
CREATE INDEX items_by_update ON items (kind, updated_at, id);
CREATE INDEX items_by_parent ON items (parent_id, position);

-- Append-only full snapshots. The working copy is the highest number of its item.
CREATE TABLE revisions (
    item_id uuid NOT NULL REFERENCES items (id),
    number bigint NOT NULL,
    content text NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    label text,
    PRIMARY KEY (item_id, number)
);

-- What the working copy of an item refers to: for "where is this used", and so that nothing in use is deleted.
CREATE TABLE item_links (
    item_id uuid NOT NULL REFERENCES items (id),
    relation text NOT NULL,
    position bigint NOT NULL,
    target_kind text NOT NULL,
    target_id uuid NOT NULL,
    PRIMARY KEY (item_id, relation, position)
);
CREATE INDEX item_links_by_target ON item_links (target_id, target_kind);

-- Every slug that is, was ever, or may become public. Unique per kind across locales.
CREATE TABLE slugs (
    kind text NOT NULL,
    slug text NOT NULL,
    resource_id uuid NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (kind, slug),
    CONSTRAINT slugs_state CHECK (state IN ('draft', 'current', 'old'))
);
CREATE INDEX slugs_by_resource ON slugs (resource_id);

-- Who takes part in an event, with the personal data that never becomes public.
CREATE TABLE attendees (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL REFERENCES items (id),
    version bigint NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    person_id uuid,
    name text,
    honorific text,
    position_title text,
    organisation text,
    organisation_id uuid,
    role text NOT NULL,
    headcount bigint,
    visibility text NOT NULL,
    email text,
    phone text,
    notes text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX attendees_by_event ON attendees (event_id, position);

-- The change log of the public side: commit-ordered, without gaps.
CREATE TABLE changes (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    resource_kind text NOT NULL,
    resource_id uuid NOT NULL,
    locale text,
    slug text,
    previous_slug text,
    tags text NOT NULL
);

-- One row: the last number given out. Its lock is what makes the log gapless and ordered.
CREATE TABLE change_head (
    id bigint PRIMARY KEY,
    seq bigint NOT NULL
);
INSERT INTO change_head (id, seq) VALUES (1, 0);

-- Sections of the site, a tree.
CREATE TABLE categories (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    parent_id uuid REFERENCES categories (id),
    position bigint NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    name_sort bytea NOT NULL,
    description text,
    translations text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX categories_by_parent ON categories (parent_id, position);

-- Tags, one per folded name.
CREATE TABLE tags (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    name_folded text NOT NULL,
    name_sort bytea NOT NULL,
    translations text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tags_name UNIQUE (name_folded)
);
CREATE INDEX tags_by_name ON tags (name_sort, id);

-- People who speak, write or take part.
CREATE TABLE people (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    slug text NOT NULL,
    display_name text NOT NULL,
    family_name text,
    middle_name text,
    given_name text,
    name_sort bytea NOT NULL,
    initial text NOT NULL,
    academic_title text,
    aliases text NOT NULL,
    positions text NOT NULL,
    biography text,
    photo_id uuid,
    listed boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX people_by_name ON people (name_sort, id);

-- Departments, companies, schools.
CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    name_sort bytea NOT NULL,
    initial text NOT NULL,
    short_name text,
    parent_id uuid REFERENCES organisations (id),
    kind text,
    url text,
    listed boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX organisations_by_name ON organisations (name_sort, id);

-- Pictures and files; the bytes lie in the data folder under the id.
CREATE TABLE media (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    mime_type text NOT NULL,
    bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    width bigint,
    height bigint,
    alt text NOT NULL,
    caption text,
    credit text,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX media_by_creation ON media (created_at, id);

-- One row: the site.
CREATE TABLE site (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    content text NOT NULL,
    updated_at timestamptz NOT NULL
);

-- What the public may read of articles. Only publishing and withdrawing write here.
CREATE TABLE public_articles (
    id uuid PRIMARY KEY,
    locale text NOT NULL,
    group_id uuid NOT NULL,
    slug text NOT NULL,
    revision bigint NOT NULL,
    title text NOT NULL,
    title_sort bytea NOT NULL,
    summary text,
    byline text,
    category_id uuid NOT NULL,
    cover_id uuid,
    citations text NOT NULL,
    corrections text NOT NULL,
    featured_until timestamptz,
    published_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    corrected_at timestamptz,
    visible_from timestamptz NOT NULL,
    visible_until timestamptz NOT NULL,
    body text NOT NULL,
    CONSTRAINT public_articles_slug UNIQUE (slug)
);
CREATE INDEX public_articles_newest ON public_articles (locale, published_at, id);
CREATE INDEX public_articles_by_update ON public_articles (locale, updated_at, id);
CREATE INDEX public_articles_by_title ON public_articles (locale, title_sort, id);
CREATE INDEX public_articles_by_group ON public_articles (group_id);

-- What the public may read of events.
CREATE TABLE public_events (
    id uuid PRIMARY KEY,
    locale text NOT NULL,
    group_id uuid NOT NULL,
    slug text NOT NULL,
    revision bigint NOT NULL,
    title text NOT NULL,
    title_sort bytea NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    starts_at timestamptz,
    ends_at timestamptz,
    timezone text NOT NULL,
    venue text NOT NULL,
    online_url text,
    organisers text NOT NULL,
    summary text,
    category_id uuid,
    cover_id uuid,
    published_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    visible_from timestamptz NOT NULL,
    visible_until timestamptz NOT NULL,
    body text NOT NULL,
    CONSTRAINT public_events_slug UNIQUE (slug)
);
CREATE INDEX public_events_by_start ON public_events (locale, starts_on, id);
CREATE INDEX public_events_by_update ON public_events (locale, updated_at, id);
CREATE INDEX public_events_by_title ON public_events (locale, title_sort, id);
CREATE INDEX public_events_by_group ON public_events (group_id);

-- Those attendees of public events whom an editor made public, without personal data.
CREATE TABLE public_attendees (
    id uuid PRIMARY KEY,
    event_id uuid NOT NULL REFERENCES public_events (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    kind text NOT NULL,
    person_id uuid,
    name text,
    honorific text,
    position_title text,
    organisation text,
    organisation_id uuid,
    role text NOT NULL,
    headcount bigint
);
CREATE INDEX public_attendees_by_event ON public_attendees (event_id, position, id);

-- What the public may read of speeches. The window is already cut to that of the event.
CREATE TABLE public_speeches (
    id uuid PRIMARY KEY,
    locale text NOT NULL,
    group_id uuid NOT NULL,
    event_id uuid NOT NULL,
    position bigint NOT NULL,
    slug text NOT NULL,
    revision bigint NOT NULL,
    title text NOT NULL,
    title_sort bytea NOT NULL,
    kind text NOT NULL,
    speaker text NOT NULL,
    co_speakers text NOT NULL,
    summary text,
    starts_at timestamptz,
    duration_minutes bigint,
    video_url text,
    published_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    own_from timestamptz NOT NULL,
    own_until timestamptz NOT NULL,
    visible_from timestamptz NOT NULL,
    visible_until timestamptz NOT NULL,
    body text NOT NULL,
    CONSTRAINT public_speeches_slug UNIQUE (slug)
);
CREATE INDEX public_speeches_by_event ON public_speeches (event_id, position, id);
CREATE INDEX public_speeches_by_start ON public_speeches (locale, starts_at, id);
CREATE INDEX public_speeches_by_title ON public_speeches (locale, title_sort, id);
CREATE INDEX public_speeches_by_group ON public_speeches (group_id);

-- What the public may read of standing pages.
CREATE TABLE public_pages (
    id uuid PRIMARY KEY,
    locale text NOT NULL,
    group_id uuid NOT NULL,
    slug text NOT NULL,
    revision bigint NOT NULL,
    parent_id uuid,
    position bigint NOT NULL,
    title text NOT NULL,
    title_sort bytea NOT NULL,
    summary text,
    cover_id uuid,
    published_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    visible_from timestamptz NOT NULL,
    visible_until timestamptz NOT NULL,
    body text NOT NULL,
    CONSTRAINT public_pages_slug UNIQUE (slug)
);
CREATE INDEX public_pages_by_order ON public_pages (locale, position, id);
CREATE INDEX public_pages_by_group ON public_pages (group_id);

-- What public content refers to, both ways: an answer reads one page of sources in one statement, a filter reads one target in order.
CREATE TABLE public_links (
    source_id uuid NOT NULL,
    source_kind text NOT NULL,
    relation text NOT NULL,
    position bigint NOT NULL,
    target_kind text NOT NULL,
    target_id uuid NOT NULL,
    locale text NOT NULL,
    sort_at timestamptz NOT NULL,
    visible_from timestamptz NOT NULL,
    visible_until timestamptz NOT NULL,
    PRIMARY KEY (source_id, relation, position)
);
CREATE INDEX public_links_by_target ON public_links (target_id, relation, source_kind, locale, sort_at, source_id);
