DROP INDEX changes_by_kind;
