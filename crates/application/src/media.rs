//! What can be done with pictures and files.

use bantin_domain::{
    kind::{ChangeKind, Kind, Target},
    listing::{PageRequest, Slice},
    media::{FileName, Media, MediaChanges, MediaId, MediaTexts},
    policy::{Actor, Create, Edit, Read, Subject, Trash, Verb},
};
use bantin_persistence::{Desk, PublicReader, changes::NewChange, media};

use crate::{
    app::{Act, App, Caller},
    directory,
    error::AppError,
    media_files::{MediaFiles, Stored, Upload},
};

/// Whether the caller may upload at all: asked before ten megabytes are read of who may not.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn may_upload(actor: &Actor) -> Result<(), AppError> {
    let may = actor.can(Verb::Create, &Subject::directory(Kind::Media));
    if may { Ok(()) } else { Err(AppError::Forbidden) }
}

/// Keeps an upload: first its bytes, safely on the disk, then the row that promises them.
///
/// # Errors
/// [`AppError::UnsupportedMedia`] and [`AppError::Invalid`] for what is no good picture,
/// [`AppError::Forbidden`], [`AppError::Unavailable`] when there is no room. Nothing is kept then.
pub async fn create(
    app: &App,
    caller: Caller,
    upload: Upload,
    file_name: String,
    texts: MediaTexts,
) -> Result<Media, AppError> {
    let stored = upload.keep(app.sources().ids.next()).await?;
    let id = stored.id;
    let created = app.write(caller, move |act| insert(act, stored, &file_name, texts)).await;
    // Only what is known to have no row: a connection that was lost in the commit tells nothing.
    if created.is_err() && app.look_up(move |desk| Ok(media::exists_row(desk, id)?)).await.is_ok_and(|exists| !exists) {
        MediaFiles::of(app).remove(id).await;
    }
    created
}

fn insert(act: &mut Act<'_, '_>, stored: Stored, file_name: &str, texts: MediaTexts) -> Result<Media, AppError> {
    let granted = act.actor.may::<Create>(&Subject::directory(Kind::Media))?;
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
    Ok(new)
}

/// Changes the texts of a picture or file. A write that changes nothing writes nothing.
///
/// # Errors
/// [`AppError::Stale`] unless the caller read the version that is stored, [`AppError::NotFound`],
/// [`AppError::Forbidden`].
pub fn edit(act: &mut Act<'_, '_>, id: MediaId, version: i64, changes: MediaChanges) -> Result<Media, AppError> {
    act.take_turns()?;
    let found = find(act.tx, id)?;
    let granted = act.actor.may::<Edit>(&subject(&found))?;
    directory::check_version(found.version, version)?;
    let texts = found.texts.clone().changed(changes);
    if texts == found.texts {
        return Ok(found);
    }
    let edited = Media { version: found.version + 1, texts, updated_at: act.tx.now(), ..found };
    media::save(act.tx, &granted, &edited)?;
    if media::is_shown(&mut act.tx.public(), id)? {
        let at = edited.updated_at;
        let target = Target::new(Kind::Media, id);
        act.log(NewChange { kind: ChangeKind::Updated, target, locale: None, slug: None, previous_slug: None, at });
    }
    Ok(edited)
}

/// Deletes a picture or file that nothing uses: the row in one transaction, then the bytes. What
/// nothing uses the public does not see, so there is nothing to log.
///
/// # Errors
/// [`AppError::Stale`], [`AppError::NotFound`], [`AppError::Forbidden`], [`crate::Blocker::InUse`].
pub async fn delete(app: &App, caller: Caller, id: MediaId, version: i64) -> Result<(), AppError> {
    app.write(caller, move |act| {
        let found = find(act.tx, id)?;
        let granted = act.actor.may::<Trash>(&subject(&found))?;
        directory::check_version(found.version, version)?;
        directory::refuse_if_used(media::uses_of(act.tx, id)?)?;
        Ok(media::delete(act.tx, &granted, id, version)?)
    })
    .await?;
    MediaFiles::of(app).remove(id).await;
    Ok(())
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

/// A page of all pictures and files, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(desk: &mut Desk<'_>, actor: &Actor, page: &PageRequest) -> Result<Slice<Media>, AppError> {
    let _ = actor.may::<Read>(&Subject::directory(Kind::Media))?;
    Ok(media::list(desk, page)?)
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
    Subject { owner: Some(media.created_by), ..Subject::directory(Kind::Media) }
}
