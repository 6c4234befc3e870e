//! SQLite: the engine's version, and whether the file can be read and written.

use std::io;
use std::path::Path;
use std::time::Duration;

use domain::{Clock, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

use super::Report;
use super::folder::quoted;

const CHECK: &str = "database";
/// Earlier versions can corrupt the write-ahead log when it is reset.
const LEAST: (u32, u32, u32) = (3, 51, 3);

pub(super) async fn check(path: &Path, data: &Path, clock: &dyn Clock, report: &mut Report) {
    if !version(report).await {
        return;
    }
    let shown = path.display();
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(path, data, report),
        Err(error) => return report.failed(CHECK, format!("{shown} cannot be looked at: {error}"), owner(path)),
    };
    let written = found.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    if let Some(written) =
        written.map(|span| Timestamp::from_millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
        && written > clock.now().plus_seconds(60)
    {
        report.warning(
            "clock",
            format!("{shown} was last written at {written}, which is still to come"),
            "timedatectl set-ntp true",
        );
    }
    match probe(path).await {
        Ok(()) => report.ok(CHECK, format!("sqlite://{shown} can be read and written")),
        Err(error) => refuse(path, &error, report),
    }
}

async fn version(report: &mut Report) -> bool {
    let asked = async {
        let mut memory = SqliteConnection::connect("sqlite::memory:").await?;
        sqlx::query("SELECT sqlite_version()").fetch_one(&mut memory).await?.try_get::<String, _>(0)
    };
    match asked.await {
        Ok(version) if parse(&version).is_some_and(|version| version >= LEAST) => {
            report.ok("version", format!("SQLite {version}, built in"));
            true
        }
        Ok(version) => {
            report.failed(
                "version",
                format!("SQLite {version} is too old; 3.51.3 is needed, earlier ones can corrupt the log"),
                "Build TATWATS with the bundled SQLite: cargo build --locked",
            );
            false
        }
        Err(error) => {
            report.failed(
                "version",
                format!("SQLite does not start: {error}"),
                "Build TATWATS with the bundled SQLite: cargo build --locked",
            );
            false
        }
    }
}

fn parse(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?))
}

fn missing(path: &Path, data: &Path, report: &mut Report) {
    let folder = path.parent().unwrap_or(path);
    // The data folder has a check of its own, and the server makes it.
    if folder.is_dir() || folder == data {
        report.ok(CHECK, format!("sqlite://{} is not there yet; the server makes it when it starts", path.display()));
    } else {
        report.failed(
            CHECK,
            format!("the folder of {} is not there", path.display()),
            format!("mkdir -m 700 -p {}", quoted(folder)),
        );
    }
}

/// Takes the write lock and makes a table, and takes it all back.
async fn probe(path: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(5));
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
    let tried = async {
        sqlx::query("CREATE TABLE tatwats_doctor_probe (x INTEGER)").execute(&mut connection).await?;
        sqlx::query("INSERT INTO tatwats_doctor_probe VALUES (1)").execute(&mut connection).await
    };
    let tried = tried.await;
    sqlx::query("ROLLBACK").execute(&mut connection).await?;
    connection.close().await?;
    tried.map(drop)
}

fn refuse(path: &Path, error: &sqlx::Error, report: &mut Report) {
    let shown = path.display();
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    match code {
        // SQLITE_BUSY, SQLITE_LOCKED
        Some(5 | 6) => report.failed(
            CHECK,
            format!("{shown} is held by another program for more than 5 s"),
            format!("See which, and end it: fuser -v {}", quoted(path)),
        ),
        // SQLITE_CORRUPT, SQLITE_NOTADB
        Some(11 | 26) => report.failed(
            CHECK,
            format!("{shown} is damaged, or no SQLite database"),
            format!("Restore it from a backup, or begin anew: mv {path} {path}.damaged", path = quoted(path)),
        ),
        // SQLITE_FULL
        Some(13) => report.failed(CHECK, format!("the disk of {shown} is full"), "Make room: df -h"),
        _ => report.failed(CHECK, format!("{shown} cannot be written: {error}"), owner(path)),
    }
}

fn owner(path: &Path) -> String {
    let path = quoted(path);
    format!("chown \"$(id -u)\" {path} {path}-wal {path}-shm; chmod 600 {path}")
}

#[cfg(test)]
mod tests {
    use store::clock::SystemClock;

    use super::super::Outcome;
    use super::*;

    async fn report(path: &Path) -> Report {
        let mut report = Report::default();
        check(path, Path::new("/data"), &SystemClock, &mut report).await;
        report
    }

    #[tokio::test]
    async fn a_database_that_works_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b?.db");
        assert!(report(&path).await.is_healthy());
        assert!(!path.exists(), "the doctor makes nothing");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("CREATE TABLE kept (x INTEGER)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let found = report(&path).await;
        assert!(found.is_healthy(), "{found}");
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let tables: i64 =
            sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await.unwrap();
        assert_eq!(tables, 1);
    }

    #[tokio::test]
    async fn a_damaged_file_and_a_missing_folder_are_told_with_their_fix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(&path, "this is no database, but long enough to be mistaken for one".repeat(100)).unwrap();
        let found = report(&path).await;
        let last = found.findings.last().unwrap();
        assert_eq!(last.outcome, Outcome::Failed);
        assert!(last.why.contains("damaged") && last.fix.as_ref().unwrap().contains("backup"), "{found}");
        let found = report(&folder.path().join("no/such/x.db")).await;
        assert!(found.to_string().contains("mkdir -m 700 -p"), "{found}");
    }
}
