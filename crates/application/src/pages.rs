//! What can be done with standing pages.

use std::collections::HashSet;

use bantin_domain::{
    content::DeskItem,
    id::Id,
    kind::{Kind, Ref, Target},
    listing::{Order, PageRequest, Slice},
    locale::Locale,
    media::Media,
    page::{Page, PageChanges, PageId, PageSort, PublishedPage},
    policy::Actor,
    text::Slug,
    violation::{Fault, Violations},
};
pub use bantin_persistence::public::pages::PageParts;
use bantin_persistence::{
    Desk, PublicReader,
    public::{
        self, Lookup,
        pages::{self, PageFilter},
    },
};

use crate::{
    app::Act,
    content::{self, Birth, ItemFilter},
    error::AppError,
    found,
    precondition::Precondition,
    search,
    workflow::{self, Step},
};

/// Makes a page.
///
/// # Errors
/// Those of [`content::create`].
pub fn create(act: &mut Act<'_, '_>, birth: Birth<Page>, changes: PageChanges) -> Result<DeskItem<Page>, AppError> {
    act.take_turns()?;
    content::create(act, birth, changes)
}

/// Changes the working copy of a page.
///
/// # Errors
/// Those of [`content::edit`], and `cycle` at `/parentId` where the page would stand below itself.
pub fn edit(
    act: &mut Act<'_, '_>,
    id: PageId,
    precondition: Precondition,
    changes: PageChanges,
) -> Result<DeskItem<Page>, AppError> {
    act.take_turns()?;
    let edited = content::edit(act, id, precondition, changes)?;
    refuse_circle(act.tx, edited.item.content.parent_id, id)?;
    Ok(edited)
}

/// Refuses a page that would stand below itself. Whoever asks has taken turns: two pages could be put
/// below each other at once.
///
/// # Errors
/// `cycle` at `/parentId`.
pub(crate) fn refuse_circle(desk: &mut Desk<'_>, parent: Option<PageId>, page: PageId) -> Result<(), AppError> {
    if !stands_below(desk, parent, page)? {
        return Ok(());
    }
    let mut faults = Violations::new();
    faults.add("/parentId", Fault::new("cycle", "a page cannot stand below itself"));
    Err(faults.into())
}

/// Whether `page` is among those from `parent` up.
fn stands_below(desk: &mut Desk<'_>, mut parent: Option<PageId>, page: PageId) -> Result<bool, AppError> {
    // Bounded by what was passed, so that even a circle, which no write lets in, ends.
    let mut passed = HashSet::new();
    while let Some(id) = parent.filter(|id| passed.insert(*id)) {
        if id == page {
            return Ok(true);
        }
        parent = match content::find::<Page>(desk, id) {
            Ok(above) => above.content.parent_id,
            Err(AppError::NotFound) => None,
            Err(error) => return Err(error),
        };
    }
    Ok(false)
}

/// Takes a step of the workflow with a page.
///
/// # Errors
/// Those of [`workflow::take`].
pub fn take_step(act: &mut Act<'_, '_>, id: PageId, version: i64, step: &Step) -> Result<DeskItem<Page>, AppError> {
    workflow::take(act, id, Some(version), step)
}

/// The media that the text of each page shows, in one statement.
///
/// # Errors
/// When the database fails.
pub fn companions(desk: &mut Desk<'_>, pages: &[&Page]) -> Result<Vec<Vec<Media>>, AppError> {
    content::body_media(desk, pages.iter().map(|page| &page.body))
}

/// One page at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: PageId) -> Result<DeskItem<Page>, AppError> {
    content::get(desk, actor, id)
}

/// A page of pages at the desk, last changed first.
///
/// # Errors
/// When the database fails.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    filter: ItemFilter,
    page: &PageRequest,
) -> Result<Slice<DeskItem<Page>>, AppError> {
    content::list(desk, actor, filter, page)
}

/// One page as the public reads it, or what of it is wanted.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    reference: &Ref<Page>,
    locale: Option<&Locale>,
    parts: PageParts,
) -> Result<Lookup<PublishedPage>, AppError> {
    Ok(pages::find_parts(reader, reference, locale, parts)?)
}

/// Which pages a reader asks for, as the URL says it.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// What is looked for in their texts: then the best match comes first, whatever the order.
    pub text: Option<String>,
    /// In this language; `None` is all.
    pub locale: Option<Locale>,
    /// These.
    pub ids: Option<Vec<PageId>>,
    /// With one of these slugs.
    pub slugs: Option<Vec<Slug>>,
    /// Right below this one.
    pub parent: Option<Ref<Page>>,
    /// In which order.
    pub order: Order<PageSort>,
    /// What of each is wanted.
    pub parts: PageParts,
}

/// A page of pages as the public reads them. A filter that names nothing finds nothing, and nothing is below a page
/// that is not public: the filter would tell that it exists.
///
/// # Errors
/// When the database fails.
pub fn public_list(
    reader: &mut PublicReader<'_>,
    query: PageQuery,
    page: &PageRequest,
) -> Result<Slice<PublishedPage>, AppError> {
    let parent = content::resolve(reader, Kind::Page, query.parent)?;
    if let Some(parent) = parent
        && !public::is_visible(reader, Target::new(Kind::Page, parent))?
    {
        return Ok(Slice::empty(page));
    }
    let filter = PageFilter { locale: query.locale, ids: query.ids, slugs: query.slugs, parent };
    let Some(text) = query.text else {
        return Ok(pages::list(reader, &filter, query.order, query.parts, page)?);
    };
    let found = search::matching(reader, &text, Kind::Page, filter.locale.as_ref())?;
    let found: Vec<PageId> = found.into_iter().map(Id::new).collect();
    let fitting = pages::fitting(reader, &filter, &found)?;
    let read = |ids: &[PageId]| Ok(pages::some_parts(reader, ids, query.parts)?);
    found::page_of(found, &fitting, page, read, |page| page.id)
}
