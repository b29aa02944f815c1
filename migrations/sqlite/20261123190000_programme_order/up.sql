-- Where a speech stands among those of all events: the event that was published last comes first, read downwards, and its
-- speeches in the order of its programme. The instant of the event's publication, the event, and what its place lacks.
ALTER TABLE public_speeches ADD COLUMN programme_sort BLOB NOT NULL DEFAULT x'';
UPDATE public_speeches SET programme_sort = unhex(
    printf('%016X', COALESCE((
        SELECT strftime('%s', substr(published_at, 1, 19)) * 1000000 + substr(published_at, 21, 6)
        FROM public_events WHERE public_events.id = public_speeches.event_id
    ), 0)) || hex(event_id) || printf('%08X', 4294967295 - position)
);
DROP INDEX public_speeches_newest;
DROP INDEX public_speeches_newest_of_all;
DROP INDEX public_speeches_newest_of_kind;
DROP INDEX public_speeches_newest_of_kind_of_all;
CREATE INDEX public_speeches_in_order ON public_speeches (locale, programme_sort, id);
CREATE INDEX public_speeches_in_order_of_all ON public_speeches (programme_sort, id);
CREATE INDEX public_speeches_in_order_of_kind ON public_speeches (kind, locale, programme_sort, id);
CREATE INDEX public_speeches_in_order_of_kind_of_all ON public_speeches (kind, programme_sort, id);
