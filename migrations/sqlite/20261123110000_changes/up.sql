-- Who follows only some kinds of resource must not read past all the others.
CREATE INDEX changes_by_kind ON changes (resource_kind, seq);
