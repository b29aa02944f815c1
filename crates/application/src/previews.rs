//! Links that show a draft to who has no account.
//!
//! A link is a secret of 256 random bits that is shown once; the database keeps its digest. It ends by
//! itself, after so many views, or when an editor ends it. What it shows is made by
//! [`bantin_persistence::previews`]: exactly what publishing would show.

use bantin_domain::{
    article::PublishedArticle,
    audit::{AuditField, Entry},
    event::PublishedEvent,
    id::Id,
    kind::Kind,
    page::PublishedPage,
    policy::{Actor, Edit, Granted},
    speech::PublishedSpeech,
    violation::{Fault, Violations},
    workflow::State,
};
pub use bantin_persistence::previews::PreviewLink;
use bantin_persistence::{
    Desk,
    previews::{self, Preview},
    public::{Lookup, PublicContent},
    revisions, site,
};
use serde_json::Value;

use crate::{
    app::{Act, App},
    auth::opaque::{Opaque, OpaqueKind},
    content,
    error::AppError,
};

/// How a link is wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPreview {
    /// The revision to show; `None` follows the working copy.
    pub revision: Option<i64>,
    /// After how many seconds it ends.
    pub expires_in: i64,
    /// How often it may be opened; `None` is as often as one likes.
    pub max_views: Option<i64>,
}

/// A link right after it was made: the only time that its token is known.
#[derive(Debug)]
pub struct MadePreview {
    /// The link.
    pub link: PreviewLink,
    /// What opens it.
    pub token: Opaque,
    /// Where the front end shows it, where the site says that.
    pub web_url: Option<String>,
}

/// Makes a link to an item. Who may edit it decides who else reads it before its time.
///
/// # Errors
/// [`AppError::Invalid`] for a revision that there is not, [`crate::Blocker::WrongState`] for what lies in
/// the trash, [`AppError::NotFound`], [`AppError::Forbidden`].
pub fn create<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>, wish: NewPreview) -> Result<MadePreview, AppError> {
    let granted = may_edit(act, id)?;
    let item = content::find(act.tx, id)?;
    if item.state == State::Trashed {
        let subject = content::subject_of(act.tx, Some(item.created_by), &item.content)?;
        return Err(content::wrong_state(&act.actor, &subject, &item));
    }
    if let Some(number) = wish.revision
        && revisions::find(act.tx, id, number)?.is_none()
    {
        let mut faults = Violations::new();
        faults.add("/revision", Fault::new("unknown_reference", "names no revision of this item"));
        return Err(faults.into());
    }
    let token = Opaque::generate(act.app.sources().entropy.as_ref(), OpaqueKind::Preview)?;
    let now = act.tx.now();
    let link = PreviewLink {
        id: act.new_id(),
        revision: wish.revision,
        views: 0,
        max_views: wish.max_views,
        created_by: act.actor.user,
        created_at: now,
        expires_at: now.plus_seconds(wish.expires_in),
        revoked_at: None,
    };
    previews::insert(act.tx, &granted, id.uuid(), &token.digest(), &link)?;
    act.record(
        Entry::new("createPreviewLink", C::KIND, id.uuid())
            .with(AuditField::changed("previewLinkId", Value::Null, link.id.to_string()))
            .with(AuditField::changed("revision", Value::Null, link.revision))
            .with(AuditField::changed("expiresAt", Value::Null, link.expires_at.to_utc_text()))
            .with(AuditField::changed("maxViews", Value::Null, link.max_views)),
    );
    let web_url = site::find(act.tx)?.content.preview_url.map(|url| url.with_token(token.expose()));
    Ok(MadePreview { link, token, web_url })
}

/// The links to an item, newest first, without their tokens: nobody has those any more.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn list<C: PublicContent>(desk: &mut Desk<'_>, actor: &Actor, id: Id<C>) -> Result<Vec<PreviewLink>, AppError> {
    content::get(desk, actor, id)?;
    Ok(previews::list(desk, id.uuid())?)
}

/// Ends a link of an item.
///
/// # Errors
/// [`AppError::NotFound`], also for the link of another item; [`AppError::Forbidden`].
pub fn revoke<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>, link: Id<PreviewLink>) -> Result<(), AppError> {
    let granted = may_edit(act, id)?;
    if !previews::revoke(act.tx, &granted, id.uuid(), link)? {
        return Err(AppError::NotFound);
    }
    act.record(Entry::new("revokePreviewLink", C::KIND, id.uuid()).with(AuditField::changed(
        "previewLinkId",
        link.to_string(),
        Value::Null,
    )));
    Ok(())
}

fn may_edit<C: PublicContent>(act: &mut Act<'_, '_>, id: Id<C>) -> Result<Granted<Edit>, AppError> {
    let item = content::find(act.tx, id)?;
    let subject = content::subject_of(act.tx, Some(item.created_by), &item.content)?;
    Ok(act.actor.may::<Edit>(&subject)?)
}

/// What a link shows: the item as the public would read it.
#[derive(Debug, Clone, PartialEq)]
pub enum Previewed {
    /// A news article.
    Article(Box<PublishedArticle>),
    /// An event, with what its programme would be.
    Event(Box<PublishedEvent>, Vec<PublishedSpeech>),
    /// A speech.
    Speech(Box<PublishedSpeech>),
    /// A standing page.
    Page(Box<PublishedPage>),
}

/// Opens a link by its token, and counts that as a view.
///
/// # Errors
/// [`AppError::NotFound`] for a token that opens nothing, [`AppError::Gone`] for a link that has ended and
/// for an item in the trash.
pub async fn open(app: &App, token: &str) -> Result<Previewed, AppError> {
    let digest = Opaque::parse(OpaqueKind::Preview, token).ok_or(AppError::NotFound)?.digest();
    app.system(move |tx| found(previews::open(tx, &digest)?).and_then(|mut preview| read(&mut preview))).await
}

fn read(preview: &mut Preview<'_, '_>) -> Result<Previewed, AppError> {
    Ok(match preview.kind() {
        Kind::Article => Previewed::Article(Box::new(found(previews::article(preview)?)?)),
        Kind::Event => {
            let (event, speeches) = found(previews::event(preview)?)?;
            Previewed::Event(Box::new(event), speeches)
        }
        Kind::Speech => Previewed::Speech(Box::new(found(previews::speech(preview)?)?)),
        Kind::Page => Previewed::Page(Box::new(found(previews::page(preview)?)?)),
        _ => return Err(AppError::NotFound),
    })
}

fn found<T>(lookup: Lookup<T>) -> Result<T, AppError> {
    match lookup {
        Lookup::Found(found) => Ok(found),
        Lookup::Gone => Err(AppError::Gone),
        Lookup::Moved(_) | Lookup::Missing => Err(AppError::NotFound),
    }
}
