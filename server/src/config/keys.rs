//! Every setting once: its name in `tatwats.toml` and in the environment.

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its name, `section.key`.
    pub name: &'static str,
    /// Its names in the environment, the stronger first.
    pub env: &'static [&'static str],
    /// Whether it is a secret: it may be given as a file (`key_file`, `NAME_FILE`), and is never printed.
    pub secret: bool,
}

const fn key(name: &'static str, env: &'static [&'static str]) -> Key {
    Key { name, env, secret: false }
}

const fn secret(name: &'static str, env: &'static [&'static str]) -> Key {
    Key { name, env, secret: true }
}

/// Every setting.
pub static KEYS: [Key; 44] = [
    key("server.listen", &["TATWATS_LISTEN", "LEPTOS_SITE_ADDR"]),
    key("server.public_url", &["TATWATS_PUBLIC_URL"]),
    key("server.trusted_proxies", &["TATWATS_TRUSTED_PROXIES"]),
    key("server.cors_origins", &["TATWATS_CORS_ORIGINS"]),
    key("server.site", &["TATWATS_SITE", "LEPTOS_SITE_ROOT"]),
    key("server.shutdown_seconds", &["TATWATS_SHUTDOWN_SECONDS"]),
    key("tls.certificate", &["TATWATS_TLS_CERTIFICATE"]),
    key("tls.key", &["TATWATS_TLS_KEY"]),
    key("data.folder", &["TATWATS_DATA_DIR"]),
    secret("database.url", &["DATABASE_URL"]),
    key("accounts.session_days", &["TATWATS_ACCOUNTS_SESSION_DAYS"]),
    key("accounts.idle_days", &["TATWATS_ACCOUNTS_IDLE_DAYS"]),
    key("oidc.issuer", &["TATWATS_OIDC_ISSUER"]),
    key("oidc.client_id", &["TATWATS_OIDC_CLIENT_ID"]),
    secret("oidc.client_secret", &["TATWATS_OIDC_CLIENT_SECRET"]),
    key("oidc.name", &["TATWATS_OIDC_NAME"]),
    key("oidc.role", &["TATWATS_OIDC_ROLE"]),
    key("limits.sign_ins", &["TATWATS_LIMITS_SIGN_INS"]),
    key("limits.requests_per_second", &["TATWATS_LIMITS_REQUESTS_PER_SECOND"]),
    key("limits.requests_at_once", &["TATWATS_LIMITS_REQUESTS_AT_ONCE"]),
    key("limits.header_seconds", &["TATWATS_LIMITS_HEADER_SECONDS"]),
    key("limits.body_seconds", &["TATWATS_LIMITS_BODY_SECONDS"]),
    key("log.filter", &["TATWATS_LOG"]),
    key("log.format", &["TATWATS_LOG_FORMAT"]),
    key("helpers.start", &["TATWATS_HELPERS_START"]),
    key("sandbox.room", &["TATWATS_SANDBOX_ROOM"]),
    key("sandbox.engine", &["TATWATS_SANDBOX_ENGINE"]),
    key("sandbox.engine_tls", &["TATWATS_SANDBOX_ENGINE_TLS"]),
    key("sandbox.tools", &["TATWATS_SANDBOX_TOOLS"]),
    key("sandbox.registries", &["TATWATS_SANDBOX_REGISTRIES"]),
    key("sandbox.helper", &["TATWATS_SANDBOX_HELPER"]),
    key("sandbox.build", &["TATWATS_SANDBOX_BUILD"]),
    key("sandbox.run", &["TATWATS_SANDBOX_RUN"]),
    key("sandbox.warm", &["TATWATS_SANDBOX_WARM"]),
    key("sandbox.at_once", &["TATWATS_SANDBOX_AT_ONCE"]),
    key("model.url", &["TATWATS_MODEL_URL"]),
    key("model.name", &["TATWATS_MODEL_NAME"]),
    secret("model.key", &["TATWATS_MODEL_KEY"]),
    key("stream.max_sockets", &["TATWATS_STREAM_MAX_SOCKETS"]),
    key("stream.max_per_user", &["TATWATS_STREAM_MAX_PER_USER"]),
    key("stream.max_per_address", &["TATWATS_STREAM_MAX_PER_ADDRESS"]),
    key("stream.slow_seconds", &["TATWATS_STREAM_SLOW_SECONDS"]),
    key("stream.max_behind", &["TATWATS_STREAM_MAX_BEHIND"]),
    key("stream.ping_seconds", &["TATWATS_STREAM_PING_SECONDS"]),
];

/// Names in the environment that begin with `TATWATS_` and are no settings: the tests' own, the scripts', and the command line's.
const OTHERS: [&str; 6] =
    ["TATWATS_CACHE", "TATWATS_CONFIG", "TATWATS_KILLS", "TATWATS_SERVER", "TATWATS_TOKEN", "TATWATS_TOKEN_FILE"];

/// Whether a name in the environment that begins with `TATWATS_` is nobody's.
pub(super) fn is_stray(name: &str) -> bool {
    name.starts_with("TATWATS_")
        && !name.starts_with("TATWATS_TEST_")
        && !OTHERS.contains(&name)
        && !env_names().any(|known| known == name)
}

/// Every name in the environment that is read, with those of files.
pub(super) fn env_names() -> impl Iterator<Item = String> {
    KEYS.iter().flat_map(|key| {
        key.env.iter().flat_map(|name| {
            let file = key.secret.then(|| format!("{name}_FILE"));
            std::iter::once((*name).to_owned()).chain(file)
        })
    })
}

/// Every name in the file, with those of files.
pub(super) fn file_names() -> impl Iterator<Item = String> {
    KEYS.iter().flat_map(|key| {
        let file = key.secret.then(|| format!("{}_file", key.name));
        std::iter::once(key.name.to_owned()).chain(file)
    })
}

/// The known name that `name` most likely means.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let last = |text: &str| text.rsplit('.').next().unwrap_or_default().to_owned();
    known
        .map(|known| {
            let whole = strsim::normalized_damerau_levenshtein(name, &known);
            // `listen` outside its section, or in another one, means `server.listen`.
            let tail = strsim::normalized_damerau_levenshtein(&last(name), &last(&known)) * 0.95;
            (whole.max(tail), known)
        })
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
