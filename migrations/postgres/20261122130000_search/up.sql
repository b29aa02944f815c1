-- What is searched: one document for each resource of the public side, and for each person and tag,
-- who are public only while something shows them, which is asked when they are found.
-- `place` is the instant it is sorted by, in seconds, times 2^20, and what keeps it apart from others of
-- that second: the newest come first without sorting all that match.
CREATE TABLE search_documents (
    place bigint PRIMARY KEY,
    kind text NOT NULL,
    resource_id uuid NOT NULL,
    locale text,
    category_id uuid,
    sort_at timestamptz NOT NULL,
    visible_from timestamptz NOT NULL,
    visible_until timestamptz NOT NULL,
    title text NOT NULL,
    keys bytea NOT NULL,
    CONSTRAINT search_documents_resource UNIQUE (resource_id)
);
-- Hashes: compressing them would cost time and gain nothing.
ALTER TABLE search_documents ALTER COLUMN keys SET STORAGE EXTERNAL;

-- The texts for the highlights, apart, since only a page of what was found needs them.
CREATE TABLE search_texts (
    place bigint PRIMARY KEY REFERENCES search_documents (place) ON DELETE CASCADE,
    texts text NOT NULL,
    spans bytea NOT NULL
);

-- Which terms a document has in its title, and anywhere. Positions are not kept: ranking has its own.
-- A row stays in one piece to 8 kB: fetched from apart, it would cost more than the planner knows of, which
-- then walks the newest rows where the index would have been faster (measured: 112 ms instead of 19).
CREATE TABLE search_index (
    place bigint PRIMARY KEY REFERENCES search_documents (place) ON DELETE CASCADE,
    title tsvector NOT NULL,
    text tsvector NOT NULL
) WITH (toast_tuple_target = 8160);
-- Without the list of pending entries, which every search would have to read through.
CREATE INDEX search_index_title ON search_index USING gin (title) WITH (fastupdate = off);
CREATE INDEX search_index_text ON search_index USING gin (text) WITH (fastupdate = off);

-- Every folded word that any document ever had: where a word with a typing error is looked up. That a
-- word stands here says nothing; what it finds is asked of the documents.
CREATE TABLE search_words (
    word text PRIMARY KEY
);

-- What has to be indexed anew: a document, or a tag, person, organisation or picture whose name stands
-- in the documents of others.
CREATE TABLE search_stale (
    kind text NOT NULL,
    resource_id uuid PRIMARY KEY
);

-- One row: which words mean the same.
CREATE TABLE synonyms (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    content text NOT NULL,
    CONSTRAINT synonyms_one CHECK (id = 1)
);
INSERT INTO synonyms (id, version, content) VALUES (1, 1, '[
    {"terms":["KH&CN","KHCN","khoa học và công nghệ"],"folded":["kh cn","khcn","khoa hoc va cong nghe"]},
    {"terms":["UBND","ủy ban nhân dân"],"folded":["ubnd","uy ban nhan dan"]},
    {"terms":["HĐND","hội đồng nhân dân"],"folded":["hdnd","hoi dong nhan dan"]},
    {"terms":["SHTT","sở hữu trí tuệ"],"folded":["shtt","so huu tri tue"]},
    {"terms":["TP.HCM","TPHCM","thành phố Hồ Chí Minh"],"folded":["tp hcm","tphcm","thanh pho ho chi minh"]},
    {"terms":["NĐ-CP","nghị định của Chính phủ"],"folded":["nd cp","nghi dinh cua chinh phu"]},
    {"terms":["ĐBSCL","đồng bằng sông Cửu Long"],"folded":["dbscl","dong bang song cuu long"]},
    {"terms":["CNTT","công nghệ thông tin"],"folded":["cntt","cong nghe thong tin"]},
    {"terms":["ĐMST","đổi mới sáng tạo"],"folded":["dmst","doi moi sang tao"]},
    {"terms":["HTX","hợp tác xã"],"folded":["htx","hop tac xa"]}
]');

-- What is public already is indexed by the first node that starts.
INSERT INTO search_stale (kind, resource_id)
SELECT 'article', id FROM public_articles
UNION ALL SELECT 'event', id FROM public_events
UNION ALL SELECT 'speech', id FROM public_speeches
UNION ALL SELECT 'page', id FROM public_pages
UNION ALL SELECT 'person', id FROM people
UNION ALL SELECT 'tag', id FROM tags;
