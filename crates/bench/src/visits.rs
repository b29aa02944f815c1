//! Counting visits: `POST /api/v1/visits`, acknowledged when the hit is on disk, each with a `hitId`.
//!
//! Every hit counts ([`Hits`]), so that the database can be asked afterwards whether each acknowledged
//! one is there, and none twice.

mod kills;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bantin_persistence::{
    connection::{Access, DbConnection, Opener},
    schema_visits,
};
use clap::ValueEnum;
use diesel::prelude::*;

use crate::{
    Result,
    bare::{Bare, Parsed, Recorded},
    database::Kind,
    hits::{ARTICLES, Hits, VISITORS},
    load::{self, Answer, Load, Measured},
    machine::{self, Cores, CpuMeter, Used, resident_megabytes},
    program::Site,
    report::{self, Table, median},
};

/// How many hits a second come in while reading is measured.
const BESIDE: f64 = 5_000.0;
/// How many connections bring them.
const BRINGERS: usize = 128;
/// How many read meanwhile.
const READERS: usize = 32;

/// What `visits` is told.
#[derive(clap::Args)]
pub struct Options {
    /// How many connections
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// How many seconds each run takes
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// How many runs; the one in the middle is reported
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Only this of it
    #[arg(long)]
    only: Option<Part>,
    /// Instead: kill the program so often on each database, and count what is lost or counted twice
    #[arg(long)]
    kills: Option<usize>,
}

/// What there is to measure.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// How many hits a second are taken.
    Ingest,
    /// Whether two nodes count together.
    Nodes,
    /// What hits cost who reads meanwhile.
    Reads,
}

/// `bantin-bench visits`.
pub fn run(options: &Options) -> Result<()> {
    match options.kills {
        Some(kills) => kills::run(kills),
        None => {
            for part in Part::value_variants().iter().filter(|part| options.only.is_none_or(|only| only == **part)) {
                match part {
                    Part::Ingest => ingest(options)?,
                    Part::Nodes => two_nodes(options)?,
                    Part::Reads => beside_reads(options)?,
                }
            }
            Ok(())
        }
    }
}

/// What one run came to.
struct Run {
    measured: Measured,
    cpu: Used,
    memory: f64,
}

/// How many hits a second become durable, against a server that only parses them.
fn ingest(options: &Options) -> Result<()> {
    let mut table = Table::new(&["hits", "a second", "p50 ms", "p99 ms", "CPU", "others", "MB", "of bare"]);
    for (kind, cores, name) in
        [(Kind::Sqlite, Cores::All, "SQLite, both cores"), (Kind::Postgres, Cores::One, "PostgreSQL, one core")]
    {
        let (mut runs, mut bare_runs) = (Vec::new(), Vec::new());
        for _ in 0..options.runs {
            let (run, bare) = measure(kind, cores, options)?;
            runs.push(run);
            bare_runs.push(bare);
        }
        let run = median(runs, |run| run.measured.rate())?;
        let bare = median(bare_runs, |run| run.measured.rate())?;
        table.row(row(name, &run, &bare));
        table.row(row(&format!("bare, beside {kind}"), &bare, &bare));
    }
    let remarks = [
        format!("{} connections; {VISITORS} visitors read {ARTICLES} articles.", options.connections),
        "After each run the page views in the database were as many as the hits acknowledged.".to_owned(),
        "CPU is that of server and database, of one core; others is what other programs took of the machine."
            .to_owned(),
    ];
    report::print("visits", &remarks, &table)
}

/// One run of the program on a fresh database, and one of the bare server.
fn measure(kind: Kind, cores: Cores, options: &Options) -> Result<(Run, Run)> {
    on_client_cores(cores)?;
    let site = Site::make(kind, cores)?;
    let program = site.serve(&[])?;
    let hits = Hits::on_articles_of(&program)?;
    let mut recorded = None;
    let mut acknowledged = 0;
    let run = drive(options, program.address, &site.processes(&program), &hits, 0, |answer| {
        if answer.status != 200 {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        if recorded.is_none() {
            recorded = Some(Recorded::of(answer)?);
        }
        acknowledged += 1;
        Ok(())
    })?;
    wait_until_counted(&site, acknowledged)?;
    drop(program);
    let bare = Bare::start(cores, site.folder(), &recorded.ok_or("nothing was answered")?, Some(Parsed::Hit))?;
    let bare_run = drive(options, bare.address, &[bare.process()], &hits, 0, |answer| match answer.status {
        200 => Ok(()),
        status => Err(format!("the bare server answered {status}").into()),
    })?;
    Ok((run, bare_run))
}

/// The client shares all cores with a server that has them all.
fn on_client_cores(cores: Cores) -> Result<()> {
    match cores {
        Cores::One => machine::pin_this_process(machine::client_core()?),
        Cores::All => machine::free_this_process(),
    }
}

/// Warms a server up, and then measures it. The hits are numbered from `first` on.
fn drive(
    options: &Options,
    address: SocketAddr,
    processes: &[u32],
    hits: &Hits,
    first: usize,
    mut answered: impl FnMut(&Answer<'_>) -> Result<()>,
) -> Result<Run> {
    let mut load = Load { address, connections: options.connections, duration: Duration::from_secs(1) };
    let mut number = first;
    let mut request = |bytes: &mut Vec<u8>| {
        hits.append_to(bytes, number);
        number += 1;
    };
    load::drive(&load, &mut request, &mut answered)?;
    load.duration = Duration::from_secs(options.seconds);
    let meter = CpuMeter::begin(processes)?;
    let measured = load::drive(&load, &mut request, &mut answered)?;
    let cpu = meter.cores()?;
    let memory = processes.first().map_or(Ok(0.0), |program| resident_megabytes(*program))?;
    Ok(Run { measured, cpu, memory })
}

fn row(name: &str, run: &Run, bare: &Run) -> Vec<String> {
    let rate = run.measured.rate();
    vec![
        name.to_owned(),
        format!("{rate:.0}"),
        format!("{:.2}", run.measured.percentile(0.5)),
        format!("{:.2}", run.measured.percentile(0.99)),
        format!("{:.0} %", run.cpu.measured * 100.0),
        format!("{:.0} %", run.cpu.elsewhere.max(0.0) * 100.0),
        format!("{:.0}", run.memory),
        format!("{:.3}", rate / bare.measured.rate()),
    ]
}

/// Whether two nodes on one PostgreSQL together count what they acknowledged.
fn two_nodes(options: &Options) -> Result<()> {
    on_client_cores(Cores::One)?;
    let site = Site::make(Kind::Postgres, Cores::One)?;
    let nodes = [site.serve(&[])?, site.serve(&[])?];
    let hits = Hits::on_articles_of(&nodes[0])?;
    let counts = std::thread::scope(|scope| {
        let halves: Vec<_> = nodes
            .iter()
            .enumerate()
            .map(|(node, program)| {
                let hits = &hits;
                scope.spawn(move || {
                    let mut acknowledged = 0;
                    drive(options, program.address, &[], hits, node * VISITORS * ARTICLES / 2, |answer| {
                        acknowledged += usize::from(answer.status == 200);
                        Ok(())
                    })
                    .map(|_| acknowledged)
                    .map_err(|error| error.to_string())
                })
            })
            .collect();
        halves.into_iter().map(|half| half.join().map_err(|_| "a client died".to_owned())?).collect::<Vec<_>>()
    });
    let counts = counts.into_iter().collect::<std::result::Result<Vec<usize>, String>>()?;
    let acknowledged: usize = counts.iter().sum();
    wait_until_counted(&site, acknowledged)?;
    println!("Two nodes on one PostgreSQL acknowledged {counts:?} hits, and the database counts {acknowledged}.\n");
    Ok(())
}

/// How much slower the public reads what was read before while [`BESIDE`] hits a second come in.
fn beside_reads(options: &Options) -> Result<()> {
    on_client_cores(Cores::One)?;
    let mut table =
        Table::new(&["reads", "alone, a second", "p99 ms", "beside hits, a second", "p99 ms", "hits a second", "less"]);
    for kind in Kind::ALL {
        let site = Site::make(kind, Cores::One)?;
        let program = site.serve(&[])?;
        let hits = Hits::on_articles_of(&program)?;
        let duration = Duration::from_secs(options.seconds);
        let mut brought = 0;
        let mut runs = Vec::new();
        for _ in 0..options.runs {
            let reading = Load { address: program.address, connections: READERS, duration };
            let alone = read(&reading)?;
            let load = Load { connections: BRINGERS, ..reading };
            let (beside, bringing) = std::thread::scope(|scope| {
                let bringing = scope.spawn(|| bring(&load, &hits, brought).map_err(|error| error.to_string()));
                let beside = read(&reading);
                let bringing = bringing.join().map_err(|_| "a client died".to_owned())??;
                Ok::<_, Box<dyn std::error::Error>>((beside?, bringing))
            })?;
            brought += bringing.answers();
            runs.push((alone, beside, bringing));
        }
        wait_until_counted(&site, brought)?;
        let (alone, beside, bringing) = median(runs, |(alone, beside, _)| beside.rate() / alone.rate())?;
        table.row(vec![
            kind.to_string(),
            format!("{:.0}", alone.rate()),
            format!("{:.2}", alone.percentile(0.99)),
            format!("{:.0}", beside.rate()),
            format!("{:.2}", beside.percentile(0.99)),
            format!("{:.0}", bringing.rate()),
            format!("{:.0} %", (1.0 - beside.rate() / alone.rate()) * 100.0),
        ]);
    }
    let remarks = [
        format!(
            "{READERS} connections read a list as fast as they can, and up to {BRINGERS} bring a hit each \
             {:.0} µs, whether or not the ones before are answered. Server and database have one core.",
            1e6 / BESIDE
        ),
        format!("A run with fewer than {BESIDE} hits a second says nothing: the machine had no room for them."),
    ];
    report::print("visits", &remarks, &table)
}

/// Reads the same list over and over.
fn read(load: &Load) -> Result<Measured> {
    let request = |bytes: &mut Vec<u8>| {
        bytes.extend_from_slice(b"GET /api/v1/articles?limit=10 HTTP/1.1\r\nhost: bench\r\n\r\n");
    };
    load::drive(load, request, |answer| match answer.status {
        200 => Ok(()),
        status => Err(format!("a read was answered {status}").into()),
    })
}

/// Brings hits, numbered from `first` on, each at its own time: one that is late makes none of the others late,
/// as long as a connection is free.
fn bring(load: &Load, hits: &Hits, first: usize) -> Result<Measured> {
    let begun = Instant::now();
    let mut number = 0;
    let request = |bytes: &mut Vec<u8>| {
        let due = Duration::from_secs_f64(number as f64 / BESIDE);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        hits.append_to(bytes, first + number);
        number += 1;
    };
    load::drive(load, request, |answer| match answer.status {
        200 => Ok(()),
        status => Err(format!("a hit was answered {status}").into()),
    })
}

/// Waits until the journal is folded, and holds the number against what was acknowledged.
fn wait_until_counted(site: &Site, acknowledged: usize) -> Result<()> {
    match settled(site)? {
        counted if counted == acknowledged => Ok(()),
        counted => Err(format!("{acknowledged} hits were acknowledged, {counted} are counted").into()),
    }
}

/// The page views in the database, once the program has folded its journal.
fn settled(site: &Site) -> Result<usize> {
    let begun = Instant::now();
    let journal = &mut Opener::new(site.database.url.parse()?, Access::Hits).open()?;
    let conn = &mut site.database.connect()?;
    loop {
        if unfolded(journal)? == 0 {
            let days = schema_visits::days::table.select(schema_visits::days::page_views).load::<i64>(conn)?;
            return Ok(usize::try_from(days.iter().sum::<i64>())?);
        }
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("the journal was not folded in a minute".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many batches nobody has counted yet.
fn unfolded(journal: &mut DbConnection) -> Result<i64> {
    Ok(schema_visits::journal::table.count().get_result(journal)?)
}
