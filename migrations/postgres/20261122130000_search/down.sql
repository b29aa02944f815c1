DROP TABLE synonyms;
DROP TABLE search_stale;
DROP TABLE search_words;
DROP TABLE search_index;
DROP TABLE search_texts;
DROP TABLE search_documents;
