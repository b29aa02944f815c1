use std::{fs, path::Path};

use super::*;

/// Reads settings out of variables, flags and the text of a file.
fn read(variables: &[(&str, &str)], flags: &[(&'static Key, &str)], file: &str) -> Result<Settings, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("bantin.toml");
    fs::write(&config, file).unwrap();
    let flags =
        Flags { config: Some(config), values: flags.iter().map(|(key, text)| (*key, (*text).to_owned())).collect() };
    Settings::read(&flags, variables.iter().map(|(name, value)| (name.into(), value.into())))
}

/// The one line that refuses.
fn refusal(variables: &[(&str, &str)], file: &str) -> String {
    let failure = read(variables, &[], file).unwrap_err();
    let lines: Vec<&str> = failure.lines().collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].to_owned()
}

fn port(variables: &[(&str, &str)], flags: &[(&'static Key, &str)], file: &str) -> u16 {
    read(variables, flags, file).unwrap().listen.port()
}

#[test]
fn a_flag_wins_over_the_environment_that_over_the_file_and_that_over_the_default() {
    let variable = [("BANTIN_LISTEN", "127.0.0.1:2")];
    let file = "listen = \"127.0.0.1:3\"";
    assert_eq!(port(&variable, &[(&keys::LISTEN, "127.0.0.1:1")], file), 1);
    assert_eq!(port(&variable, &[], file), 2);
    assert_eq!(port(&[], &[], file), 3);
    assert_eq!(port(&[], &[], ""), 8080);
}

#[test]
fn what_is_not_known_is_refused_by_name_with_the_nearest() {
    assert_eq!(
        refusal(&[("BANTIN_DATABSE_URL", "x")], ""),
        "BANTIN_DATABSE_URL is no setting; the nearest is BANTIN_DATABASE_URL"
    );
    let line = refusal(&[], "trusted_proxy = \"10.0.0.0/8\"");
    assert!(line.starts_with("trusted_proxy in ") && line.contains("the nearest is trusted_proxies in "), "{line}");
    assert!(refusal(&[], "[server]\nlisten = \"127.0.0.1:1\"").starts_with("server in "));
}

#[test]
fn variables_of_others_and_of_the_test_kit_are_let_alone() {
    let variables = [("PATH", "/bin"), ("BANTINE", "x"), ("BANTIN_TEST_POSTGRES_URL", "postgres://x")];
    assert!(read(&variables, &[], "").is_ok());
}

#[test]
fn a_value_that_cannot_be_read_is_named_as_it_was_written() {
    for (variable, value) in [
        ("BANTIN_LISTEN", "8080"),
        ("BANTIN_LISTEN", ""),
        ("BANTIN_DATABASE_URL", "mysql://root:s3cret@db/x"),
        ("BANTIN_PUBLIC_URL", "tin.example"),
        ("BANTIN_PUBLIC_URL", "https://tin.example/?x=1"),
        ("BANTIN_SITE_TIMEZONE", "Asia/Saigonn"),
        ("BANTIN_TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("BANTIN_CORS_ORIGINS", "*"),
        ("BANTIN_CORS_ORIGINS", "https://desk.example/"),
        ("BANTIN_METRICS_LISTEN", "no"),
        ("BANTIN_AUTO_MIGRATE", "yes"),
        ("BANTIN_DATABASE_READERS", "0"),
        ("BANTIN_WORKERS", "many"),
        ("BANTIN_LOG", "loud=very"),
    ] {
        let line = refusal(&[(variable, value)], "");
        assert!(line.starts_with(&format!("{variable} must ")), "{line}");
        assert!(!line.contains("s3cret"), "{line}");
    }
    assert!(refusal(&[], "\n\nlisten =").contains("line 3"), "{}", refusal(&[], "\n\nlisten ="));
    assert!(refusal(&[], "cors_origins = [1]").starts_with("cors_origins in "));
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let flags = Flags { config: Some("/nowhere/bantin.toml".into()), values: Vec::new() };
    let failure = Settings::read(&flags, []).unwrap_err();
    assert!(failure.lines().next().unwrap().starts_with("/nowhere/bantin.toml cannot be read: "));
}

#[test]
fn a_secret_may_lie_in_a_file_but_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("url");
    fs::write(&secret, "postgres://bantin:s3cret@db/bantin\n").unwrap();
    let secret = secret.to_str().unwrap();
    let settings = read(&[("BANTIN_DATABASE_URL_FILE", secret)], &[], "database_url = \"sqlite:other.db\"").unwrap();
    assert_eq!(settings.database_url, DatabaseUrl::Postgres("postgres://bantin:s3cret@db/bantin".to_owned()));
    assert_eq!(
        refusal(&[("BANTIN_DATABASE_URL_FILE", secret), ("BANTIN_DATABASE_URL", "sqlite:a.db")], ""),
        "BANTIN_DATABASE_URL and BANTIN_DATABASE_URL_FILE are both set; set one of them"
    );
    let missing = refusal(&[("BANTIN_DATABASE_URL_FILE", "/nowhere/url")], "");
    assert!(missing.starts_with("BANTIN_DATABASE_URL_FILE names /nowhere/url, which cannot be read: "), "{missing}");
}

#[test]
fn lists_come_with_commas_or_as_lists() {
    let variables = [("BANTIN_TRUSTED_PROXIES", "10.0.0.0/8, ::1")];
    let settings = read(&variables, &[], "cors_origins = [\"https://a.example\", \"http://b.example:3000\"]").unwrap();
    assert_eq!(settings.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
    assert_eq!(settings.cors_origins, ["https://a.example", "http://b.example:3000"]);
}

#[test]
fn what_depends_on_other_settings_follows_them() {
    let variables = [("BANTIN_LISTEN", "127.0.0.1:9"), ("BANTIN_DATA_DIR", "/srv/tin")];
    let settings = read(&variables, &[], "").unwrap();
    assert_eq!(settings.public_url_at(settings.listen), "http://127.0.0.1:9");
    assert_eq!(settings.public_url_at("0.0.0.0:7".parse().unwrap()), "http://localhost:7");
    assert_eq!(settings.secret_key_file, Path::new("/srv/tin/secret.key"));
    let settings = read(&[("BANTIN_PUBLIC_URL", "https://tin.example/api/")], &[], "").unwrap();
    assert_eq!(settings.public_url_at(settings.listen), "https://tin.example/api");
}

#[test]
fn what_is_shown_reads_back_the_same_and_holds_no_secret() {
    let variables = [
        ("BANTIN_DATABASE_URL", "postgres://bantin:s3cret@db:5432/bantin?password=oth3r"),
        ("BANTIN_METRICS_LISTEN", "off"),
        ("BANTIN_CORS_ORIGINS", "https://a.example"),
    ];
    let shown = read(&variables, &[(&keys::LISTEN, "127.0.0.1:1")], "workers = 3").unwrap().to_toml();
    assert!(!shown.contains("s3cret") && !shown.contains("oth3r"), "{shown}");
    assert!(shown.contains("database_url = \"postgres://db:5432/bantin\"  # environment\n"), "{shown}");
    assert!(shown.contains("listen = \"127.0.0.1:1\"  # flag\n"), "{shown}");
    assert!(shown.contains("data_dir = \"data\"  # default\n"), "{shown}");
    let again = read(&[], &[], &shown).unwrap();
    assert_eq!((again.workers, again.metrics_listen), (3, None));
    assert_eq!(again.cors_origins, ["https://a.example"]);
}
