//! A PostgreSQL server of a benchmark's own, as durable as one that serves: its settings are the
//! defaults, so a commit waits for the disk.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    Result,
    machine::{Cores, on_cores, run},
};

/// A running server. Ends, with its data, when it is dropped.
pub struct Postgres {
    process: Child,
    home: tempfile::TempDir,
}

impl Postgres {
    /// Starts one on an empty cluster, on the server's core.
    pub fn start() -> Result<Self> {
        let programs = run(Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres")).arg("find"))?;
        let programs = Path::new(programs.trim());
        // Not below $TMPDIR: the path of a socket has 107 bytes at most.
        let home = tempfile::Builder::new().prefix("bantin-bench-").tempdir_in("/tmp")?;
        let data = home.path().join("data");
        // The server refuses to run as root, so as root it runs as the user that its package has made.
        let is_root = run(Command::new("id").arg("-u"))?.trim() == "0";
        if is_root {
            run(Command::new("chown").arg("postgres").arg(home.path()))?;
        }
        let as_server = |program: &str| {
            let mut command = on_cores(Cores::One, if is_root { "setpriv" } else { "env" });
            if is_root {
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "KILL"]);
            }
            command.arg(programs.join(program)).current_dir(home.path());
            command
        };
        run(as_server("initdb")
            .args(["--username=bantin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "-D"])
            .arg(&data))?;
        let process = as_server("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(home.path())
            .args(["-c", "listen_addresses="])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(home.path().join("log"))?)
            .spawn()?;
        let mut server = Self { process, home };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=bantin", self.home.path().display())
    }

    /// Its first process, whose children are the others.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// The server writes "ready" into its pid file when it takes connections; `pg_ctl` waits for the same.
    fn wait_until_ready(&mut self) -> Result<()> {
        let file = self.home.path().join("data/postmaster.pid");
        loop {
            if std::fs::read_to_string(&file).is_ok_and(|text| text.lines().any(|line| line.starts_with("ready"))) {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() {
                let log = std::fs::read_to_string(self.home.path().join("log"))?;
                return Err(format!("PostgreSQL did not start:\n{log}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // QUIT is its immediate shutdown: the data are about to go anyway.
        let _ = run(Command::new("kill").args(["-QUIT", &self.process.id().to_string()]));
        let _ = self.process.wait();
    }
}
