//! The doctor on a real PostgreSQL: what is wrong is named, and the SQL it prints mends it.

use std::str::FromStr;

use server::config::{Config, Inputs};
use server::doctor::{Finding, Occasion, Outcome, Report, examine};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use store::clock::SystemClock;

/// A server for tests, a database and a role of one's own on it.
struct Place {
    admin: PgConnectOptions,
    name: String,
}

impl Place {
    /// None when no server is set up for tests; in CI there must be one.
    fn find(purpose: &str) -> Option<Self> {
        let Ok(url) = std::env::var("TATWATS_TEST_POSTGRES") else {
            assert!(std::env::var_os("CI").is_none(), "TATWATS_TEST_POSTGRES must name a PostgreSQL server in CI");
            println!("skipped: PostgreSQL (set TATWATS_TEST_POSTGRES to a superuser's address to run it)");
            return None;
        };
        let admin = PgConnectOptions::from_str(&url).unwrap();
        Some(Self { admin, name: format!("doctor_{purpose}_{}", std::process::id()) })
    }

    async fn run(&self, database: Option<&str>, sql: &str) {
        let options = database.map_or_else(|| self.admin.clone(), |name| self.admin.clone().database(name));
        let mut connection: PgConnection = options.connect().await.unwrap();
        for statement in sql.split_inclusive(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    async fn make(&self) {
        let name = &self.name;
        self.run(None, &format!("CREATE ROLE {name} LOGIN PASSWORD 'hunter2'; CREATE DATABASE {name};")).await;
    }

    async fn remove(&self) {
        let name = &self.name;
        self.run(None, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE); DROP ROLE IF EXISTS {name};")).await;
    }

    async fn report(&self, role: &str, database: &str) -> Report {
        self.report_with(role, "hunter2", database).await
    }

    async fn report_with(&self, role: &str, password: &str, database: &str) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let mut inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
        let host =
            self.admin.get_socket().map_or_else(|| self.admin.get_host().to_owned(), |path| path.display().to_string());
        let url = format!("postgres://{role}:{password}@localhost:{}/{database}?host={host}", self.admin.get_port());
        inputs.env.insert("DATABASE_URL".into(), url);
        inputs.env.insert("TATWATS_LISTEN".into(), "127.0.0.1:0".into());
        let report = examine(&Config::load(&inputs).unwrap(), &SystemClock, Occasion::Asked).await;
        assert!(!report.to_string().contains("hunter"), "{report}");
        report
    }
}

fn finding<'a>(report: &'a Report, check: &str) -> &'a Finding {
    report.findings.iter().find(|finding| finding.check == check).unwrap_or_else(|| panic!("no {check}: {report}"))
}

/// The SQL among the lines of a fix.
fn sql(finding: &Finding) -> String {
    let fix = finding.fix.as_deref().unwrap();
    fix.lines().filter(|line| line.ends_with(';')).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_role_without_rights_is_told_which_and_the_sql_gives_them() {
    let Some(place) = Place::find("rights") else { return };
    place.make().await;
    let name = &place.name;
    place.run(Some(name), "REVOKE CREATE ON SCHEMA public FROM PUBLIC;").await;
    let poor = place.report(name, name).await;
    assert!(!poor.is_healthy());
    let create = finding(&poor, "create");
    assert_eq!(create.outcome, Outcome::Failed, "{poor}");
    assert!(sql(create).contains(&format!("GRANT USAGE, CREATE ON SCHEMA public TO {name};")), "{poor}");
    place.run(Some(name), &sql(create)).await;
    let rich = place.report(name, name).await;
    for check in ["database", "credentials", "version", "create", "write", "listen"] {
        assert_eq!(finding(&rich, check).outcome, Outcome::Ok, "{rich}");
    }
    assert!(rich.is_healthy(), "{rich}");

    // Tables that another role made.
    place.run(Some(name), "CREATE TABLE _sqlx_migrations (x int); CREATE TABLE theirs (x int);").await;
    let closed = place.report(name, name).await;
    let write = finding(&closed, "write");
    assert_eq!(write.outcome, Outcome::Failed, "{closed}");
    place.run(Some(name), &sql(write)).await;
    assert!(place.report(name, name).await.is_healthy());
    place.remove().await;
}

#[tokio::test]
async fn a_missing_database_and_a_missing_role_are_told_apart() {
    let Some(place) = Place::find("missing") else { return };
    place.make().await;
    let name = &place.name;
    let nowhere = place.report(name, "no_such_database").await;
    let credentials = finding(&nowhere, "credentials");
    assert!(sql(credentials).contains(&format!("CREATE DATABASE no_such_database OWNER {name};")), "{nowhere}");
    let nobody = place.report("no_such_role", name).await;
    let credentials = finding(&nobody, "credentials");
    assert_eq!(credentials.outcome, Outcome::Failed);
    assert!(sql(credentials).contains("CREATE ROLE no_such_role LOGIN"), "{nobody}");
    let mistyped = place.report_with(name, "hunter3", name).await;
    let credentials = finding(&mistyped, "credentials");
    assert_eq!(credentials.outcome, Outcome::Failed, "the server for tests must ask for passwords: {mistyped}");
    assert!(sql(credentials).contains(&format!("ALTER ROLE {name} LOGIN")), "{mistyped}");
    place.run(None, &format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC;")).await;
    let shut_out = place.report(name, name).await;
    let credentials = finding(&shut_out, "credentials");
    assert!(sql(credentials).contains(&format!("GRANT CONNECT ON DATABASE {name} TO {name};")), "{shut_out}");
    place.run(None, &sql(credentials)).await;
    assert_eq!(finding(&place.report(name, name).await, "credentials").outcome, Outcome::Ok);
    place.remove().await;
}
