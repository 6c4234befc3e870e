//! From values to settings.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::fault::ConfigError;
use super::values::{Source, Value, Values};
use super::{
    Config, HelperSettings, Inputs, Log, Model, Secret, StreamLimits, database, door, leptos, oidc, sandbox, server,
    sources, tls,
};

pub(super) fn config(inputs: &Inputs) -> Result<Config, ConfigError> {
    let mut values = Values::default();
    values.here.clone_from(&inputs.folder);
    sources::outer(inputs, &mut values);
    let before = data_folder(&values);
    if let Some(path) = sources::find_file(inputs, &before) {
        sources::file(&path, &mut values);
        let moved = data_folder(&values);
        if path.parent() == Some(&before) && inputs.folder != before && moved != before {
            let message =
                "a settings file in the data folder cannot name another data folder; use TATWATS_DATA_DIR or --data";
            values.fault("data.folder", Source::File(path), message);
        }
    }
    let data = data_folder(&values);
    let pages = leptos::defaults();
    let config = Config {
        server: server::read(&mut values, pages.site_addr),
        tls: tls::read(&mut values),
        database: database::read(&mut values, &data),
        door: door::read(&mut values),
        oidc: oidc::read(&mut values),
        log: log(&mut values),
        helpers: HelperSettings { start: values.take("helpers.start", true, truth) },
        sandbox: sandbox::read(&mut values),
        model: model(&mut values),
        stream: stream(&mut values),
        files: std::mem::take(&mut values.files),
        warnings: std::mem::take(&mut values.warnings),
        data,
    };
    if config.tls.is_some() && !config.public().is_https() {
        let source = values.get("server.public_url").map(|value| value.source.to_string()).unwrap_or_default();
        values.fault("server.public_url", source, "must begin with https://, since the server speaks TLS");
    }
    match values.faults() {
        faults if faults.is_empty() => Ok(config),
        faults => Err(ConfigError(faults)),
    }
}

fn data_folder(values: &Values) -> PathBuf {
    let given = values.get("data.folder").map(|value| value.source.folder(&values.here).join(&value.text));
    let folder = given.unwrap_or_else(|| values.here.join("data"));
    // Without the `./` that people write.
    folder.components().collect()
}

fn log(values: &mut Values) -> Log {
    let filter = values.take("log.filter", "info,sqlx=warn".to_owned(), |value| {
        tracing_subscriber::EnvFilter::from_str(&value.text).map(|_| value.text.clone()).map_err(|error| {
            format!("“{}” is not a filter ({error}); write it like info or warn,server=debug", value.text)
        })
    });
    let json = values.take("log.format", false, |value| match value.text.as_str() {
        "text" => Ok(false),
        "json" => Ok(true),
        other => Err(format!("“{other}” is not a format; the formats are text and json")),
    });
    Log { filter, json }
}

fn model(values: &mut Values) -> Option<Model> {
    let url = values.take("model.url", None, |value| match value.text.parse::<url::Url>() {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("must not hold a password; use model.key".into())
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err("is not a web address; write it like http://127.0.0.1:11434/v1".into()),
    });
    let name = values.take("model.name", None, |value| Ok(Some(value.text.clone())));
    let key = values.take("model.key", None, |value| Ok(Some(Secret::new(value.text.clone()))));
    match (url, name) {
        (Some(url), Some(name)) => Some(Model { url, name, key }),
        (None, None) => None,
        (Some(_), None) => lacks(values, "model.url", "model.name", "a model"),
        (None, Some(_)) => lacks(values, "model.name", "model.url", "a model"),
    }
}

/// Notes that of two settings, which `what` needs both, one is missing.
pub(super) fn lacks<T>(
    values: &mut Values,
    given: &'static str,
    missing: &'static str,
    what: &'static str,
) -> Option<T> {
    if let Some(source) = values.get(given).map(|value| value.source.clone()) {
        values.fault(given, source, format!("is given without {missing}; {what} needs both"));
    }
    None
}

fn stream(values: &mut Values) -> StreamLimits {
    let default = StreamLimits::default();
    let mut seconds = |key, default: Duration| {
        values.take(key, default, |value| {
            number(value, 1, 3600).map(|seconds| Duration::from_secs(seconds.unsigned_abs()))
        })
    };
    let (slow, ping) = (seconds("stream.slow_seconds", default.slow), seconds("stream.ping_seconds", default.ping));
    let mut sockets = |key, default| {
        values.take(key, default, |value| number(value, 1, 1_000_000).map(|n| usize::try_from(n).unwrap_or(usize::MAX)))
    };
    StreamLimits {
        slow,
        ping,
        max_sockets: sockets("stream.max_sockets", default.max_sockets),
        max_per_user: sockets("stream.max_per_user", default.max_per_user),
        max_per_address: sockets("stream.max_per_address", default.max_per_address),
        max_behind: values.take("stream.max_behind", default.max_behind, |value| number(value, 1, i64::MAX)),
    }
}

/// A whole number within bounds.
pub(super) fn number(value: &Value, least: i64, most: i64) -> Result<i64, String> {
    match value.text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("“{}” will not do; give a whole number from {least} to {most}", value.text)),
    }
}

fn truth(value: &Value) -> Result<bool, String> {
    match value.text.as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        other => Err(format!("“{other}” is neither true nor false")),
    }
}
