DROP INDEX public_speeches_in_order_of_kind_of_all;
DROP INDEX public_speeches_in_order_of_kind;
DROP INDEX public_speeches_in_order_of_all;
DROP INDEX public_speeches_in_order;
CREATE INDEX public_speeches_newest ON public_speeches (locale, published_at, id);
CREATE INDEX public_speeches_newest_of_all ON public_speeches (published_at, id);
CREATE INDEX public_speeches_newest_of_kind ON public_speeches (kind, locale, published_at, id);
CREATE INDEX public_speeches_newest_of_kind_of_all ON public_speeches (kind, published_at, id);
ALTER TABLE public_speeches DROP COLUMN programme_sort;
