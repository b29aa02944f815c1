-- One row whose version moves with every change of a section: whoever keeps the sections in memory asks it whether
-- they are still the same. Moved by the table itself, so that nobody who writes there can forget it.
CREATE TABLE category_tree (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    CONSTRAINT category_tree_one CHECK (id = 1)
);
INSERT INTO category_tree (id, version) VALUES (1, 1);
CREATE FUNCTION category_tree_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE category_tree SET version = version + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER category_tree_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON categories
    FOR EACH STATEMENT EXECUTE FUNCTION category_tree_moves();
