UPDATE visits.visitors SET recent = '';
DROP TABLE visits.baselines;
DROP TABLE visits.categories;
DROP TABLE visits.devices;
DROP TABLE visits.referrers;
DROP INDEX visits.item_days_by_day;
DROP TABLE visits.item_totals;
DROP TABLE visits.item_hours;
DROP TABLE visits.hours;
