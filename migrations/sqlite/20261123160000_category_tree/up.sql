-- One row whose version moves with every change of a section: whoever keeps the sections in memory asks it whether
-- they are still the same. Moved by the table itself, so that nobody who writes there can forget it.
CREATE TABLE category_tree (
    id INTEGER PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT category_tree_one CHECK (id = 1)
) STRICT;
INSERT INTO category_tree (id, version) VALUES (1, 1);
CREATE TRIGGER category_tree_grows AFTER INSERT ON categories
BEGIN
    UPDATE category_tree SET version = version + 1;
END;
CREATE TRIGGER category_tree_changes AFTER UPDATE ON categories
BEGIN
    UPDATE category_tree SET version = version + 1;
END;
CREATE TRIGGER category_tree_shrinks AFTER DELETE ON categories
BEGIN
    UPDATE category_tree SET version = version + 1;
END;
