//! What can be done with the site.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bantin_domain::{
    content::{Link, Relation},
    kind::{ChangeKind, Kind, Target},
    locale::Locale,
    policy::{Actor, Edit, Read, Subject},
    site::{PublishedMenuItem, SITE_ID, Site, SiteChanges, SiteContent},
    text::{Line, Slug},
    time::{Date, SiteZone},
    violation::Violations,
};
use bantin_persistence::{
    Desk, PublicReader, Tx,
    changes::{self, NewChange},
    directory as persisted, due, references, site,
};

use crate::{app::Act, directory, error::AppError, precondition::Precondition};

/// Writes what a new site says until somebody says something else; leaves one that is there alone. And notes when it
/// shows another banner: that hangs on where its days begin, which may be set anew at each start.
///
/// # Errors
/// When the database fails.
pub fn ensure(tx: &mut Tx<'_>, zone: &SiteZone) -> Result<(), AppError> {
    let parsed = Line::parse("Bantin").and_then(|name| Ok((name, Locale::parse("en")?)));
    let (name, english) = parsed.map_err(|fault| AppError::Internal(fault.message))?;
    site::ensure(tx, &SiteContent::unnamed(name, vec![Locale::vietnamese(), english]))?;
    changes::lock(tx)?;
    let content = site::find(tx)?.content;
    note_banners(tx, &content, zone)
}

/// Has the change log told, as the days come, that the site shows another banner: a mirror hears of nothing else.
fn note_banners(tx: &mut Tx<'_>, content: &SiteContent, zone: &SiteZone) -> Result<(), AppError> {
    let days = content.banner_days(tx.now().day_in(zone));
    Ok(due::note_banners(tx, &days.into_iter().map(|day| zone.start_of(day)).collect::<Vec<_>>())?)
}

/// Changes the site. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::Invalid`] with
/// every fault, what the menus lead to and is not there among them, [`AppError::Forbidden`].
pub fn edit(act: &mut Act<'_, '_>, precondition: Precondition, changes: SiteChanges) -> Result<Site, AppError> {
    act.take_turns()?;
    let granted = act.actor.may::<Edit>(&subject())?;
    let found = site::find(act.tx)?;
    let target = Target::new(Kind::Site, SITE_ID);
    precondition.check(act.tx, target.id, found.version)?;
    let content = found.content.clone().changed(changes)?;
    if content == found.content {
        return Ok(found);
    }
    let (before, after) = (targets(&found.content), targets(&content));
    check_new_targets(act.tx, &content, &before)?;
    // What stood below an entry that nobody could see may stand elsewhere now.
    let led_to: Vec<Target> = before.union(&after).copied().collect();
    let seen_before = persisted::seen(&mut act.tx.public(), &led_to)?;
    directory::record_edit(act, target, (found.version, precondition), &found.content, &content)?;
    let edited = Site { version: found.version + 1, content, updated_at: act.tx.now() };
    site::save(act.tx, &granted, &edited)?;
    note_banners(act.tx, &edited.content, &act.app.settings().zone)?;
    let seen_after = persisted::seen(&mut act.tx.public(), &led_to)?;
    log_edit(act, &seen_before, &seen_after);
    Ok(edited)
}

/// Notes what the menus newly lead to and is not there. What they led to before was there then, and
/// may be in the trash by now; that is no reason to refuse a new banner.
fn check_new_targets(desk: &mut Desk<'_>, content: &SiteContent, known: &BTreeSet<Target>) -> Result<(), AppError> {
    let new = content.menu_targets().into_iter().filter(|(_, target)| !known.contains(target));
    // Only target and pointer are looked at.
    let links: Vec<Link> = new.map(|(pointer, target)| Link { relation: Relation::Body, target, pointer }).collect();
    let mut faults = Violations::new();
    references::check(desk, &links, &mut faults)?;
    Ok(faults.into_result(())?)
}

/// What the public sees of the directory, with its addresses.
type Seen = BTreeMap<Target, Option<Slug>>;

/// Logs the change of the site, and of what came into sight or went out of it because only a menu
/// leads there.
fn log_edit(act: &mut Act<'_, '_>, before: &Seen, after: &Seen) {
    let (target, at) = (Target::new(Kind::Site, SITE_ID), act.tx.now());
    act.log(NewChange { kind: ChangeKind::Updated, target, locale: None, slug: None, previous_slug: None, at });
    directory::log_sight(act, before, after);
}

/// The site at the desk.
///
/// # Errors
/// When the database fails.
pub fn get(desk: &mut Desk<'_>, actor: &Actor) -> Result<Site, AppError> {
    let _ = actor.may::<Read>(&subject())?;
    Ok(site::find(desk)?)
}

/// The site as the public reads it: in one language, with the banner of the day and menus that lead
/// only to what is public now.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedSite {
    /// What an editor says. Holds more than the public may see (coming banners, the address of
    /// previews), so a view takes single members out of it.
    pub content: SiteContent,
    /// The language that was asked for, or the site's own.
    pub locale: Locale,
    /// The local day on which the banner was chosen.
    pub today: Date,
    /// The menus by name.
    pub menus: Vec<(String, Vec<PublishedMenuItem>)>,
}

/// The site as the public reads it in `locale`. `None`, and a language that the site is not kept in,
/// are its own language.
///
/// # Errors
/// When the database fails.
pub fn public_get(
    reader: &mut PublicReader<'_>,
    locale: Option<Locale>,
    zone: &SiteZone,
) -> Result<PublishedSite, AppError> {
    let (content, public) = public_content(reader)?;
    let kept = locale.filter(|locale| content.locales.contains(locale));
    let locale = kept.unwrap_or_else(|| content.default_locale.clone());
    let menus = published_menus(&content, &locale, &public);
    Ok(PublishedSite { locale, today: reader.now().day_in(zone), menus, content })
}

/// The site as the public reads it in each of its languages, its own first.
///
/// # Errors
/// When the database fails.
pub(crate) fn public_in_all(reader: &mut PublicReader<'_>, zone: &SiteZone) -> Result<Vec<PublishedSite>, AppError> {
    let (content, public) = public_content(reader)?;
    let today = reader.now().day_in(zone);
    let others = content.locales.iter().filter(|locale| **locale != content.default_locale);
    let published = |locale: &Locale| PublishedSite {
        locale: locale.clone(),
        today,
        menus: published_menus(&content, locale, &public),
        content: content.clone(),
    };
    Ok(std::iter::once(&content.default_locale).chain(others).map(published).collect())
}

/// What is said of the site, and where its menus lead.
fn public_content(reader: &mut PublicReader<'_>) -> Result<(SiteContent, HashMap<Target, Option<Slug>>), AppError> {
    let content = site::public_find(reader)?.content;
    let public = site::resolve(reader, &targets(&content).into_iter().collect::<Vec<_>>())?;
    Ok((content, public))
}

/// What is said of the site, as it stands: its languages, and how its front end addresses things.
///
/// # Errors
/// When the database fails.
pub fn content(reader: &mut PublicReader<'_>) -> Result<SiteContent, AppError> {
    Ok(site::public_find(reader)?.content)
}

fn published_menus(
    content: &SiteContent,
    locale: &Locale,
    public: &HashMap<Target, Option<Slug>>,
) -> Vec<(String, Vec<PublishedMenuItem>)> {
    let shown = |item: &bantin_domain::site::MenuItem| item.published(locale, &content.default_locale, public);
    content
        .menus
        .iter()
        .map(|(name, items)| (name.as_str().to_owned(), items.iter().filter_map(shown).collect()))
        .collect()
}

fn targets(content: &SiteContent) -> BTreeSet<Target> {
    content.menu_targets().into_iter().map(|(_, target)| target).collect()
}

fn subject() -> Subject {
    Subject::of(Kind::Site)
}
