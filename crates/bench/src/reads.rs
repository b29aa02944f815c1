//! Reading: what the public asks for, of a site with many articles.
//!
//! A *hit* is an answer that the program has given before, a *miss* one that it makes anew: for those
//! its cache is switched off. Beside each stands a bare server that gives the same status, headers and
//! body, driven by the same client.

use std::{net::SocketAddr, time::Duration};

use crate::{
    Result,
    bare::{Bare, Recorded},
    database::Kind,
    fill::{fill, slug_of},
    load::{self, Load, Measured},
    machine::{Cores, CpuMeter, Used, resident_megabytes},
    program::{Program, Site, absolute},
    report::{self, Table, median},
    search::{encoded, queries},
};

/// The list of the front page, as the contract's example asks for it.
const LIST: &str = "articles?limit=10&fields=title,slug,summary,byline,publishedAt,category";
/// The feed of all articles.
const FEED: &str = "/feeds/articles.atom";
/// The setting that says how much the cache may hold.
const CACHE: &str = "BANTIN_CACHE_MB";
/// What it says if nobody sets it.
const CACHE_MEGABYTES: usize = 64;

/// What `reads` is told.
#[derive(clap::Args)]
pub struct Options {
    /// How many articles
    #[arg(long, default_value_t = 2_000)]
    articles: usize,
    /// Without the documents of the search, which take longest to load
    #[arg(long)]
    without_search: bool,
    /// On SQLite only
    #[arg(long)]
    only_sqlite: bool,
    /// Only the rows whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// How many connections
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How many seconds each run takes
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How many runs; the one in the middle is reported
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

impl Options {
    /// The same with runs of so many seconds.
    fn lasting(&self, seconds: u64) -> Self {
        Self { only: self.only.clone(), seconds, ..*self }
    }
}

/// What is asked, one after the other.
struct Questions {
    name: String,
    paths: Vec<String>,
    header: Option<String>,
}

/// What one run came to.
struct Run {
    measured: Measured,
    cpu: Used,
    bytes: usize,
}

/// `bantin-bench reads`.
pub fn run(options: &Options) -> Result<()> {
    let kinds: &[Kind] = if options.only_sqlite { &[Kind::Sqlite] } else { &Kind::ALL };
    for kind in kinds {
        measure_kind(*kind, options)?;
    }
    Ok(())
}

fn measure_kind(kind: Kind, options: &Options) -> Result<()> {
    let site = Site::make(kind, Cores::One)?;
    fill(&site.database, options.articles, !options.without_search)?;
    let has_cache = site.knows_setting("cache_mb")?;
    let mut table = Table::new(&["reads", "a second", "p50 ms", "p99 ms", "CPU", "others", "bytes", "bare", "of bare"]);
    let mut remarks = vec![format!("{kind}, {} articles, {} connections.", options.articles, options.connections)];

    // The first start of all finds a database that is still busy with what it was just filled with.
    let starts = (0..options.runs).map(|_| Ok(site.serve(&[])?.started_in)).collect::<Result<Vec<_>>>()?;
    let program = site.serve(&[])?;
    let idle = resident(&site, &program)?;
    remarks.push(format!(
        "From the start to the first answer: {:.0} ms. Resident, idle: {idle:.0} MB.",
        median(starts, Duration::as_secs_f64)?.as_secs_f64() * 1e3
    ));
    let hits = hits(&program, has_cache)?;
    for questions in hits.iter().filter(|questions| questions.name.contains(&options.only)) {
        table.row(row(&site, &program, questions, options)?);
    }
    if has_cache {
        fill_cache(&site, &program, options)?;
        remarks.push(format!(
            "Resident once its cache of {CACHE_MEGABYTES} MB was full: {:.0} MB.",
            resident(&site, &program)?
        ));
    }
    drop(program);

    let without_cache = [(CACHE, "0")];
    let program = site.serve(if has_cache { &without_cache } else { &[] })?;
    for questions in misses(&program, options)?.iter().filter(|questions| questions.name.contains(&options.only)) {
        table.row(row(&site, &program, questions, options)?);
    }
    report::print(&format!("reads --articles {}", options.articles), &remarks, &table)
}

fn resident(site: &Site, program: &Program) -> Result<f64> {
    site.processes(program).first().map_or(Ok(0.0), |process| resident_megabytes(*process))
}

/// Has so many long lists made, each another, that the cache cannot hold them all; then asks for what it holds.
fn fill_cache(site: &Site, program: &Program, options: &Options) -> Result<()> {
    let longest = 100.min(options.articles);
    let lists = (1..=longest).rev().flat_map(|limit| {
        let pages = (options.articles / limit).min(100);
        (1..=pages).map(move |page| format!("articles?limit={limit}&page={page}"))
    });
    let every = Questions { name: "every list".to_owned(), paths: lists.collect(), header: None };
    let mut held = 0;
    while held < 2 * CACHE_MEGABYTES {
        let (run, _) = drive(program.address, &site.processes(program), &every, &options.lasting(4))?;
        held += run.measured.answers() * run.bytes / 1_000_000;
    }
    let front = Questions { name: "list hit".to_owned(), paths: vec![list(program)?], header: None };
    drive(program.address, &site.processes(program), &front, options)?;
    Ok(())
}

/// The front page, one article, and one that the reader has already.
fn hits(program: &Program, has_cache: bool) -> Result<Vec<Questions>> {
    let detail = format!("articles/{}", slug_of(0));
    let tag = ureq::get(format!("http://{}/api/v1/{detail}", program.address)).call()?;
    let tag = tag.headers().get("etag").and_then(|tag| tag.to_str().ok()).ok_or("an answer without an ETag")?;
    let known = Questions {
        name: "304".to_owned(),
        paths: vec![detail.clone()],
        header: Some(format!("if-none-match: {tag}\r\n")),
    };
    if !has_cache {
        return Ok(vec![known]);
    }
    let one = |name: &str, path: String| Questions { name: name.to_owned(), paths: vec![path], header: None };
    Ok(vec![one("list hit", list(program)?), one("detail hit", detail), known, one("feed hit", FEED.to_owned())])
}

/// The list with the members that a front page shows, or with all where they cannot be chosen.
fn list(program: &Program) -> Result<String> {
    Ok(if program.get(LIST)?.is_some() { LIST.to_owned() } else { "articles?limit=10".to_owned() })
}

fn misses(program: &Program, options: &Options) -> Result<Vec<Questions>> {
    let count = options.articles;
    // Far from each other, so that no page of the database serves two in a row.
    let spread: Vec<usize> = (0..1_000).map(|place| place * 7_919 % count).collect();
    let details: Vec<String> = spread.iter().map(|number| format!("articles/{}", slug_of(*number))).collect();
    let prints = details.iter().map(|path| format!("{path}/print")).collect();
    let searches = queries()?.iter().map(|query| format!("search?locale=vi&q={}", encoded(query))).collect();
    let (depth, deep) = deep(program, count)?;
    let list = list(program)?;
    let all = [
        ("list miss".to_owned(), vec![list.clone()]),
        ("detail miss".to_owned(), details),
        ("page 100".to_owned(), vec![format!("{list}&page=100")]),
        (format!("page {depth} by cursor"), vec![deep]),
        ("archive".to_owned(), vec!["articles/archive".to_owned()]),
        ("print".to_owned(), prints),
        ("feed miss".to_owned(), vec![FEED.to_owned()]),
        ("search".to_owned(), searches),
    ];
    let mut there = Vec::new();
    for (name, paths) in all {
        let is_there = paths.first().map_or(Ok(None), |path| program.get(path))?.is_some();
        match is_there && !(name == "search" && options.without_search) {
            true => there.push(Questions { name, paths, header: None }),
            false => println!("{name}: not measured, there is no such answer."),
        }
    }
    Ok(there)
}

/// A list of 20 from far inside, by its cursor: the 10,000th page, or the one in the middle of fewer.
fn deep(program: &Program, count: usize) -> Result<(usize, String)> {
    let pages = (count / 20 / 2).min(10_000);
    let mut path = "articles?limit=100".to_owned();
    for _ in 0..pages / 5 {
        let answer = program.get(&path)?.ok_or("no list")?;
        let cursor = answer["page"]["next"].as_str().ok_or("no next page")?.to_owned();
        path = format!("articles?limit=100&cursor={}", encoded(&cursor));
    }
    Ok((pages, path.replace("limit=100", "limit=20")))
}

/// Measures the program, and a bare server with the program's own answer.
fn row(site: &Site, program: &Program, questions: &Questions, options: &Options) -> Result<Vec<String>> {
    let mut pairs = Vec::new();
    for _ in 0..options.runs {
        let (run, recorded) = drive(program.address, &site.processes(program), questions, options)?;
        let bare = Bare::start(Cores::One, site.folder(), &recorded, None)?;
        pairs.push((run, drive(bare.address, &[bare.process()], questions, options)?.0));
    }
    // What else uses the machine comes and goes by the minute: the two of a pair had the same of it.
    let (run, bare) = median(pairs, |(run, bare)| run.measured.rate() / bare.measured.rate())?;
    let (rate, bare_rate) = (run.measured.rate(), bare.measured.rate());
    Ok(vec![
        questions.name.clone(),
        format!("{rate:.0}"),
        format!("{:.2}", run.measured.percentile(0.5)),
        format!("{:.2}", run.measured.percentile(0.99)),
        format!("{:.0} %", run.cpu.measured * 100.0),
        format!("{:.0} %", run.cpu.elsewhere.max(0.0) * 100.0),
        run.bytes.to_string(),
        format!("{bare_rate:.0}"),
        format!("{:.4}", rate / bare_rate),
    ])
}

/// Warms a server up, and then measures it; with the answer of a typical size.
fn drive(address: SocketAddr, processes: &[u32], questions: &Questions, options: &Options) -> Result<(Run, Recorded)> {
    let requests: Vec<Vec<u8>> = questions
        .paths
        .iter()
        .map(|path| {
            let header = questions.header.as_deref().unwrap_or_default();
            format!("GET {} HTTP/1.1\r\nhost: bench\r\n{header}\r\n", absolute(path)).into_bytes()
        })
        .collect();
    let mut next = 0;
    let mut request = |bytes: &mut Vec<u8>| {
        bytes.extend_from_slice(requests.get(next % requests.len()).map_or(&[], Vec::as_slice));
        next += 1;
    };
    let expected = if questions.header.is_some() { 304 } else { 200 };
    let (mut recorded, mut bytes, mut answers) = (None, 0, 0);
    let mut answered = |answer: &load::Answer<'_>| {
        if answer.status != expected {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        answers += 1;
        bytes += answer.body.len();
        // One near the mean stands for all.
        if recorded.is_none() || (answers < 500 && answer.body.len().abs_diff(bytes / answers) < 64) {
            recorded = Some(Recorded::of(answer)?);
        }
        Ok(())
    };
    let mut load = Load { address, connections: options.connections, duration: Duration::from_millis(500) };
    load::drive(&load, &mut request, &mut answered)?;
    load.duration = Duration::from_secs(options.seconds);
    let meter = CpuMeter::begin(processes)?;
    let measured = load::drive(&load, &mut request, &mut answered)?;
    let cpu = meter.cores()?;
    let mean = bytes / answers.max(1);
    Ok((Run { measured, cpu, bytes: mean }, recorded.ok_or("nothing was answered")?))
}
