DROP TABLE told_sections;
ALTER TABLE changes DROP COLUMN left_section_id;
ALTER TABLE changes DROP COLUMN section_id;
