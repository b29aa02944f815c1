//! One server for each SQLite database.
//!
//! Numbers that are kept in memory (who is online, what is folded) and the places of the one writer
//! are those of one process: a second server over the same file would count beside the first. Short
//! commands (`bantin user add`) are no servers and may run beside one.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::PathBuf,
};

use bantin_application::DatabaseUrl;

use crate::failure::Failure;

/// The right to serve a database, for as long as it is held. It goes with the process, however that
/// ends: the lock is the system's, the file is only what it is held on.
#[derive(Debug)]
pub struct ServerLock {
    _file: Option<File>,
}

impl ServerLock {
    /// Takes the lock. Over PostgreSQL there may be many servers, so there it is free.
    ///
    /// # Errors
    /// One line that names the process that holds it.
    pub fn take(url: &DatabaseUrl) -> Result<Self, Failure> {
        let DatabaseUrl::Sqlite(database) = url else {
            return Ok(Self { _file: None });
        };
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let failed = |error| Failure::new(format_args!("the lock file {} cannot be used: {error}", path.display()));
        // Not truncated: until the lock is ours, what it says is another's.
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(failed)?;
                let holder = Some(holder.trim()).filter(|holder| !holder.is_empty()).unwrap_or("unknown");
                return Err(Failure::new(format_args!(
                    "process {holder} already serves {url}; stop it first, or name another database"
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { _file: Some(file) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_refused_by_the_name_of_the_first_until_that_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("a.db"));
        let first = ServerLock::take(&url).unwrap();
        let refused = ServerLock::take(&url).unwrap_err();
        assert!(refused.lines().next().unwrap().starts_with(&format!("process {} already", std::process::id())));
        let other = DatabaseUrl::Sqlite(folder.path().join("b.db"));
        assert!(ServerLock::take(&other).is_ok());
        drop(first);
        assert!(ServerLock::take(&url).is_ok());
    }
}
