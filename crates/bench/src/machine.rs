//! The machine: what it is, who runs on which core, and what that costs.

use std::{
    fs,
    process::{Command, id},
    time::Instant,
};

use crate::Result;

/// Which cores a server may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// One for it and its database; the client has another.
    One,
    /// All, which it then shares with the client.
    All,
}

impl Cores {
    /// As `taskset` is told.
    fn list(self) -> String {
        match self {
            Self::One => "0".to_owned(),
            Self::All => format!("0-{}", how_many().saturating_sub(1)),
        }
    }
}

/// How many parts of a second `/proc` counts CPU time in; 100 on every Linux that we know of.
const TICKS: f64 = 100.0;

/// How many the machine has, whichever of them this process may use.
fn how_many() -> usize {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpu.lines().filter(|line| line.starts_with("processor")).count()
}

/// Where the client runs: another core than the server, or it would measure itself.
pub fn client_core() -> Result<usize> {
    match how_many() {
        0 | 1 => Err("two cores are needed: one for the server and its database, one for the client".into()),
        cores => Ok(cores - 1),
    }
}

/// Keeps this process on one core.
pub fn pin_this_process(core: usize) -> Result<()> {
    run(Command::new("taskset").args(["-a", "-c", "-p", &core.to_string(), &id().to_string()]))?;
    Ok(())
}

/// Gives this process all cores again.
pub fn free_this_process() -> Result<()> {
    run(Command::new("taskset").args(["-a", "-c", "-p", &Cores::All.list(), &id().to_string()]))?;
    Ok(())
}

/// A program on its cores, which ends when this process does, however it ends.
pub fn on_cores(cores: Cores, program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "-c", &cores.list(), program]);
    command
}

/// Runs a command to its end; its output.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// What the numbers were measured on, in one line.
pub fn shape() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let memory = kilobytes("/proc/meminfo", "MemTotal:")? / 1024 / 1024;
    Ok(format!(
        "{} cores ({}), {memory} GiB of memory, Linux {}",
        how_many(),
        model.trim_start_matches([' ', '\t', ':']),
        fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
    ))
}

/// The memory that a process and its children have in the machine, in MB. What they share counts for each.
pub fn resident_megabytes(process: u32) -> Result<f64> {
    let mut sum = 0;
    for process in family(process) {
        // A child may have ended since it was listed.
        sum += kilobytes(&format!("/proc/{process}/status"), "VmRSS:").unwrap_or(0);
    }
    Ok(sum as f64 / 1024.0)
}

/// Measures what share of one core some processes and their children use, and how much goes elsewhere.
pub struct CpuMeter {
    processes: Vec<u32>,
    begun: Instant,
    used: Used,
}

/// Seconds of CPU time, or seconds in a second, which is cores.
#[derive(Clone, Copy)]
pub struct Used {
    /// By the processes that are measured.
    pub measured: f64,
    /// By everybody but them and the client: others at work on this machine spoil what is measured.
    pub elsewhere: f64,
}

impl CpuMeter {
    /// Begins to measure.
    pub fn begin(processes: &[u32]) -> Result<Self> {
        let processes = processes.to_vec();
        Ok(Self { begun: Instant::now(), used: used(&processes)?, processes })
    }

    /// The cores used since then.
    pub fn cores(&self) -> Result<Used> {
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        let now = used(&self.processes)?;
        Ok(Used {
            measured: (now.measured - self.used.measured) / seconds,
            elsewhere: (now.elsewhere - self.used.elsewhere) / seconds,
        })
    }
}

fn used(processes: &[u32]) -> Result<Used> {
    let measured = cpu_seconds(processes)?;
    let stat = fs::read_to_string("/proc/stat")?;
    let all: Vec<f64> =
        stat.lines().next().unwrap_or_default().split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, (idle, iowait,) irq, softirq, steal.
    let busy: f64 = [0, 1, 2, 5, 6, 7].iter().filter_map(|&field: &usize| all.get(field)).sum();
    Ok(Used { measured, elsewhere: busy / TICKS - measured - cpu_seconds(&[id()])? })
}

/// The CPU time of processes, and of their children that live or have ended.
fn cpu_seconds(processes: &[u32]) -> Result<f64> {
    let mut ticks = 0.0;
    for process in processes {
        for member in family(*process) {
            let Ok(stat) = fs::read_to_string(format!("/proc/{member}/stat")) else { continue };
            // The name stands in brackets and may hold anything; behind it, user and system time, the
            // process's own and that of its ended children, are fields 14 to 17 of all.
            let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(4);
            ticks += fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
        }
    }
    Ok(ticks / TICKS)
}

/// A process and its living children.
fn family(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    std::iter::once(process).chain(children).collect()
}

fn kilobytes(file: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("{file} has no {name}"))?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
