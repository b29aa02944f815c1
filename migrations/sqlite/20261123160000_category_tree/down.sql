DROP TRIGGER category_tree_shrinks;
DROP TRIGGER category_tree_changes;
DROP TRIGGER category_tree_grows;
DROP TABLE category_tree;
