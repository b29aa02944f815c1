use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::*;

/// The smallest PNG that this module takes for one: its checksums are not looked at.
fn png() -> Vec<u8> {
    let header = b"\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01\x08\x02\0\0\0crc.";
    [b"\x89PNG\r\n\x1a\n", header.as_slice(), b"\0\0\0\x06IDATpixelscrc.", b"\0\0\0\0IENDcrc."].concat()
}

fn id(number: u128) -> MediaId {
    MediaId::new(Uuid::from_u128(number))
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).unwrap().into_iter().flat_map(|inner| entries(&inner).unwrap()).collect()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

struct Place {
    files: MediaFiles,
    _folder: tempfile::TempDir,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place { files: MediaFiles::in_data_dir(folder.path()), _folder: folder }
}

impl Place {
    fn keep(&self, id: MediaId, bytes: &[u8]) -> Result<Stored, AppError> {
        run(async {
            let mut upload = self.files.receive().await?;
            for chunk in bytes.chunks(16) {
                upload = upload.write(chunk.to_vec()).await?;
            }
            upload.keep(id).await
        })
    }

    fn paths(&self) -> Vec<PathBuf> {
        files_in(&self.files.folder)
    }
}

#[test]
fn bytes_come_back_as_they_came_from_any_place_in_them() {
    let place = place();
    let stored = place.keep(id(7), &png()).unwrap();
    assert_eq!((stored.bytes, stored.picture.width, stored.picture.height), (63, 2, 1));
    assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest(png())));
    let read = |start, most| run(async { place.files.open(id(7), start).await.unwrap().next(most).await.unwrap().0 });
    assert_eq!(read(0, 63), png());
    assert_eq!(read(16, 5), png()[16..21]);
}

#[test]
fn a_file_is_found_by_its_id_and_nothing_else() {
    let place = place();
    place.keep(id(0xabcd), &png()).unwrap();
    let paths = place.paths();
    assert_eq!(paths.len(), 1, "nothing is left in the folder of what comes in");
    assert!(paths[0].ends_with("media/cd/00000000-0000-0000-0000-00000000abcd"), "{paths:?}");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let place = place();
    assert!(matches!(place.keep(id(1), b"<html>"), Err(AppError::UnsupportedMedia(_))));
    let Err(AppError::Invalid(faults)) = place.keep(id(1), &png()[..40]) else { panic!("half a picture was kept") };
    assert_eq!(faults.into_vec()[0].pointer, "/file");
    assert_eq!(place.paths(), Vec::<PathBuf>::new());
}

#[test]
fn the_first_byte_too_much_is_one_too_much() {
    let place = place();
    let most = usize::try_from(MOST_BYTES).unwrap();
    run(async {
        let full = place.files.receive().await.unwrap().write(vec![0; most]).await.unwrap();
        assert!(matches!(full.write(vec![0]).await, Err(AppError::TooLarge(_))));
    });
    assert_eq!(place.paths(), Vec::<PathBuf>::new());
}

#[test]
fn an_id_that_has_bytes_never_gets_others() {
    let place = place();
    place.keep(id(1), &png()).unwrap();
    assert!(matches!(place.keep(id(1), &png()), Err(AppError::Internal(_))));
    assert_eq!(place.paths().len(), 1);
}

#[test]
fn uploads_that_never_ended_are_swept_and_nothing_else() {
    let place = place();
    place.keep(id(1), &png()).unwrap();
    fs::write(place.files.folder.join("incoming").join(".tmpabc"), b"half").unwrap();
    fs::write(place.files.folder.join("01").join("notes.txt"), b"somebody else's").unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for path in place.paths() {
        File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    }
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
    assert_eq!(place.files.sweep(at(1_003_600)).unwrap(), 0, "another node may be receiving it");
    assert_eq!(place.files.sweep(at(1_003_601)).unwrap(), 1);
    let left: Vec<_> = place.paths().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert!(left.contains(&id(1).to_string().into()) && left.contains(&"notes.txt".into()), "{left:?}");
    assert_eq!(left.len(), 2, "a finished file stays, whatever database it was started on");
}
