//! The bytes of pictures and files, in the data folder.
//!
//! | path | holds |
//! | --- | --- |
//! | `media/incoming/…` | uploads that are not finished |
//! | `media/<aa>/<id>` | the bytes of one upload, `aa` being the last two digits of its id |
//!
//! **A row never promises bytes that are not there.** An upload is hashed on its way into `incoming`,
//! looked at, flushed to the disk, renamed and flushed again with its folder; only then its row is
//! committed. Whatever happens in between leaves a file without a row, which nobody can reach and
//! [`MediaFiles::sweep`] removes. Deleting goes the other way: first the row, then the file.
//!
//! A path is made of our own id and nothing else. What a client calls a file never comes near it.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use bantin_domain::{
    media::MediaId,
    time::Timestamp,
    violation::{Fault, Violations},
};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{app::App, error::AppError};

pub mod picture;

use picture::{Picture, Refusal};

/// The most bytes of one upload.
pub const MOST_BYTES: u64 = 10 * 1024 * 1024;
/// How old a file without a row must be to be an orphan, in seconds: another node may be receiving it.
const ORPHAN_AGE: i64 = 3600;
/// How many bytes are read at once for an answer.
const READ_SIZE: usize = 64 * 1024;

/// The folder of the bytes. Cheap to make: it only knows where.
#[derive(Debug, Clone)]
pub struct MediaFiles {
    folder: PathBuf,
}

/// Bytes that have come safely, without a row yet.
#[derive(Debug)]
pub struct Stored {
    /// Under which id they lie.
    pub id: MediaId,
    /// Their hash.
    pub sha256: [u8; 32],
    /// How many they are.
    pub bytes: u64,
    /// What they are.
    pub picture: Picture,
}

impl MediaFiles {
    /// The folder that the program was told to use.
    pub fn of(app: &App) -> Self {
        Self::in_data_dir(&app.settings().data_dir)
    }

    /// The folder inside the data folder at `data_dir`.
    pub fn in_data_dir(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("media") }
    }

    /// Begins to receive an upload.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the disk is full, [`AppError::Internal`] otherwise.
    pub async fn receive(&self) -> Result<Upload, AppError> {
        let files = self.clone();
        blocking(move || {
            let incoming = files.folder.join("incoming");
            fs::create_dir_all(&incoming)?;
            Ok(Upload { file: NamedTempFile::new_in(incoming)?, hash: Sha256::new(), bytes: 0, files })
        })
        .await
    }

    /// Opens the bytes of `id` at `start`.
    ///
    /// # Errors
    /// [`AppError::Internal`]: a row says that they are there.
    pub async fn open(&self, id: MediaId, start: u64) -> Result<Reading, AppError> {
        let path = self.path(id);
        blocking(move || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(start))?;
            Ok(Reading { file })
        })
        .await
    }

    /// Removes the bytes of `id`, whose row is gone. What cannot be removed now is swept later.
    pub async fn remove(&self, id: MediaId) {
        let path = self.path(id);
        if let Err(error) = blocking(move || Ok(fs::remove_file(path)?)).await {
            tracing::warn!(media.id = %id, ?error, "the bytes of a deleted file could not be removed; the next start sweeps them");
        }
    }

    /// Removes uploads that never ended. Says how many.
    ///
    /// A finished file without a row stays: a program that was started on the wrong database finds a
    /// row for none of them, and must not take that for a reason to delete every picture of the site.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn sweep(&self, now: Timestamp) -> Result<usize, AppError> {
        let left = entries(&self.folder.join("incoming")).map_err(failed)?;
        Ok(left.iter().filter(|path| is_old(path, now) && fs::remove_file(path).is_ok()).count())
    }

    fn path(&self, id: MediaId) -> PathBuf {
        let name = id.to_string();
        // The first digits of an id are its time, so the last ones spread the files.
        let digits = name.get(name.len().saturating_sub(2)..).unwrap_or_default();
        self.folder.join(digits).join(&name)
    }

    /// Gives a finished file its place, so that it is there after a power cut too: a rename is only
    /// as durable as the folder that it is written in, and a new folder as the one above.
    fn place(&self, file: NamedTempFile, id: MediaId) -> io::Result<()> {
        file.as_file().sync_all()?;
        let path = self.path(id);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        file.persist_noclobber(&path).map_err(|error| error.error)?;
        sync_folder(folder)?;
        sync_folder(&self.folder)
    }
}

/// An upload on its way. Dropped before it is kept, it leaves nothing.
#[derive(Debug)]
pub struct Upload {
    file: NamedTempFile,
    hash: Sha256,
    bytes: u64,
    files: MediaFiles,
}

impl Upload {
    /// Writes what has come.
    ///
    /// # Errors
    /// [`AppError::TooLarge`] beyond [`MOST_BYTES`], before anything more is written;
    /// [`AppError::Unavailable`] when the disk is full.
    pub async fn write(mut self, chunk: Vec<u8>) -> Result<Self, AppError> {
        self.bytes = self.bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if self.bytes > MOST_BYTES {
            return Err(AppError::TooLarge(format!("A file has at most {MOST_BYTES} bytes.")));
        }
        blocking(move || {
            self.hash.update(&chunk);
            self.file.write_all(&chunk)?;
            Ok(self)
        })
        .await
    }

    /// Looks at what has come and keeps it as the bytes of `id`.
    ///
    /// # Errors
    /// [`AppError::UnsupportedMedia`] and [`AppError::Invalid`] at `/file` for what is no good
    /// picture, [`AppError::Unavailable`] when the disk is full.
    pub async fn keep(self, id: MediaId) -> Result<Stored, AppError> {
        let Self { mut file, hash, bytes, files } = self;
        blocking(move || {
            file.as_file_mut().rewind()?;
            let picture = picture::inspect(&mut BufReader::new(file.as_file_mut()), bytes)?;
            files.place(file, id)?;
            Ok(Stored { id, sha256: hash.finalize().into(), bytes, picture })
        })
        .await
    }
}

/// Bytes being read for an answer.
#[derive(Debug)]
pub struct Reading {
    file: File,
}

impl Reading {
    /// The next bytes, at most `most` of them; none at the end.
    ///
    /// # Errors
    /// When the disk fails, or the file is shorter than its row says.
    pub async fn next(mut self, most: u64) -> Result<(Vec<u8>, Self), AppError> {
        let wanted = usize::try_from(most).unwrap_or(READ_SIZE).min(READ_SIZE);
        blocking(move || {
            let mut chunk = vec![0; wanted];
            self.file.read_exact(&mut chunk)?;
            Ok((chunk, self))
        })
        .await
    }
}

/// Runs work on files off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Stopped> + Send + 'static,
) -> Result<T, AppError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|stopped| stopped.0),
        Err(error) => Err(AppError::Internal(error.to_string())),
    }
}

/// Why work on files stopped; lets `?` take both a disk's errors and a refusal.
struct Stopped(AppError);

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self(failed(error))
    }
}
impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::Unsupported => AppError::UnsupportedMedia("A file must be a JPEG or a PNG picture.".to_owned()),
            Refusal::Broken(fault) => AppError::Invalid(at_file(fault)),
            Refusal::Unreadable(error) => failed(error),
        })
    }
}

fn at_file(fault: Fault) -> Violations {
    let mut faults = Violations::new();
    faults.add("/file", fault);
    faults
}

fn failed(error: io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            AppError::Unavailable("no room for media".to_owned())
        }
        _ => AppError::Internal(format!("the folder of the media failed: {error}")),
    }
}

/// What lies in a folder; nothing where there is no folder.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn is_old(path: &Path, now: Timestamp) -> bool {
    let modified = fs::metadata(path).and_then(|known| known.modified()).ok();
    let micros = modified
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_micros()).ok());
    micros.and_then(Timestamp::from_micros).is_some_and(|at| at.plus_seconds(ORPHAN_AGE) < now)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
