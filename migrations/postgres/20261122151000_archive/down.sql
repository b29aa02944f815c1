DELETE FROM settings WHERE name = 'archive_zone';
DROP TABLE archive_months;
