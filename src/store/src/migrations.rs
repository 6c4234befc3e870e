//! The schema's versions, one file each, with the same number on both engines.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! versions {
    ($engine:literal) => {
        migrator([
            (1, "workshop", include_str!(concat!("../../../migrations/", $engine, "/0001_workshop.sql"))),
            (2, "accounts", include_str!(concat!("../../../migrations/", $engine, "/0002_accounts.sql"))),
            (3, "sandboxes", include_str!(concat!("../../../migrations/", $engine, "/0003_sandboxes.sql"))),
            (4, "message_keys", include_str!(concat!("../../../migrations/", $engine, "/0004_message_keys.sql"))),
            (5, "words", include_str!(concat!("../../../migrations/", $engine, "/0005_words.sql"))),
            (6, "text_index", include_str!(concat!("../../../migrations/", $engine, "/0006_text_index.sql"))),
            (7, "lean_writes", include_str!(concat!("../../../migrations/", $engine, "/0007_lean_writes.sql"))),
        ])
    };
}

/// The versions for SQLite.
pub(crate) fn sqlite() -> Migrator {
    versions!("sqlite")
}

/// The versions for PostgreSQL.
pub(crate) fn postgres() -> Migrator {
    versions!("postgres")
}

fn migrator<const N: usize>(files: [(i64, &'static str, &'static str); N]) -> Migrator {
    let migrations = files.map(|(version, name, sql)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator { migrations: Cow::Owned(migrations.to_vec()), ..Migrator::DEFAULT }
}
