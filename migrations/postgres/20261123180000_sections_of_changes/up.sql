-- Where content stands for the public after a change, and which section it left by it: who follows a section must learn
-- of what leaves it, and by then the public side says nothing of it any more.
ALTER TABLE changes ADD COLUMN section_id uuid;
ALTER TABLE changes ADD COLUMN left_section_id uuid;
-- The section that the change log last said that an item stands in: of those that somebody sees.
CREATE TABLE told_sections (
    item_id uuid PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    section_id uuid NOT NULL
);
INSERT INTO told_sections (item_id, section_id) SELECT id, category_id FROM public_articles;
INSERT INTO told_sections (item_id, section_id) SELECT id, category_id FROM public_events WHERE category_id IS NOT NULL;
INSERT INTO told_sections (item_id, section_id)
SELECT public_speeches.id, public_events.category_id
  FROM public_speeches JOIN public_events ON public_events.id = public_speeches.event_id
 WHERE public_events.category_id IS NOT NULL;
-- What was withdrawn before left no section: only its draft still knows of one, and that is not public.
UPDATE changes SET section_id = (SELECT section_id FROM told_sections WHERE item_id = resource_id) WHERE kind <> 'deleted';
