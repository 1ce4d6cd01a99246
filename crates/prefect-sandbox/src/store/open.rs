//! Opening a database: refusing files that are not ours, migrating forward, setting the connection up.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::functions;

/// Migration N brings `user_version` from N to N + 1. Never edit one that was released.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_tables.sql")];

/// "pfsb": marks a file as a sandbox's.
const APPLICATION_ID: i32 = 0x7066_7362;

/// The database could not be opened. The file was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file was written by a newer release.
    #[error(
        "{} has schema version {found}, this release knows {known}: \
         use a newer prefect-sandbox or another file", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version of this release.
        known: u32,
    },
    /// The file is an SQLite database of something else.
    #[error("{} is an SQLite database, but not a sandbox's: choose another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read as a database.
    #[error("{} cannot be used as the sandbox's database: {source}: \
             choose another file, or remove this one", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A database in memory could not be made.
    #[error("cannot create a database in memory: {0}")]
    Memory(Box<dyn std::error::Error + Send + Sync>),
    /// The thread of the database could not be started.
    #[error("cannot start the database thread: {0}")]
    Thread(std::io::Error),
    /// The thread of the database died while opening.
    #[error("the database thread died while opening the database")]
    Died,
}

/// Opens a file, or a database in memory; `read_through` says whether all of a file is looked at first.
pub(super) fn open(path: Option<&Path>, read_through: bool) -> Result<Connection, OpenError> {
    let Some(path) = path else {
        return memory().map_err(|source| OpenError::Memory(source.into()));
    };
    if path.metadata().is_ok_and(|file| file.len() > 0) {
        check(path, read_through)?;
    }
    file(path).map_err(|source| unusable(path, source))
}

/// Looks at an existing file without changing it.
fn check(path: &Path, read_through: bool) -> Result<(), OpenError> {
    let failed = |source| unusable(path, source);
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let (version, application) = identity(&conn).map_err(failed)?;
    if application != APPLICATION_ID && !is_blank(&conn).map_err(failed)? {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    if version > known() {
        return Err(OpenError::Newer { path: path.to_owned(), found: version, known: known() });
    }
    if !read_through {
        return Ok(());
    }
    let state: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if state == "ok" { Ok(()) } else { Err(unusable(path, state)) }
}

fn unusable(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), source: source.into() }
}

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn identity(conn: &Connection) -> rusqlite::Result<(u32, i32)> {
    let version = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    Ok((version, application))
}

/// Whether nothing was ever made in the file: a sandbox was ended between making it and the migration.
fn is_blank(conn: &Connection) -> rusqlite::Result<bool> {
    let objects: i64 = conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(identity(conn)? == (0, 0) && objects == 0)
}

fn memory() -> rusqlite::Result<Connection> {
    let mut conn = Connection::open_in_memory()?;
    set_up(&mut conn)?;
    Ok(conn)
}

fn file(path: &Path) -> rusqlite::Result<Connection> {
    let mut conn = Connection::open(path)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    // With WAL and NORMAL a committed transaction survives the end of the process at any point.
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    // KiB, as it is negative. The default of 2 MiB does not hold the inner pages of all indexes.
    conn.pragma_update(None, "cache_size", -65_536)?;
    set_up(&mut conn)?;
    Ok(conn)
}

/// A connection to a file that `open` has opened, for reading.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    // Without a mutex of its own, as rusqlite opens connections unless flags are given: one thread has it.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.pragma_update(None, "cache_size", -16_384)?;
    prepare(&conn)?;
    Ok(conn)
}

fn set_up(conn: &mut Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "foreign_keys", true)?;
    // Savepoints keep the pages that they change: in memory, not in a file that is written for nothing.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    prepare(conn)?;
    migrate(conn)
}

/// What connections for reading need as well.
fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    // Plans that do not depend on what is bound: statements would be compiled again for each value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(256);
    functions::register(conn)
}

fn migrate(conn: &mut Connection) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (version, _) = identity(&tx)?;
    for (next, sql) in (1..).zip(MIGRATIONS).filter(|(next, _)| *next > version) {
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", next)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn the_tables_have_the_columns_of_the_catalog() {
        let conn = memory().unwrap();
        let catalog = Catalog::load().unwrap();
        let mut count = 0;
        for table in catalog.tables() {
            let mut columns = conn.prepare(&format!("PRAGMA table_info({})", table.name)).unwrap();
            let mut stored: Vec<String> =
                columns.query_map([], |row| row.get(1)).unwrap().map(Result::unwrap).collect();
            stored.retain(|name| name != "seq");
            stored.sort();
            assert_eq!(stored, table.columns().collect::<Vec<_>>(), "{}", table.name);
            count += 1;
        }
        assert_eq!(count, 17);
    }

    /// What is left when a sandbox is killed while it makes its file.
    #[test]
    fn a_file_in_which_nothing_was_made_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let made = |name: &str, sql: &str| {
            let path = folder.path().join(name);
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            assert!(path.metadata().unwrap().len() > 0);
            path
        };
        let blank = made("blank", "PRAGMA journal_mode = WAL");
        let conn = open(Some(&blank), true).unwrap();
        assert_eq!(identity(&conn).unwrap(), (known(), APPLICATION_ID));
        for (name, sql) in [
            ("table", "CREATE TABLE t (x)"),
            ("version", "PRAGMA user_version = 1"),
            ("application", "PRAGMA application_id = 1"),
        ] {
            let refused = open(Some(&made(name, sql)), true);
            assert!(matches!(refused, Err(OpenError::Foreign { .. })), "{name}");
        }
    }
}
