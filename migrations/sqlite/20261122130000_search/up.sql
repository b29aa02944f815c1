-- What is searched: one document for each resource of the public side, and for each person and tag,
-- who are public only while something shows them, which is asked when they are found.
-- `place` is the instant it is sorted by, in seconds, times 2^20, and what keeps it apart from others of
-- that second: the engine walks its index from the newest on and stops when it has enough.
CREATE TABLE search_documents (
    place INTEGER PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    locale TEXT,
    category_id BLOB,
    sort_at TEXT NOT NULL,
    visible_from TEXT NOT NULL,
    visible_until TEXT NOT NULL,
    title TEXT NOT NULL,
    keys BLOB NOT NULL,
    CONSTRAINT search_documents_resource UNIQUE (resource_id)
) STRICT;

-- The texts for the highlights, apart, since only a page of what was found needs them.
CREATE TABLE search_texts (
    place INTEGER PRIMARY KEY NOT NULL REFERENCES search_documents (place) ON DELETE CASCADE,
    texts TEXT NOT NULL,
    spans BLOB NOT NULL
) STRICT;

-- Which terms a document has in its title, and anywhere. Neither texts nor positions are kept here:
-- ranking and highlights have their own.
CREATE VIRTUAL TABLE search_index USING fts5 (
    title, text, content = '', contentless_delete = 1, detail = 'column',
    tokenize = 'unicode61 remove_diacritics 0'
);

-- Every folded word that any document ever had: where a word with a typing error is looked up. That a
-- word stands here says nothing; what it finds is asked of the documents.
CREATE TABLE search_words (
    word TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

-- What has to be indexed anew: a document, or a tag, person, organisation or picture whose name stands
-- in the documents of others.
CREATE TABLE search_stale (
    kind TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    PRIMARY KEY (resource_id)
) STRICT;

-- One row: which words mean the same.
CREATE TABLE synonyms (
    id INTEGER PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT synonyms_one CHECK (id = 1)
) STRICT;
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
