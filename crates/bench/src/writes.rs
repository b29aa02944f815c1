//! Creating articles: `POST /api/v1/editorial/articles`, each with an `Idempotency-Key` and the text of
//! a real Vietnamese article, acknowledged when it is on disk.

use std::{collections::HashSet, time::Duration};

use diesel::{RunQueryDsl, sql_query, sql_types::Text};
use serde_json::{Value, json};

use crate::{
    Result,
    bare::{Bare, Parsed, Recorded},
    database::Kind,
    load::{self, Load, Measured},
    machine::{Cores, CpuMeter, Used, resident_megabytes},
    program::Site,
    report::{self, Table, median},
};

/// What the best peer writes in a second on such a machine, without revision, audit entry or
/// idempotency record: Payload.
const BEST_PEER: f64 = 166.0;

/// What `writes` is told.
#[derive(clap::Args)]
pub struct Options {
    /// How many connections
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How many seconds each run takes
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How many runs; the one in the middle is reported
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// What one run came to.
struct Run {
    measured: Measured,
    cpu: Used,
    memory: f64,
}

/// `bantin-bench writes`.
pub fn run(options: &Options) -> Result<()> {
    let articles = articles()?;
    let bytes: usize = articles.iter().map(|article| article["body"]["value"].as_str().map_or(0, str::len)).sum();
    let mut table =
        Table::new(&["creates", "a second", "p50 ms", "p99 ms", "CPU", "others", "MB", "x best peer", "of bare"]);
    for kind in Kind::ALL {
        let (mut runs, mut bare_runs) = (Vec::new(), Vec::new());
        for _ in 0..options.runs {
            let (run, bare) = measure(kind, options, &articles)?;
            runs.push(run);
            bare_runs.push(bare);
        }
        let run = median(runs, |run| run.measured.rate())?;
        let bare = median(bare_runs, |run| run.measured.rate())?;
        table.row(row(&kind.to_string(), &run, &bare));
        table.row(row(&format!("bare, beside {kind}"), &bare, &bare));
    }
    let remarks = [
        format!("{} connections, bodies of {} bytes on average.", options.connections, bytes / articles.len().max(1)),
        "Server and database on one core, client on another; every 201 was found in the database.".to_owned(),
        "CPU is that of server and database, of one core; others is what other programs took of the machine."
            .to_owned(),
    ];
    report::print("writes", &remarks, &table)
}

/// One run of the program on a fresh database, and one of the bare server.
fn measure(kind: Kind, options: &Options, articles: &[Value]) -> Result<(Run, Run)> {
    let site = Site::make(kind, Cores::One)?;
    let program = site.serve(&[])?;
    let token = program.log_in()?;
    let category = program.post("editorial/categories", Some(&token), &json!({"name": "Hoạt động KH&CN"}))?;
    let requests = requests(articles, &token, category["data"]["id"].as_str().ok_or("a category without an id")?);
    let (mut acknowledged, mut recorded) = (Vec::new(), None);
    let run = drive(options, program.address, &site.processes(&program), &requests, |answer| {
        if answer.status != 201 {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        if recorded.is_none() {
            recorded = Some(Recorded::of(answer)?);
        }
        acknowledged.push(id_in(answer.body)?);
        Ok(())
    })?;
    check(&site, &acknowledged)?;
    let bare = Bare::start(Cores::One, site.folder(), &recorded.ok_or("nothing was answered")?, Some(Parsed::Article))?;
    let bare_run = drive(options, bare.address, &[bare.process()], &requests, |answer| match answer.status {
        201 => Ok(()),
        status => Err(format!("the bare server answered {status}").into()),
    })?;
    Ok((run, bare_run))
}

/// Warms a server up, and then measures it.
fn drive(
    options: &Options,
    address: std::net::SocketAddr,
    processes: &[u32],
    requests: &[Request],
    mut answered: impl FnMut(&load::Answer<'_>) -> Result<()>,
) -> Result<Run> {
    let mut load = Load { address, connections: options.connections, duration: Duration::from_secs(1) };
    let mut number = 0;
    let mut request = |bytes: &mut Vec<u8>| {
        if let Some(request) = requests.get(number % requests.len()) {
            request.append_to(bytes, number);
        }
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
        format!("{:.1}", rate / BEST_PEER),
        format!("{:.3}", rate / bare.measured.rate()),
    ]
}

/// The articles of the demo, as a client writes them. Each goes on in the text of the next one, since
/// what an office writes is about twice as long.
fn articles() -> Result<Vec<Value>> {
    let corpus = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/articles.jsonl"))?;
    let corpus: Vec<Value> = corpus.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?;
    let pairs = corpus.iter().zip(corpus.iter().cycle().skip(1));
    let article = |(article, next): (&Value, &Value)| {
        let blocks = [article, next].into_iter().filter_map(|article| article["body"].as_array()).flatten();
        json!({
            "title": article["title"],
            "summary": article["summary"],
            "byline": article["byline"],
            "locale": article["locale"],
            "body": {"format": "html", "value": blocks.filter_map(html).collect::<String>()},
        })
    };
    Ok(pairs.map(article).collect())
}

fn html(block: &Value) -> Option<String> {
    let text = block["text"].as_str()?.replace('&', "&amp;").replace('<', "&lt;");
    Some(match block["type"].as_str()? {
        "heading" => format!("<h2>{text}</h2>"),
        "quote" => format!("<blockquote><p>{text}</p></blockquote>"),
        _ => format!("<p>{text}</p>"),
    })
}

/// Stands for the number of a request: in its key, and in its title, since an office does not write the
/// same title again and again (and the program would look for a free address longer each time).
const NUMBER: &str = "{number}";
const DIGITS: usize = 8;

/// The bytes of a request, cut where its number stands.
struct Request(Vec<Vec<u8>>);

impl Request {
    fn append_to(&self, bytes: &mut Vec<u8>, number: usize) {
        for (place, piece) in self.0.iter().enumerate() {
            if place > 0 {
                bytes.extend_from_slice(format!("{number:0DIGITS$}").as_bytes());
            }
            bytes.extend_from_slice(piece);
        }
    }
}

fn requests(articles: &[Value], token: &str, category: &str) -> Vec<Request> {
    let request = |article: &Value| {
        let mut article = article.clone();
        article["title"] = json!(format!("{} {NUMBER}", article["title"].as_str().unwrap_or_default()));
        article["categoryId"] = json!(category);
        let body = article.to_string();
        let length = body.len() - NUMBER.len() + DIGITS;
        let text = format!(
            "POST /api/v1/editorial/articles HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\
             idempotency-key: bench-article-{NUMBER}\r\n\r\n{body}"
        );
        Request(text.split(NUMBER).map(|piece| piece.as_bytes().to_vec()).collect())
    };
    articles.iter().map(request).collect()
}

/// The id of what was made: the first in the answer.
fn id_in(body: &[u8]) -> Result<String> {
    let answer: Id = serde_json::from_slice(body)?;
    Ok(answer.data.id)
}

#[derive(serde::Deserialize)]
struct Id {
    data: Data,
}

#[derive(serde::Deserialize)]
struct Data {
    id: String,
}

/// Looks for everything that was acknowledged: the article, and its first revision.
fn check(site: &Site, acknowledged: &[String]) -> Result<()> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        id: String,
    }
    let conn = &mut site.database.connect()?;
    let id = match conn {
        bantin_persistence::connection::DbConnection::Sqlite(_) => "lower(hex(items.id))",
        bantin_persistence::connection::DbConnection::Postgres(_) => "replace(items.id::text, '-', '')",
    };
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {id} AS id FROM items JOIN revisions ON revisions.item_id = items.id AND revisions.number = 1"
    ))
    .load(conn)?;
    let kept: HashSet<String> = rows.into_iter().map(|row| row.id).collect();
    let distinct: HashSet<String> = acknowledged.iter().map(|id| id.replace('-', "")).collect();
    let lost = distinct.difference(&kept).count();
    if lost > 0 || distinct.len() != acknowledged.len() || kept.len() != acknowledged.len() {
        let (said, kept) = (acknowledged.len(), kept.len());
        return Err(format!("{said} creates were acknowledged, {kept} articles are there, {lost} are lost").into());
    }
    Ok(())
}
