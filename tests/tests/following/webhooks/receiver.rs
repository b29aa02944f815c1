//! Who is told: a real server on this machine, which behaves as it is told to, and verifies what it hears by
//! the text of Standard Webhooks, not by our code.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Message {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn seq(&self) -> i64 {
        self.json()["data"]["seq"].as_i64().unwrap()
    }

    /// How many of the signatures are made with a secret.
    pub fn signatures_by(&self, secret: &str) -> usize {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).unwrap();
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let fits = |signature: &&str| {
            let Some(signature) = signature.strip_prefix("v1,") else { return false };
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            mac.update(signed.as_bytes());
            mac.verify_slice(&STANDARD.decode(signature).unwrap()).is_ok()
        };
        self.header("webhook-signature").split(' ').filter(fits).count()
    }
}

/// How it behaves.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    Says(u16, Vec<u8>),
    /// Asks to be told later.
    Later(u16, &'static str),
    /// Sends whoever asks elsewhere.
    Redirect(String),
    /// Hangs up.
    Close,
    /// Takes the connection and reads nothing.
    NeverRead,
    /// A letter each second, of the head of the answer.
    Drip,
    /// A good status, and then more of a body than anybody wants.
    Endless,
    /// More headers than anybody needs.
    ManyHeaders,
}

type Behaviour = dyn Fn(&Message, usize) -> Answer + Send + Sync;

/// A server that is told of changes.
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Message>>>,
}

impl Receiver {
    /// One that acknowledges everything.
    pub fn start() -> Self {
        Self::behaving(|_, _| Answer::Status(204))
    }

    /// One that decides by the message and by how many came before it.
    pub fn behaving(how: impl Fn(&Message, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/tin?khoa=mot", listener.local_addr().unwrap().port());
        let received = Arc::<Mutex<Vec<Message>>>::default();
        let (kept, how): (_, Arc<Behaviour>) = (Arc::clone(&received), Arc::new(how));
        // Ends with the process: a test has nothing to wait for.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, how) = (Arc::clone(&kept), Arc::clone(&how));
                std::thread::spawn(move || serve(stream, &kept, how.as_ref()));
            }
        });
        Self { url, received }
    }

    /// One that says the same to everybody.
    pub fn answering(answer: Answer) -> Self {
        Self::behaving(move |_, _| answer.clone())
    }

    /// One that takes connections and never reads a byte.
    pub fn deaf() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            let mut held = Vec::new();
            held.extend(listener.incoming().map_while(Result::ok));
        });
        Self { url, received: Arc::default() }
    }

    pub fn messages(&self) -> Vec<Message> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Message>>, how: &Behaviour) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let Some(message) = read(&mut reader) else { return };
    let answer = {
        let mut all = kept.lock().unwrap();
        let answer = how(&message, all.len());
        all.push(message);
        answer
    };
    // Whoever hangs up has heard enough.
    let _ = say(stream, answer);
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Message> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let path = lines.first()?.strip_prefix("POST ")?.strip_suffix(" HTTP/1.1")?.to_owned();
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Message { path, headers, body: String::from_utf8(body).unwrap() })
}

fn say(mut stream: TcpStream, answer: Answer) -> std::io::Result<()> {
    let head = |status: u16, length: usize| format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n");
    match answer {
        Answer::Status(status) => stream.write_all(head(status, 0).as_bytes()),
        Answer::Says(status, body) => {
            stream.write_all(head(status, body.len()).as_bytes())?;
            stream.write_all(&body)
        }
        Answer::Later(status, when) => stream
            .write_all(format!("HTTP/1.1 {status} X\r\nretry-after: {when}\r\ncontent-length: 0\r\n\r\n").as_bytes()),
        Answer::Redirect(to) => {
            stream.write_all(format!("HTTP/1.1 307 X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").as_bytes())
        }
        Answer::Close => Ok(()),
        Answer::NeverRead => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Answer::Drip => loop {
            stream.write_all(b"H")?;
            std::thread::sleep(Duration::from_secs(1));
        },
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 10000000000\r\n\r\n")?;
            loop {
                stream.write_all(&[b'a'; 65_536])?;
            }
        }
        Answer::ManyHeaders => {
            stream.write_all(b"HTTP/1.1 200 X\r\n")?;
            for n in 0..1_000_000 {
                stream.write_all(format!("x-{n}: {n}\r\n").as_bytes())?;
            }
            stream.write_all(b"\r\n")
        }
    }
}
