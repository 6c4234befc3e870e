//! PostgreSQL: reachable, let in, new enough, allowed to create, write and listen; each failure with the SQL to run.

use std::str::FromStr;
use std::time::Duration;

use domain::{Clock, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener};
use sqlx::{Connection, Executor};

use super::{Report, clock};
use crate::config::Secret;

/// `server_version_num` of PostgreSQL 14.
const LEAST: i32 = 140_000;
const PATIENCE: Duration = Duration::from_secs(5);

/// Names for SQL and sentences, taken from the address.
struct Place {
    options: PgConnectOptions,
    server: String,
    role: String,
    database: String,
}

pub(super) async fn check(url: &Secret, ours: &dyn Clock, report: &mut Report) {
    let Ok(options) = PgConnectOptions::from_str(url.reveal()) else {
        return report.failed("database", "the address is not valid", "postgres://USER:PASSWORD@HOST/DATABASE");
    };
    let role = options.get_username().to_owned();
    let place = Place {
        server: options.get_socket().map_or_else(
            || format!("{}:{}", options.get_host(), options.get_port()),
            |folder| format!("{}", folder.display()),
        ),
        database: options.get_database().unwrap_or(&role).to_owned(),
        role,
        options,
    };
    let mut connection = match tokio::time::timeout(PATIENCE, PgConnection::connect_with(&place.options)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return refused(&place, &error, report),
        Err(_) => {
            let fix = format!(
                "Is the host right, and does a firewall let it through? Try: pg_isready -h {} -p {}",
                place.options.get_host(),
                place.options.get_port()
            );
            return report.failed(
                "database",
                format!("{} does not answer within {} s", place.server, PATIENCE.as_secs()),
                fix,
            );
        }
    };
    report.ok("database", format!("PostgreSQL at {} answers", place.server));
    report.ok("credentials", format!("role {} is let into database {}", place.role, place.database));
    if let Err(error) = examine(&mut connection, &place, ours, report).await {
        report.failed("database", format!("the connection broke off: {error}"), "See the log of PostgreSQL.");
    }
    // Nothing depends on how a connection that is done with ends.
    let _ = connection.close().await;
}

async fn examine(
    connection: &mut PgConnection,
    place: &Place,
    ours: &dyn Clock,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    version(connection, report).await?;
    standby(connection, place, report).await?;
    create(connection, place, report).await?;
    write(connection, place, report).await?;
    listen(place, report).await;
    let before = ours.now();
    let theirs: i64 = sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8")
        .fetch_one(connection)
        .await?;
    let middle = Timestamp::from_micros(i64::midpoint(before.micros(), ours.now().micros()));
    clock::compare(middle, Timestamp::from_micros(theirs), report);
    Ok(())
}

/// Why the door stayed shut.
fn refused(place: &Place, error: &sqlx::Error, report: &mut Report) {
    let Place { server, role, database, .. } = place;
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
    let (role_sql, database_sql) = (identifier(role), identifier(database));
    match code.as_ref() {
        "" => report.failed("database", format!("{server} cannot be reached: {error}"), "Start it: systemctl start postgresql\nor correct host and port in database.url"),
        "28P01" | "28000" => {
            report.ok("database", format!("PostgreSQL at {server} answers"));
            report.failed(
                "credentials",
                format!("role {role} is not let in: {error}"),
                format!(
                    "As an administrator (sudo -u postgres psql), when the role is missing:\nCREATE ROLE {role_sql} LOGIN PASSWORD '…';\n\
                     when its password is another:\nALTER ROLE {role_sql} LOGIN PASSWORD '…';\nand put the same password into database.url"
                ),
            );
        }
        "3D000" => {
            report.ok("database", format!("PostgreSQL at {server} answers"));
            report.failed(
                "credentials",
                format!("there is no database {database}"),
                format!("As an administrator (sudo -u postgres psql):\nCREATE DATABASE {database_sql} OWNER {role_sql};"),
            );
        }
        "42501" => {
            report.ok("database", format!("PostgreSQL at {server} answers"));
            report.failed(
                "credentials",
                format!("role {role} may not connect to database {database}"),
                format!("As an administrator (sudo -u postgres psql):\nGRANT CONNECT ON DATABASE {database_sql} TO {role_sql};"),
            );
        }
        "53300" => report.failed("database", format!("{server} has no connection left"), "Raise max_connections in postgresql.conf, or end programs that hold many:\nSELECT usename, count(*) FROM pg_stat_activity GROUP BY 1;"),
        "57P03" => report.failed("database", format!("{server} is still starting"), "Wait a moment and try again."),
        _ => report.failed("database", format!("{server} refused: {error}"), "See the log of PostgreSQL."),
    }
}

async fn version(connection: &mut PgConnection, report: &mut Report) -> Result<(), sqlx::Error> {
    let number: i32 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int4").fetch_one(connection).await?;
    let shown = format!("PostgreSQL {}.{}", number / 10_000, number % 10_000);
    if number < LEAST {
        report.failed(
            "version",
            format!("{shown} is too old; 14 is needed"),
            "Move to a supported version: pg_upgradecluster, or pg_dump and restore",
        );
    } else {
        report.ok("version", shown);
    }
    Ok(())
}

async fn standby(connection: &mut PgConnection, place: &Place, report: &mut Report) -> Result<(), sqlx::Error> {
    let (standby, read_only): (bool, String) =
        sqlx::query_as("SELECT pg_is_in_recovery(), current_setting('transaction_read_only')")
            .fetch_one(connection)
            .await?;
    if standby {
        report.failed(
            "write",
            format!("{} is a standby that only reads", place.server),
            "Put the address of the primary into database.url",
        );
    } else if read_only == "on" {
        let fix = format!("ALTER ROLE {} RESET default_transaction_read_only;", identifier(&place.role));
        report.failed("write", format!("sessions of role {} only read", place.role), fix);
    }
    Ok(())
}

/// Tables must come to be in the schema that comes first.
async fn create(connection: &mut PgConnection, place: &Place, report: &mut Report) -> Result<(), sqlx::Error> {
    let schema: Option<String> =
        sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut *connection).await?;
    let role = identifier(&place.role);
    let schema = schema.unwrap_or_else(|| "public".into());
    let grant = format!(
        "As an administrator (sudo -u postgres psql {}):\nCREATE SCHEMA IF NOT EXISTS {schema};\nGRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
        place.database,
        schema = identifier(&schema)
    );
    let mut attempt = connection.begin().await?;
    let made = attempt
        .execute("CREATE TABLE tatwats_doctor_probe (x int8); INSERT INTO tatwats_doctor_probe VALUES (1);")
        .await;
    attempt.rollback().await?;
    match made {
        Ok(_) => report.ok("create", format!("role {} may create tables in schema {schema}", place.role)),
        Err(error) => report.failed(
            "create",
            format!("role {} may not create tables in schema {schema}: {error}", place.role),
            grant,
        ),
    }
    Ok(())
}

/// Tables that are there already may belong to another role.
async fn write(connection: &mut PgConnection, place: &Place, report: &mut Report) -> Result<(), sqlx::Error> {
    let closed: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
           AND EXISTS (SELECT 1 FROM pg_class m WHERE m.relnamespace = n.oid AND m.relname = '_sqlx_migrations')
           AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                    AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
         ORDER BY 1",
    )
    .fetch_all(connection)
    .await?;
    if closed.is_empty() {
        report.ok("write", format!("role {} may read and write the workshop's tables", place.role));
    } else {
        let fix = format!(
            "As the tables' owner:\nGRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {};",
            closed.iter().map(|table| identifier(table)).collect::<Vec<_>>().join(", "),
            identifier(&place.role)
        );
        report.failed("write", format!("role {} may not read and write {}", place.role, closed.join(", ")), fix);
    }
    Ok(())
}

/// A word sent to ourselves must arrive; through some connection poolers none does.
async fn listen(place: &Place, report: &mut Report) {
    const FIX: &str =
        "Connect to PostgreSQL itself, or set the pooler to session mode (PgBouncer: pool_mode = session).";
    let heard = tokio::time::timeout(PATIENCE, echo(place)).await;
    match heard {
        Ok(Ok(())) => report.ok("listen", format!("role {} hears what it sends (LISTEN, NOTIFY)", place.role)),
        Ok(Err(error)) => report.failed("listen", format!("LISTEN does not work: {error}"), FIX),
        Err(_) => {
            report.failed("listen", format!("a notification did not arrive within {} s", PATIENCE.as_secs()), FIX)
        }
    }
}

async fn echo(place: &Place) -> Result<(), sqlx::Error> {
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(place.options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("tatwats_doctor").await?;
    let word = format!("{}", std::process::id());
    sqlx::query("SELECT pg_notify('tatwats_doctor', $1)").bind(&word).execute(&pool).await?;
    while listener.recv().await?.payload() != word {}
    drop(listener);
    pool.close().await;
    Ok(())
}

/// Quoted as SQL wants names.
fn identifier(name: &str) -> String {
    let plain = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_sql_wants_it() {
        assert_eq!(identifier("tatwats"), "tatwats");
        assert_eq!(identifier("Tat \"x\""), "\"Tat \"\"x\"\"\"");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_with_its_address_and_no_password() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut report = Report::default();
        let url = Secret::new(format!("postgres://tat:hunter2@{free}/tat"));
        check(&url, &store::clock::SystemClock, &mut report).await;
        let text = report.to_string();
        assert!(!report.is_healthy() && text.contains(&free.to_string()) && !text.contains("hunter2"), "{text}");
    }
}
