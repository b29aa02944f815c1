//! Searching: whether what readers mean is found, and how long they wait for it.

use std::{fmt::Write, time::Duration};

use serde_json::Value;

use crate::{
    Result,
    database::Kind,
    fill::fill,
    generated::Generator,
    load::{self, Load},
    machine::Cores,
    program::Site,
    report::{self, Table},
};

/// How many of the commonest words are asked for.
const COMMONEST: usize = 20;

/// What `search` is told.
#[derive(clap::Args)]
pub struct Options {
    /// How many articles
    #[arg(long, default_value_t = 100_000)]
    articles: usize,
    /// How often each query is asked
    #[arg(long, default_value_t = 20)]
    times: usize,
    /// The quality alone
    #[arg(long)]
    only_quality: bool,
    /// The times alone
    #[arg(long)]
    only_times: bool,
}

/// `bantin-bench search`.
pub fn run(options: &Options) -> Result<()> {
    if !options.only_times {
        println!("{}", bantin_tests::quality::report());
    }
    if options.only_quality {
        return Ok(());
    }
    let generator = Generator::new()?;
    let common: Vec<String> = generator.commonest(COMMONEST).map(str::to_owned).collect();
    let mut table = Table::new(&["search", "queries", "p50 ms", "p99 ms", "worst ms"]);
    for kind in Kind::ALL {
        let site = Site::make(kind, Cores::One)?;
        fill(&site.database, options.articles, true)?;
        let program = site.serve(&[])?;
        let queries = queries()?;
        let all: Vec<String> = queries.iter().chain(&common).cloned().collect();
        for (name, queries) in [("queries.jsonl", &queries), ("commonest words", &common), ("both", &all)] {
            let times = times(program.address, queries, options.times)?;
            let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last());
            table.row(vec![
                format!("{kind}, {name}"),
                queries.len().to_string(),
                format!("{:.1}", at(0.5).map_or(0.0, |one| one.0)),
                format!("{:.1}", at(0.99).map_or(0.0, |one| one.0)),
                format!("{:.1} ({})", times.last().map_or(0.0, |one| one.0), times.last().map_or("", |one| &one.1)),
            ]);
        }
    }
    let remarks = [
        format!("{} articles; each query asked {} times, one at a time.", options.articles, options.times),
        "The server and its database have one core. Nothing is answered from a cache: no query is asked twice in a \
         row, and each carries another page size."
            .to_owned(),
    ];
    report::print("search", &remarks, &table)
}

/// How long each query took, in milliseconds, the fastest first.
fn times(address: std::net::SocketAddr, queries: &[String], times: usize) -> Result<Vec<(f64, String)>> {
    let mut all = Vec::new();
    for round in 0..times {
        for query in queries {
            let request = |bytes: &mut Vec<u8>| {
                // Another size of the page each time is another address for a cache.
                let path = format!("/api/v1/search?locale=vi&limit={}&q={}", 20 + round, encoded(query));
                bytes.extend_from_slice(format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").as_bytes());
            };
            let load = Load { address, connections: 1, duration: Duration::ZERO };
            let measured = load::drive(&load, request, |answer| match answer.status {
                200 => Ok(()),
                status => Err(format!("{query}: {status}").into()),
            })?;
            all.push((measured.percentile(1.0), query.clone()));
        }
    }
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    Ok(all)
}

/// What readers type, of the graded queries.
pub fn queries() -> Result<Vec<String>> {
    let lines = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/queries.jsonl"))?;
    let query = |line: &str| {
        let query: Value = serde_json::from_str(line)?;
        Ok(query["q"].as_str().ok_or("a query without a text")?.to_owned())
    };
    lines.lines().map(query).collect()
}

/// Text in a URL.
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => url.push(char::from(byte)),
            // Writing into a text cannot fail.
            other => drop(write!(url, "%{other:02X}")),
        }
        url
    })
}
