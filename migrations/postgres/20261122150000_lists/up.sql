-- Indexes for what the public lists offer: every pair of a filter and an order that is answered is read along one of
-- them. Those with the language first exist since the foundation; these serve `locale=*`, and filters of their own.

-- What is linked to a target, in every language.
CREATE INDEX public_links_of_all ON public_links (target_id, relation, source_kind, sort_at, source_id);

-- With the window in which a row can be seen, so that the rows before a page are passed over in the index alone.
DROP INDEX public_articles_newest;
CREATE INDEX public_articles_newest ON public_articles (locale, published_at, id, visible_from, visible_until);
CREATE INDEX public_articles_newest_of_all ON public_articles (published_at, id, visible_from, visible_until);
CREATE INDEX public_articles_by_update_of_all ON public_articles (updated_at, id);
CREATE INDEX public_articles_by_title_of_all ON public_articles (title_sort, id);
-- The front page: the few that ever stood on it, and when they leave it.
CREATE INDEX public_articles_featured ON public_articles (locale, published_at, id, featured_until) WHERE featured_until IS NOT NULL;
CREATE INDEX public_articles_featured_of_all ON public_articles (published_at, id, featured_until) WHERE featured_until IS NOT NULL;
CREATE INDEX public_articles_by_leaving ON public_articles (featured_until) WHERE featured_until IS NOT NULL;

CREATE INDEX public_events_by_start_of_all ON public_events (starts_on, id);
CREATE INDEX public_events_by_update_of_all ON public_events (updated_at, id);
CREATE INDEX public_events_by_title_of_all ON public_events (title_sort, id);
-- What is going on or to come ends on a later day; it is read from there, and is never much.
CREATE INDEX public_events_by_end ON public_events (locale, ends_on, starts_on, id);
CREATE INDEX public_events_by_end_of_all ON public_events (ends_on, starts_on, id);
CREATE INDEX public_events_of_kind ON public_events (kind, locale, starts_on, id);
CREATE INDEX public_events_of_kind_of_all ON public_events (kind, starts_on, id);
CREATE INDEX public_events_of_status ON public_events (status, locale, starts_on, id);
CREATE INDEX public_events_of_status_of_all ON public_events (status, starts_on, id);

CREATE INDEX public_speeches_newest ON public_speeches (locale, published_at, id);
CREATE INDEX public_speeches_newest_of_all ON public_speeches (published_at, id);
CREATE INDEX public_speeches_by_start_of_all ON public_speeches (starts_at, id);
CREATE INDEX public_speeches_by_title_of_all ON public_speeches (title_sort, id);
CREATE INDEX public_speeches_of_kind ON public_speeches (kind, locale, starts_at, id);
CREATE INDEX public_speeches_of_kind_of_all ON public_speeches (kind, starts_at, id);

CREATE INDEX public_pages_by_order_of_all ON public_pages (position, id);
CREATE INDEX public_pages_by_parent ON public_pages (parent_id, position, id);

CREATE INDEX people_by_initial ON people (initial, name_sort, id);
CREATE INDEX people_by_photo ON people (photo_id) WHERE photo_id IS NOT NULL;
CREATE INDEX organisations_by_initial ON organisations (initial, name_sort, id);
CREATE INDEX organisations_by_parent ON organisations (parent_id, name_sort, id);
