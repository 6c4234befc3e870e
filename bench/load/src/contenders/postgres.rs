//! New databases on the PostgreSQL server of the run.

use super::tatwats::said;
use crate::Result;
use crate::options::Postgres;

/// Makes the database `name` anew, and gives its address.
pub(crate) async fn fresh(on: &Postgres, name: &str) -> Result<String> {
    let mut psql = tokio::process::Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", &on.url, "--command"]);
    psql.arg(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .arg("--command")
        .arg(format!("CREATE DATABASE {name}"));
    said(psql).await?;
    // The address ends with the name of a database.
    let (server, _) = on.url.rsplit_once('/').ok_or("PostgreSQL's address names no database")?;
    Ok(format!("{server}/{name}"))
}
