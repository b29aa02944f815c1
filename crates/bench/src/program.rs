//! The program that ships: `bantin` of the same build, on the server's core.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Result,
    database::{Database, Kind},
    machine::{Cores, on_cores},
};

const EMAIL: &str = "do-hieu-nang@so.example";
const PASSWORD: &str = "do-cho-dung-roi-hay-noi";
/// The highest rate limit that can be set.
const MOST_A_MINUTE: &str = "1000000";

/// A fresh database with an account that may do everything, and a folder for what lies beside it.
pub struct Site {
    /// Its database.
    pub database: Database,
    folder: tempfile::TempDir,
    cores: Cores,
}

/// The program, running on a site. Killed when it is dropped, as by `kill -9`.
pub struct Program {
    process: Killed,
    /// Where it answers.
    pub address: SocketAddr,
    /// How long it took from the start to the first answer.
    pub started_in: Duration,
    _log: tempfile::NamedTempFile,
}

/// A process that is killed when it is dropped, and then waited for.
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Site {
    /// Makes one, for a program on these cores.
    pub fn make(kind: Kind, cores: Cores) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bantin-bench-").tempdir_in("/tmp")?;
        make_secret_key(folder.path())?;
        let site = Self { database: Database::make(kind, folder.path())?, folder, cores };
        site.add_user()?;
        Ok(site)
    }

    /// Starts the program, with these settings beside the defaults. Several may run on one PostgreSQL.
    pub fn serve(&self, settings: &[(&str, &str)]) -> Result<Program> {
        let log = tempfile::NamedTempFile::new_in(self.folder.path())?;
        let begun = Instant::now();
        let process = self
            .command()?
            .arg("serve")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.reopen()?)
            .spawn()?;
        let mut process = Killed(process);
        let address = wait_for_address(&mut process.0, log.path())?;
        let _ = ureq::get(format!("http://{address}/api/v1/articles?limit=1")).call()?;
        Ok(Program { process, address, started_in: begun.elapsed(), _log: log })
    }

    /// Whether the program knows a setting of this name.
    pub fn knows_setting(&self, name: &str) -> Result<bool> {
        let settings = self.command()?.arg("config").output()?;
        Ok(String::from_utf8(settings.stdout)?.lines().any(|line| line.starts_with(name)))
    }

    /// The process of a program first, then that of the database if it has one.
    pub fn processes(&self, program: &Program) -> Vec<u32> {
        std::iter::once(program.process.0.id()).chain(self.database.process()).collect()
    }

    /// Where it keeps things.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, in the folder, on the database. Its rate limits are on, but above what a client can
    /// ask; that of hits is one on each network, of which the client plays many behind a proxy.
    fn command(&self) -> Result<Command> {
        let mut command = on_cores(self.cores, &binary()?.to_string_lossy());
        command.current_dir(self.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
        command
            .env("BANTIN_DATABASE_URL", &self.database.url)
            .env("BANTIN_LISTEN", "127.0.0.1:0")
            .env("BANTIN_METRICS_LISTEN", "127.0.0.1:0")
            .env("BANTIN_TRUSTED_PROXIES", "127.0.0.1")
            .env("BANTIN_RATE_LIMIT_PUBLIC", MOST_A_MINUTE)
            .env("BANTIN_RATE_LIMIT_EDITORIAL", MOST_A_MINUTE)
            .env("BANTIN_RATE_LIMIT_VISITS", MOST_A_MINUTE);
        Ok(command)
    }

    fn add_user(&self) -> Result<()> {
        let mut adding = self
            .command()?
            .args(["user", "add", "--email", EMAIL, "--name", "Đo hiệu năng", "--role", "admin", "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        adding.stdin.take().ok_or("no standard input")?.write_all(PASSWORD.as_bytes())?;
        if !adding.wait()?.success() {
            return Err("bantin user add failed".into());
        }
        Ok(())
    }
}

impl Program {
    /// A token of the account.
    pub fn log_in(&self) -> Result<String> {
        let answer = self.post("auth/login", None, &json!({"email": EMAIL, "password": PASSWORD}))?;
        Ok(answer["data"]["accessToken"].as_str().ok_or("login gave no token")?.to_owned())
    }

    /// A request in passing, below `/api/v1/`.
    pub fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let mut request =
            ureq::post(format!("http://{}/api/v1/{path}", self.address)).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let text = request.send(body.to_string())?.body_mut().read_to_string()?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Takes a step of the workflow with what has this version.
    pub fn act(&self, path: &str, token: &str, version: u32) -> Result<()> {
        let request = ureq::post(format!("http://{}/api/v1/{path}", self.address))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .header("if-match", format!("\"{version}\""));
        request.send("{}")?;
        Ok(())
    }

    /// What is answered to a reader at an address, below `/api/v1/` unless it begins with `/`; none where there is
    /// nothing of that kind.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        match ureq::get(format!("http://{}{}", self.address, absolute(path))).call() {
            Ok(mut answer) => Ok(Some(serde_json::from_str(&answer.body_mut().read_to_string()?).unwrap_or_default())),
            Err(ureq::Error::StatusCode(400 | 404)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// An address that begins with `/` as it is, and any other below `/api/v1/`.
pub fn absolute(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") }
}

/// The program lies beside this one: both were built by one command.
fn binary() -> Result<PathBuf> {
    let binary = std::env::current_exe()?.with_file_name("bantin");
    if !binary.exists() {
        return Err("there is no bantin beside this program: cargo build --release -p bantin-cli".into());
    }
    Ok(binary)
}

/// On PostgreSQL the program makes none itself.
fn make_secret_key(folder: &Path) -> Result<()> {
    let key = folder.join("data/secret.key");
    fs::create_dir_all(folder.join("data"))?;
    fs::write(&key, [7; 32])?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    Ok(())
}

/// Waits for the line of the log that says where it listens.
fn wait_for_address(process: &mut Child, log: &Path) -> Result<SocketAddr> {
    loop {
        let text = fs::read_to_string(log)?;
        for entry in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            if entry["message"] == "listening" {
                return Ok(entry["address"].as_str().unwrap_or_default().parse()?);
            }
        }
        if process.try_wait()?.is_some() {
            return Err(format!("the program ended before it answered:\n{text}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
