-- What the plans of all public questions turned out to lack.

-- Speeches of a sort, the last published first: the usual order of speeches, which was sorted anew each time.
CREATE INDEX public_speeches_newest_of_kind ON public_speeches (kind, locale, published_at, id);
CREATE INDEX public_speeches_newest_of_kind_of_all ON public_speeches (kind, published_at, id);

-- Events that last longer than a month: where a list of those that end on a day or later begins.
CREATE INDEX public_events_long ON public_events (ends_on, starts_on) WHERE ends_on > starts_on + 31;
