//! The two kinds of database, each run on a fresh one.

use std::{fmt, path::Path};

use bantin_persistence::connection::{Access, DatabaseUrl, DbConnection, Opener};

use crate::{Result, postgres::Postgres};

/// Which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, written with `synchronous=FULL`.
    Sqlite,
    /// A server of its own.
    Postgres,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// An empty database.
pub struct Database {
    /// Where it is reached.
    pub url: String,
    server: Option<Postgres>,
}

impl Database {
    /// Makes one; on SQLite the file will lie in `folder`.
    pub fn make(kind: Kind, folder: &Path) -> Result<Self> {
        Ok(match kind {
            Kind::Sqlite => Self { url: format!("sqlite:{}", folder.join("bantin.db").display()), server: None },
            Kind::Postgres => {
                let server = Postgres::start()?;
                Self { url: server.url(), server: Some(server) }
            }
        })
    }

    /// Its process, if it has one of its own.
    pub fn process(&self) -> Option<u32> {
        self.server.as_ref().map(Postgres::process)
    }

    /// A connection that reads, for the checker.
    pub fn connect(&self) -> Result<DbConnection> {
        let url: DatabaseUrl = self.url.parse()?;
        Ok(Opener::new(url, Access::Read).open()?)
    }
}
