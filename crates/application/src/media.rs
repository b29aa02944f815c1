//! What can be done with pictures and files.

use bantin_domain::{
    criteria::NamePart,
    kind::{ChangeKind, Kind, Target},
    listing::{Order, PageRequest, Slice},
    media::{FileName, Media, MediaChanges, MediaId, MediaSort, MediaTexts},
    policy::{Actor, Create, Edit, Granted, Read, Subject, Trash, Verb},
};
use bantin_persistence::{Desk, PublicReader, changes::NewChange, media, references};

use crate::{
    app::{Act, App, Caller},
    directory,
    error::AppError,
    media_files::{MediaFiles, Stored, Upload},
    precondition::Precondition,
};

/// Whether the caller may upload at all: asked before ten megabytes are read of who may not.
///
/// # Errors
/// [`AppError::Forbidden`], [`AppError::NotFound`] for who may not even see any.
pub fn may_upload(actor: &Actor) -> Result<Granted<Create>, AppError> {
    // Whoever uploads a picture is its owner.
    let new = Subject { owner: Some(actor.user), ..Subject::of(Kind::Media) };
    Ok(actor.may::<Create>(&new)?)
}

/// Keeps an upload: first its bytes, safely on the disk, then the row that promises them.
///
/// # Errors
/// Those of [`keep`] and [`insert`]. Nothing is kept then.
pub async fn create(
    app: &App,
    caller: Caller,
    upload: Upload,
    file_name: String,
    texts: MediaTexts,
) -> Result<Media, AppError> {
    let stored = keep(app, upload).await?;
    let id = stored.id;
    let created = app.write(caller, move |act| insert(act, stored, &file_name, texts)).await;
    remove_unless_promised(app, id).await;
    created
}

/// Puts the bytes of an upload where they will lie. Whatever comes of [`insert`] then,
/// [`remove_unless_promised`] tidies up.
///
/// # Errors
/// [`AppError::UnsupportedMedia`] and [`AppError::Invalid`] for what is no good picture,
/// [`AppError::Unavailable`] when there is no room.
pub async fn keep(app: &App, upload: Upload) -> Result<Stored, AppError> {
    upload.keep(app.sources().ids.next()).await
}

/// Removes bytes that no row promises. Only what is known to have none: a connection that was lost in
/// the commit tells nothing.
pub async fn remove_unless_promised(app: &App, id: MediaId) {
    if app.look_up(move |desk| Ok(media::exists_row(desk, id)?)).await.is_ok_and(|exists| !exists) {
        MediaFiles::of(app).remove(id).await;
    }
}

/// Writes the row that promises the bytes of an upload.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn insert(act: &mut Act<'_, '_>, stored: Stored, file_name: &str, texts: MediaTexts) -> Result<Media, AppError> {
    let granted = may_upload(&act.actor)?;
    let now = act.tx.now();
    let new = Media {
        id: stored.id,
        version: 1,
        file_name: FileName::clean(file_name, stored.picture.format),
        format: stored.picture.format,
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        sha256: stored.sha256,
        width: Some(stored.picture.width.into()),
        height: Some(stored.picture.height.into()),
        texts,
        created_by: act.actor.user,
        created_at: now,
        updated_at: now,
    };
    media::insert(act.tx, &granted, &new)?;
    directory::record_creation(act, Target::new(Kind::Media, new.id), &new.texts);
    Ok(new)
}

/// Changes the texts of a picture or file. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::NotFound`],
/// [`AppError::Forbidden`].
pub fn edit(
    act: &mut Act<'_, '_>,
    id: MediaId,
    precondition: Precondition,
    changes: MediaChanges,
) -> Result<Media, AppError> {
    act.take_turns()?;
    let found = find(act.tx, id)?;
    let granted = act.actor.may::<Edit>(&subject(&found))?;
    precondition.check(act.tx, id.uuid(), found.version)?;
    let texts = found.texts.clone().changed(changes);
    if texts == found.texts {
        return Ok(found);
    }
    let target = Target::new(Kind::Media, id);
    directory::record_edit(act, target, (found.version, precondition), &found.texts, &texts)?;
    let edited = Media { version: found.version + 1, texts, updated_at: act.tx.now(), ..found };
    media::save(act.tx, &granted, &edited)?;
    if media::is_shown(&mut act.tx.public(), id)? {
        let at = edited.updated_at;
        act.log(NewChange { kind: ChangeKind::Updated, target, locale: None, slug: None, previous_slug: None, at });
    }
    Ok(edited)
}

/// Deletes a picture or file that nothing uses: its row; its bytes go once that has committed. What nothing
/// uses the public does not see, so there is nothing to log.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`], [`crate::Blocker::InUse`].
pub fn delete(act: &mut Act<'_, '_>, id: MediaId, version: i64) -> Result<(), AppError> {
    act.take_turns()?;
    references::settle(act.tx)?;
    let found = find(act.tx, id)?;
    let granted = act.actor.may::<Trash>(&subject(&found))?;
    Precondition::from(version).check(act.tx, id.uuid(), found.version)?;
    directory::refuse_if_used(media::uses_of(act.tx, id)?)?;
    media::delete(act.tx, &granted, id, version)?;
    act.remove_bytes(id);
    directory::record_deletion(act, Target::new(Kind::Media, id), version, &found.texts);
    Ok(())
}

/// What the caller can do to a picture or file, by the names of the contract.
pub fn allowed_actions(actor: &Actor, media: &Media) -> Vec<&'static str> {
    directory::allowed_actions(actor, &subject(media))
}

/// One picture or file at the desk.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn get(desk: &mut Desk<'_>, actor: &Actor, id: MediaId) -> Result<Media, AppError> {
    let found = find(desk, id)?;
    let _ = actor.may::<Read>(&subject(&found))?;
    Ok(found)
}

/// A page of the pictures and files that the caller may read, all of them or their own; of those with these parts in
/// their names.
///
/// # Errors
/// [`AppError::NotFound`] for who may not even read their own.
pub fn list(
    desk: &mut Desk<'_>,
    actor: &Actor,
    name: &[NamePart],
    order: Order<MediaSort>,
    page: &PageRequest,
) -> Result<Slice<Media>, AppError> {
    let owner = (!actor.can(Verb::Read, &Subject::of(Kind::Media))).then_some(actor.user);
    if owner.is_some() {
        let _ = actor.may::<Read>(&Subject { owner, ..Subject::of(Kind::Media) })?;
    }
    let ids = directory::fitting(None, name, || media::names(desk))?;
    Ok(media::list(desk, owner, ids, order, page)?)
}

/// One picture or file, as long as something public shows it.
///
/// # Errors
/// [`AppError::NotFound`].
pub fn public_get(reader: &mut PublicReader<'_>, id: MediaId) -> Result<Media, AppError> {
    media::public_find(reader, id)?.ok_or(AppError::NotFound)
}

fn find(desk: &mut Desk<'_>, id: MediaId) -> Result<Media, AppError> {
    media::find(desk, id)?.ok_or(AppError::NotFound)
}

/// What the policy asks about a picture: an author may change their own.
fn subject(media: &Media) -> Subject {
    Subject { owner: Some(media.created_by), ..Subject::of(Kind::Media) }
}
