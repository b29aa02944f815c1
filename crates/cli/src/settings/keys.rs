//! Which settings there are. Flags, environment, file, `--help` and `bantin config` are made of this
//! one table, so a setting cannot exist in one of them only.

/// A setting: `listen` in the file, `--listen` as a flag, `BANTIN_LISTEN` in the environment.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// Its value when nobody says one; none where it depends on others.
    pub default: Option<&'static str>,
    /// Whether it is a secret, which may also be said as the name of a file that holds it.
    pub secret: bool,
    /// What it decides, for `--help`.
    pub help: &'static str,
}

impl Key {
    const fn new(name: &'static str, default: Option<&'static str>, help: &'static str) -> Self {
        Self { name, default, secret: false, help }
    }

    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.name.to_ascii_uppercase())
    }

    /// Its name as a flag, without the dashes before it.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// What the names of our variables begin with.
pub const VARIABLE_PREFIX: &str = "BANTIN_";
/// Names the settings file. Not a setting itself, since the file cannot say where it is.
pub const CONFIG: &str = "config";
/// What the name of a secret ends with when a file holds it.
pub const FILE_SUFFIX: &str = "_file";

pub const DATABASE_URL: Key = Key {
    secret: true,
    ..Key::new(
        "database_url",
        Some("sqlite:data/bantin.db"),
        "The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
    )
};
pub const LISTEN: Key = Key::new("listen", Some("127.0.0.1:8080"), "Where to answer: ADDRESS:PORT");
pub const DATA_DIR: Key = Key::new("data_dir", Some("data"), "Where pictures and files are kept");
pub const PUBLIC_URL: Key = Key::new("public_url", None, "Where this API is reached; http://<listen> if not said");
pub const SITE_TIMEZONE: Key =
    Key::new("site_timezone", Some("Asia/Ho_Chi_Minh"), "The zone in which the site's days begin");
pub const TRUSTED_PROXIES: Key =
    Key::new("trusted_proxies", Some(""), "Networks whose forwarded headers are believed: 10.0.0.0/8,fd00::/8");
pub const CORS_ORIGINS: Key =
    Key::new("cors_origins", Some(""), "Origins that may use the desk from a browser: https://desk.example");
pub const METRICS_LISTEN: Key =
    Key::new("metrics_listen", Some("127.0.0.1:9464"), "Where to answer /metrics: ADDRESS:PORT, or off");
pub const SECRET_KEY_FILE: Key = Key::new(
    "secret_key_file",
    None,
    "The 32 bytes that wrap the keys kept in the database; <data_dir>/secret.key if not said",
);
pub const AUTO_MIGRATE: Key =
    Key::new("auto_migrate", Some("true"), "Whether a start brings the database to shape, or refuses one that is not");
pub const DATABASE_READERS: Key = Key::new(
    "database_readers",
    None,
    "How many connections read; if not said 8, and on SQLite one more than cores, 8 at most",
);
pub const DATABASE_WRITERS: Key = Key::new("database_writers", Some("4"), "How many connections write; SQLite has one");
pub const WORKERS: Key = Key::new("workers", None, "How many threads answer; one for each core if not said");
pub const FOUR_EYES: Key =
    Key::new("four_eyes", Some("false"), "Whether nobody may approve or publish what they wrote themselves");
pub const AUDIT_ADDRESSES: Key = Key::new(
    "audit_addresses",
    Some("network"),
    "What the audit log keeps of addresses: full, network (/24 or /64), or none",
);
pub const TRASH_DAYS: Key = Key::new("trash_days", Some("30"), "For how many days something lies in the trash");
pub const CHANGES_KEEP_DAYS: Key = Key::new(
    "changes_keep_days",
    Some("90"),
    "For how many days the change log is kept; who follows it and is away for longer begins anew",
);
pub const CHANGE_STREAMS: Key =
    Key::new("change_streams", Some("200"), "How many may hold a stream of changes open at once; 0 offers none");
pub const CACHE_MB: Key =
    Key::new("cache_mb", Some("64"), "How many megabytes of public answers are kept in memory; 0 keeps none");
pub const CACHE_CONTROL: Key = Key::new(
    "cache_control",
    Some("public, max-age=10, s-maxage=30, stale-while-revalidate=30"),
    "The Cache-Control of public answers",
);
pub const CACHE_STALE_SECONDS: Key = Key::new(
    "cache_stale_seconds",
    Some("60"),
    "For how many seconds answers are served out of memory while the database is away",
);
pub const RATE_LIMIT_PUBLIC: Key =
    Key::new("rate_limit_public", Some("3000"), "Public reads a minute for each /24 or /64; 0 is no limit");
pub const RATE_LIMIT_EDITORIAL: Key =
    Key::new("rate_limit_editorial", Some("600"), "Requests a minute for each account of the desk; 0 is no limit");
pub const RATE_LIMIT_KEYS: Key = Key::new(
    "rate_limit_keys",
    Some("6000"),
    "Requests a minute for each API key that has no quota of its own; 0 is no limit",
);
pub const RATE_LIMIT_VISITS: Key = Key::new(
    "rate_limit_visits",
    Some("1200"),
    "Hits a minute for each /24 or /64; a tenth for each visitor, 500 times as many for all; 0 is no limit",
);
pub const STATS_KEEP_DAYS: Key = Key::new(
    "stats_keep_days",
    Some("400"),
    "For how many days hours, devices, sections and sites are kept apart; older ones are added up by month",
);
pub const HEED_DO_NOT_TRACK: Key =
    Key::new("heed_do_not_track", Some("true"), "Whether who sends Sec-GPC or DNT is counted as a page view only");
pub const WEBHOOKS_ALLOW_PRIVATE: Key = Key::new(
    "webhooks_allow_private",
    Some("false"),
    "Whether webhooks may reach private networks and this machine, also by http",
);
pub const LOG: Key = Key::new(
    "log",
    Some("info,actix_server=warn"),
    "How much is logged: error, warn, info, debug, trace, or by module",
);

/// All of them, in the order in which they are shown.
pub const ALL: [&Key; 29] = [
    &DATABASE_URL,
    &LISTEN,
    &DATA_DIR,
    &PUBLIC_URL,
    &SITE_TIMEZONE,
    &TRUSTED_PROXIES,
    &CORS_ORIGINS,
    &METRICS_LISTEN,
    &SECRET_KEY_FILE,
    &AUTO_MIGRATE,
    &DATABASE_READERS,
    &DATABASE_WRITERS,
    &WORKERS,
    &FOUR_EYES,
    &AUDIT_ADDRESSES,
    &TRASH_DAYS,
    &CHANGES_KEEP_DAYS,
    &CHANGE_STREAMS,
    &CACHE_MB,
    &CACHE_CONTROL,
    &CACHE_STALE_SECONDS,
    &RATE_LIMIT_PUBLIC,
    &RATE_LIMIT_EDITORIAL,
    &RATE_LIMIT_KEYS,
    &RATE_LIMIT_VISITS,
    &STATS_KEEP_DAYS,
    &HEED_DO_NOT_TRACK,
    &WEBHOOKS_ALLOW_PRIVATE,
    &LOG,
];

/// The setting that `name` says, and whether it says it by a file.
pub fn find(name: &str) -> Option<(&'static Key, bool)> {
    let named = |name: &str| ALL.into_iter().find(|key| key.name == name);
    let by_file = || name.strip_suffix(FILE_SUFFIX).and_then(named).filter(|key| key.secret);
    named(name).map(|key| (key, false)).or_else(|| by_file().map(|key| (key, true)))
}

/// The known name that is nearest to one that is not known.
pub fn nearest(name: &str) -> String {
    let names = ALL.into_iter().flat_map(|key| {
        let by_file = key.secret.then(|| format!("{}{FILE_SUFFIX}", key.name));
        [key.name.to_owned()].into_iter().chain(by_file)
    });
    names.min_by_key(|known| distance(known, name)).unwrap_or_default()
}

/// How many letters must be put in, left out or changed to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (n, letter) in one.chars().enumerate() {
        let mut left = n + 1;
        let mut next = vec![left];
        for (against, (diagonal, above)) in other.chars().zip(row.iter().zip(row.iter().skip(1))) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(letter != against));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_far_apart_as_the_letters_that_differ() {
        for (one, other, apart) in [("", "", 0), ("", "abc", 3), ("listen", "lisen", 1), ("kitten", "sitting", 3)] {
            assert_eq!(distance(one, other), apart, "{one} {other}");
            assert_eq!(distance(other, one), apart, "{other} {one}");
        }
    }

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        assert_eq!(nearest("databse_url"), "database_url");
        assert_eq!(nearest("databse_url_file"), "database_url_file");
        assert_eq!(nearest("trusted_proxy"), "trusted_proxies");
    }

    #[test]
    fn only_a_secret_may_be_said_by_a_file() {
        assert_eq!(find("database_url_file"), Some((&DATABASE_URL, true)));
        assert_eq!(find("secret_key_file"), Some((&SECRET_KEY_FILE, false)));
        assert_eq!(find("listen_file"), None);
    }
}
