//! The yardstick: an actix server that gives the program's own answer and does nothing for it, or
//! nothing but parse the request's body.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    web,
};
use serde::{Deserialize, Serialize};

use crate::{
    Result,
    load::Answer,
    machine::{Cores, on_cores},
    program::Killed,
};

/// What `bare` is told.
#[derive(clap::Args)]
pub struct Options {
    /// A file with the answer to give
    #[arg(long)]
    answer: PathBuf,
    /// Parse the body first
    #[arg(long)]
    parse: Option<Parsed>,
}

/// What a body is parsed as, by a handler without any further thought.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Parsed {
    /// An article that a client writes.
    Article,
    /// A hit.
    Hit,
}

impl Parsed {
    fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Hit => "hit",
        }
    }
}

/// An answer of the program, to be given again.
#[derive(Clone, Serialize, Deserialize)]
pub struct Recorded {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Recorded {
    /// Keeps an answer, but for the headers that a server makes itself.
    pub fn of(answer: &Answer<'_>) -> Result<Self> {
        let headers = std::str::from_utf8(answer.head)?.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        let own = ["content-length", "date", "connection"];
        Ok(Self {
            status: answer.status,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .filter(|(name, _)| !own.contains(&name.as_str()))
                .collect(),
            body: answer.body.to_vec(),
        })
    }
}

/// A running bare server.
pub struct Bare {
    process: Killed,
    /// Where it answers.
    pub address: SocketAddr,
}

impl Bare {
    /// Starts one that gives this answer. `folder` is where it is written down.
    pub fn start(cores: Cores, folder: &Path, answer: &Recorded, parse: Option<Parsed>) -> Result<Self> {
        let file = folder.join("answer.json");
        fs::write(&file, serde_json::to_vec(answer)?)?;
        let mut command = on_cores(cores, &std::env::current_exe()?.to_string_lossy());
        command.arg("bare").arg("--answer").arg(&file);
        if let Some(parse) = parse {
            command.args(["--parse", parse.name()]);
        }
        let mut process = Killed(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        let mut address = String::new();
        BufReader::new(process.0.stdout.take().ok_or("no standard output")?).read_line(&mut address)?;
        Ok(Self { process, address: address.trim().parse()? })
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.process.0.id()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsed, and then thrown away")]
struct Article {
    title: String,
    summary: Option<String>,
    byline: Option<String>,
    category_id: Option<uuid::Uuid>,
    body: Body,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, and then thrown away")]
struct Body {
    format: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsed, and then thrown away")]
struct Hit {
    article_id: Option<uuid::Uuid>,
    path: Option<String>,
    hit_id: Option<uuid::Uuid>,
    referrer: Option<String>,
}

/// `bantin-bench bare`: serves until its standard input closes.
pub fn serve(options: &Options) -> Result<()> {
    let recorded: Recorded = serde_json::from_slice(&fs::read(&options.answer)?)?;
    let parse = options.parse;
    let status = StatusCode::from_u16(recorded.status)?;
    let body = web::Bytes::from(recorded.body);
    let mut headers = Vec::new();
    for (name, value) in &recorded.headers {
        headers.push((HeaderName::try_from(name)?, HeaderValue::try_from(value)?));
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    actix_web::rt::System::new().block_on(async move {
        let answer = move || {
            let mut answer = HttpResponse::build(status);
            for header in &headers {
                answer.insert_header(header.clone());
            }
            answer.body(body.clone())
        };
        let app = move || {
            let answer = answer.clone();
            App::new().default_service(match parse {
                None => web::to(move || std::future::ready(answer())),
                Some(Parsed::Article) => web::to(move |_: web::Json<Article>| std::future::ready(answer())),
                Some(Parsed::Hit) => web::to(move |_: web::Json<Hit>| std::future::ready(answer())),
            })
        };
        // As many threads as the program has.
        let workers = std::thread::available_parallelism()?.get();
        HttpServer::new(app).workers(workers).listen(listener)?.run().await
    })?;
    Ok(())
}
