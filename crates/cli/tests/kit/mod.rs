//! Running the binary: in a folder of its own, without the environment of who runs the tests.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The working directory of a test.
pub struct Folder(TempDir);

/// One run of the binary, not begun yet.
pub struct Run(Command);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::Builder::new().prefix("bantin-cli-").tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn is_empty(&self) -> bool {
        fs::read_dir(self.path()).unwrap().next().is_none()
    }

    /// Puts a key where the program looks for it, as PostgreSQL needs it.
    pub fn make_secret_key(&self) {
        let path = self.path().join("data/secret.key");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, [7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The binary with these arguments, which hold no spaces.
    pub fn bantin(&self, arguments: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments.split(' ')).current_dir(self.path()).env_clear();
        Run(command)
    }

    /// Serves on a free port, once it answers.
    pub fn serve(&self, command: &str) -> Server {
        self.serve_with(command, &[])
    }

    pub fn serve_with(&self, command: &str, settings: &[(&str, &str)]) -> Server {
        let mut command = self.bantin(command).0;
        command.env("BANTIN_LISTEN", "127.0.0.1:0").env("BANTIN_METRICS_LISTEN", "off");
        // A test asks as often as it must: one network is all it has.
        command
            .env("BANTIN_RATE_LIMIT_PUBLIC", "0")
            .env("BANTIN_RATE_LIMIT_VISITS", "0")
            .envs(settings.iter().copied());
        let printed = tempfile::NamedTempFile::new().unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(File::create(printed.path()).unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let log = Arc::new(Mutex::new(String::new()));
        let (base, metrics) = loop {
            let Some(line) = stderr.next() else {
                panic!("it ended before it answered:\n{}", log.lock().unwrap());
            };
            log.lock().unwrap().push_str(&format!("{line}\n"));
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["message"] == "listening" {
                let url = |name: &str| entry[name].as_str().map(|address| format!("http://{address}"));
                break (url("address").unwrap(), url("metrics"));
            }
        };
        // Read on: a pipe that nobody empties would stop the server once it is full.
        let kept = Arc::clone(&log);
        let reader =
            std::thread::spawn(move || stderr.for_each(|line| kept.lock().unwrap().push_str(&format!("{line}\n"))));
        Server { child, base, metrics, printed, log, reader: Some(reader) }
    }
}

impl Run {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it with that standard input.
    fn output(&mut self, input: &str) -> Output {
        self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.0.spawn().unwrap();
        // A program that refuses before it reads closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// What it prints when it is told that.
    #[track_caller]
    pub fn says(&mut self, input: &str) -> String {
        let output = self.output(input);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub fn succeeds(&mut self) -> String {
        self.says("")
    }

    /// The lines of its refusal.
    #[track_caller]
    pub fn fails(&mut self, input: &str) -> Vec<String> {
        let output = self.output(input);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap().lines().map(ToOwned::to_owned).collect()
    }

    #[track_caller]
    pub fn fails_with_one_line(&mut self) -> String {
        let lines = self.fails("");
        assert_eq!(lines.len(), 1, "{lines:#?}");
        lines[0].clone()
    }
}

/// A running server, killed when it is dropped.
pub struct Server {
    child: Child,
    base: String,
    /// Where it answers who measures, if it does.
    pub metrics: Option<String>,
    printed: tempfile::NamedTempFile,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it answers.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What a person was told.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.printed.path()).unwrap()
    }

    /// What was logged so far; all of it, once the server has ended.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        get(&format!("{}{path}", self.base))
    }

    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let (status, text) = self.get(path);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The status of a login.
    pub fn log_in(&self, email: &str, password: &str) -> u16 {
        let body = json!({"email": email, "password": password}).to_string();
        let url = format!("{}/api/v1/auth/login", self.base);
        agent().post(&url).header("content-type", "application/json").send(body).unwrap().status().as_u16()
    }

    /// Ends it by a signal; the code it ends with.
    pub fn end_by(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args(["-s", signal, &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        status.code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

pub fn get(url: &str) -> (u16, String) {
    let mut answer = agent().get(url).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

/// The keys of a list, by kid.
pub fn keys(printed: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| line.split_once("  ").map(|(kid, state)| (kid.to_owned(), state.to_owned()));
    printed.lines().filter_map(pair).collect()
}

/// Who may log in to a demo, the admin first.
pub fn credentials(printed: &str) -> Vec<(String, String)> {
    let rows = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|row| match row.as_slice() {
        [_, email, password] if email.contains('@') => Some(((*email).to_owned(), (*password).to_owned())),
        _ => None,
    })
    .collect()
}
