-- The log of one item, newest first, and of one kind of resource. The former index of items had them by version,
-- so that a page of a much edited item was sorted out of all its entries; what changed since a version is among
-- the newest entries of the item, and is found on the way.
CREATE INDEX audit_log_by_item ON audit_log (resource_id, at, id);
CREATE INDEX audit_log_by_kind ON audit_log (resource, at, id);
DROP INDEX audit_log_by_resource;
