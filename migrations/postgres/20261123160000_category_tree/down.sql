DROP TRIGGER category_tree_changes ON categories;
DROP FUNCTION category_tree_moves();
DROP TABLE category_tree;
