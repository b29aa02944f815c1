//! Settings: what the program is told from outside. Read once, at the start, and nowhere else.
//!
//! Flags win over the environment, the environment over `bantin.toml`, that over the defaults. A name
//! that is not known is refused and not ignored: a setting misspelt would silently be its default, and
//! of `BANTIN_TRUSTED_PROXY` nobody would know until the numbers are wrong.

mod flags;
mod keys;
mod layers;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use bantin_application::{DatabaseUrl, app::AddressPolicy};
use bantin_domain::{time::SiteZone, url::WebUrl};
use ipnet::IpNet;
use toml::Value as Toml;
use tracing_subscriber::EnvFilter;

pub use self::flags::Flags;
use self::{keys::Key, layers::Values};
use crate::failure::Failure;

/// Every setting, parsed.
#[derive(Debug)]
pub struct Settings {
    /// The database.
    pub database_url: DatabaseUrl,
    /// Where to answer.
    pub listen: SocketAddr,
    /// Where local files go.
    pub data_dir: PathBuf,
    /// Where the API is reached, without a slash at the end; `None` is where it listens.
    pub public_url: Option<String>,
    /// Where the site's days begin.
    pub site_timezone: SiteZone,
    /// Which peers may say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// Which origins may use the desk from a browser.
    pub cors_origins: Vec<String>,
    /// Where to answer who measures; `None` is nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Where the key lies that wraps secrets kept in the database.
    pub secret_key_file: PathBuf,
    /// Whether a start brings the database to shape.
    pub auto_migrate: bool,
    /// How many connections read.
    pub database_readers: u32,
    /// How many connections write.
    pub database_writers: u32,
    /// How many threads answer.
    pub workers: usize,
    /// Whether nobody may approve or publish what they wrote themselves.
    pub four_eyes: bool,
    /// How much of a caller's address the audit log keeps.
    pub audit_addresses: AddressPolicy,
    /// For how many days something lies in the trash.
    pub trash_days: u32,
    /// For how many days the change log is kept.
    pub changes_keep_days: u32,
    /// How many may hold a stream of changes open at once.
    pub change_streams: u32,
    /// How many megabytes of public answers are kept in memory; 0 keeps none.
    pub cache_mb: u32,
    /// The `Cache-Control` of public answers.
    pub cache_control: String,
    /// For how many seconds they are served while the database is away.
    pub cache_stale_seconds: u32,
    /// Public reads a minute for each network; 0 is no limit.
    pub rate_limit_public: u32,
    /// Requests a minute for each account of the desk; 0 is no limit.
    pub rate_limit_editorial: u32,
    /// Requests a minute for each API key without a quota; 0 is no limit.
    pub rate_limit_keys: u32,
    /// Hits a minute for each network; 0 is no limit.
    pub rate_limit_visits: u32,
    /// For how many days the finer statistics are kept.
    pub stats_keep_days: u32,
    /// Whether who asks not to be tracked is a page view only.
    pub heed_do_not_track: bool,
    /// Whether webhooks may reach private networks, and by http.
    pub webhooks_allow_private: bool,
    /// How much is logged.
    pub log: String,
    values: Values,
}

/// The variables of this process.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads them")]
pub fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

impl Settings {
    /// Reads and parses all of them.
    ///
    /// # Errors
    /// One line that names the first setting that is unknown or unreadable.
    pub fn read(flags: &Flags, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, Failure> {
        let values = Values::read(flags, environment)?;
        let data_dir = required(&values, &keys::DATA_DIR, path)?;
        let database_url = required(&values, &keys::DATABASE_URL, DatabaseUrl::from_str)?;
        let cores = std::thread::available_parallelism().map_or(1, Into::into);
        // Who reads PostgreSQL mostly waits for it. Who reads SQLite works, and keeps pages of its own in memory: more
        // of them than can work at once would only take both from each other.
        let usual_readers = match database_url {
            DatabaseUrl::Sqlite(_) => u32::try_from(cores + 1).unwrap_or(u32::MAX).min(8),
            DatabaseUrl::Postgres(_) => 8,
        };
        Ok(Self {
            database_url,
            listen: required(&values, &keys::LISTEN, address)?,
            public_url: values.find(&keys::PUBLIC_URL, public_url)?,
            site_timezone: required(&values, &keys::SITE_TIMEZONE, |text| {
                SiteZone::parse(text).map_err(|fault| fault.message)
            })?,
            trusted_proxies: required(&values, &keys::TRUSTED_PROXIES, |text| each(text, network))?,
            cors_origins: required(&values, &keys::CORS_ORIGINS, |text| each(text, origin))?,
            metrics_listen: required(&values, &keys::METRICS_LISTEN, |text| match text {
                "off" => Ok(None),
                text => address(text).map(Some),
            })?,
            secret_key_file: values.find(&keys::SECRET_KEY_FILE, path)?.unwrap_or_else(|| data_dir.join("secret.key")),
            auto_migrate: required(&values, &keys::AUTO_MIGRATE, switch)?,
            four_eyes: required(&values, &keys::FOUR_EYES, switch)?,
            audit_addresses: required(&values, &keys::AUDIT_ADDRESSES, |text| match text {
                "full" => Ok(AddressPolicy::Full),
                "network" => Ok(AddressPolicy::Network),
                "none" => Ok(AddressPolicy::None),
                _ => Err("must be full, network or none".to_owned()),
            })?,
            trash_days: required(&values, &keys::TRASH_DAYS, count)?,
            changes_keep_days: required(&values, &keys::CHANGES_KEEP_DAYS, |text| whole(text, 1, 36_500))?,
            change_streams: required(&values, &keys::CHANGE_STREAMS, |text| whole(text, 0, 10_000))?,
            database_readers: values.find(&keys::DATABASE_READERS, count)?.unwrap_or(usual_readers),
            database_writers: required(&values, &keys::DATABASE_WRITERS, count)?,
            workers: match values.find(&keys::WORKERS, count)? {
                Some(workers) => usize::try_from(workers).unwrap_or(usize::MAX),
                None => cores,
            },
            cache_mb: required(&values, &keys::CACHE_MB, |text| whole(text, 0, 65_536))?,
            cache_control: required(&values, &keys::CACHE_CONTROL, header_value)?,
            cache_stale_seconds: required(&values, &keys::CACHE_STALE_SECONDS, |text| whole(text, 0, 86_400))?,
            rate_limit_public: required(&values, &keys::RATE_LIMIT_PUBLIC, rate)?,
            rate_limit_editorial: required(&values, &keys::RATE_LIMIT_EDITORIAL, rate)?,
            rate_limit_keys: required(&values, &keys::RATE_LIMIT_KEYS, rate)?,
            rate_limit_visits: required(&values, &keys::RATE_LIMIT_VISITS, rate)?,
            stats_keep_days: required(&values, &keys::STATS_KEEP_DAYS, days)?,
            heed_do_not_track: required(&values, &keys::HEED_DO_NOT_TRACK, truth)?,
            webhooks_allow_private: required(&values, &keys::WEBHOOKS_ALLOW_PRIVATE, switch)?,
            log: required(&values, &keys::LOG, |text| {
                EnvFilter::try_new(text)
                    .map(|_| text.to_owned())
                    .map_err(|_| "must be a level (error, warn, info, debug, trace) or a filter by module".to_owned())
            })?,
            data_dir,
            values,
        })
    }

    /// Where the API is reached, once it is known where it listens. Where that is everywhere, nobody
    /// could follow a link to it, so then it is this machine.
    pub fn public_url_at(&self, bound: SocketAddr) -> String {
        let host = if bound.ip().is_unspecified() { format!("localhost:{}", bound.port()) } else { bound.to_string() };
        self.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
    }

    /// The settings as a settings file would say them, each with where it came from. Of the database
    /// address only the place is shown, without user, password and parameters.
    pub fn to_toml(&self) -> String {
        let texts = |texts: Vec<String>| Toml::Array(texts.into_iter().map(Toml::String).collect());
        let shown: [(&Key, Toml); 26] = [
            (&keys::DATABASE_URL, self.database_url.to_string().into()),
            (&keys::LISTEN, self.listen.to_string().into()),
            (&keys::DATA_DIR, self.data_dir.to_string_lossy().into_owned().into()),
            (&keys::PUBLIC_URL, self.public_url_at(self.listen).into()),
            (&keys::SITE_TIMEZONE, self.site_timezone.name().into()),
            (&keys::TRUSTED_PROXIES, texts(self.trusted_proxies.iter().map(ToString::to_string).collect())),
            (&keys::CORS_ORIGINS, texts(self.cors_origins.clone())),
            (&keys::METRICS_LISTEN, self.metrics_listen.map_or("off".to_owned(), |listen| listen.to_string()).into()),
            (&keys::SECRET_KEY_FILE, self.secret_key_file.to_string_lossy().into_owned().into()),
            (&keys::AUTO_MIGRATE, self.auto_migrate.into()),
            (&keys::DATABASE_READERS, self.database_readers.into()),
            (&keys::DATABASE_WRITERS, self.database_writers.into()),
            (&keys::WORKERS, i64::try_from(self.workers).unwrap_or(i64::MAX).into()),
            (&keys::CHANGES_KEEP_DAYS, i64::from(self.changes_keep_days).into()),
            (&keys::CHANGE_STREAMS, i64::from(self.change_streams).into()),
            (&keys::CACHE_MB, i64::from(self.cache_mb).into()),
            (&keys::CACHE_CONTROL, self.cache_control.clone().into()),
            (&keys::CACHE_STALE_SECONDS, i64::from(self.cache_stale_seconds).into()),
            (&keys::RATE_LIMIT_PUBLIC, i64::from(self.rate_limit_public).into()),
            (&keys::RATE_LIMIT_EDITORIAL, i64::from(self.rate_limit_editorial).into()),
            (&keys::RATE_LIMIT_KEYS, i64::from(self.rate_limit_keys).into()),
            (&keys::RATE_LIMIT_VISITS, i64::from(self.rate_limit_visits).into()),
            (&keys::STATS_KEEP_DAYS, i64::from(self.stats_keep_days).into()),
            (&keys::HEED_DO_NOT_TRACK, self.heed_do_not_track.into()),
            (&keys::WEBHOOKS_ALLOW_PRIVATE, self.webhooks_allow_private.into()),
            (&keys::LOG, self.log.clone().into()),
        ];
        shown.map(|(key, value)| format!("{} = {value}  # {}", key.name, self.values.origin(key))).join("\n")
    }
}

/// A setting that has a default.
fn required<T>(values: &Values, key: &Key, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Failure> {
    values.find(key, parse)?.ok_or_else(|| Failure::new(format_args!("{} is not set", key.variable())))
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.into()) }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address and a port such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

fn count(text: &str) -> Result<u32, String> {
    let fits = text.parse().ok().filter(|number| (1..=1024).contains(number));
    fits.ok_or_else(|| "must be a number from 1 to 1024".to_owned())
}

fn whole(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let fits = text.parse().ok().filter(|number| (least..=most).contains(number));
    fits.ok_or_else(|| format!("must be a number from {least} to {most}"))
}

fn header_value(text: &str) -> Result<String, String> {
    let is_one = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_one { Ok(text.to_owned()) } else { Err("must be the value of a header".to_owned()) }
}

fn rate(text: &str) -> Result<u32, String> {
    let fits = text.parse().ok().filter(|number| *number <= 1_000_000);
    fits.ok_or_else(|| "must be a number a minute to 1000000, or 0 for no limit".to_owned())
}

fn days(text: &str) -> Result<u32, String> {
    let fits = text.parse().ok().filter(|number| (31..=36_500).contains(number));
    fits.ok_or_else(|| "must be a number of days from 31 to 36500".to_owned())
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

fn public_url(text: &str) -> Result<String, String> {
    match WebUrl::parse(text) {
        Ok(url) if !text.contains(['?', '#']) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        _ => Err("must be an absolute http or https URL without a query".to_owned()),
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let alone = |_| text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(alone).map_err(|_| "must be a list of networks such as 10.0.0.0/8,fd00::/8".to_owned())
}

fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if WebUrl::parse(text).is_ok() && !host.contains(['/', '?', '#', '*']) => Ok(text.to_owned()),
        _ => Err("must be a list of origins such as https://desk.example, without a path".to_owned()),
    }
}

/// Parses a list with commas; an empty one is none.
fn each<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parse).collect()
}
