UPDATE visits.visitors SET recent = x'';
DROP TABLE IF EXISTS visits.baselines;
DROP TABLE IF EXISTS visits.categories;
DROP TABLE IF EXISTS visits.devices;
DROP TABLE IF EXISTS visits.referrers;
DROP INDEX IF EXISTS visits.item_days_by_day;
DROP TABLE IF EXISTS visits.item_totals;
DROP TABLE IF EXISTS visits.item_hours;
DROP TABLE IF EXISTS visits.hours;
