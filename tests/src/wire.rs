//! A client that sends what it is told, byte for byte: addresses that no library would let pass, and any
//! header. It keeps its connection, so that thousands of questions are asked in seconds.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use crate::Answer;

/// The headers that are of one request, and not of the answer.
const OF_THE_REQUEST: [&str; 4] = ["date", "x-request-id", "server-timing", "connection"];

/// Headers that proxies, browsers and mischief add, and on which no answer may depend: each has poisoned somebody's
/// cache once.
pub const UNKEYED: [(&str, &str); 45] = [
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-host", "evil.example, other.example"),
    ("x-forwarded-proto", "ftp"),
    ("x-forwarded-scheme", "nothttps"),
    ("x-forwarded-ssl", "off"),
    ("x-forwarded-port", "1"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-path", "/evil"),
    ("x-forwarded-for", "6.6.6.6"),
    ("forwarded", "for=6.6.6.6;host=evil.example;proto=ftp"),
    ("x-host", "evil.example"),
    ("x-original-host", "evil.example"),
    ("x-http-host-override", "evil.example"),
    ("x-original-url", "/api/v1/site"),
    ("x-rewrite-url", "/api/v1/site"),
    ("x-http-method-override", "POST"),
    ("x-http-method", "DELETE"),
    ("x-method-override", "PUT"),
    ("x-request-id", "evil"),
    ("x-correlation-id", "evil"),
    ("x-real-ip", "6.6.6.6"),
    ("client-ip", "6.6.6.6"),
    ("true-client-ip", "6.6.6.6"),
    ("cf-connecting-ip", "6.6.6.6"),
    ("x-timer", "1"),
    ("x-backend", "evil"),
    ("via", "1.1 evil"),
    ("origin", "https://evil.example"),
    ("origin", "null"),
    ("referer", "https://evil.example/"),
    ("cookie", "locale=en; session=evil"),
    ("user-agent", "evil"),
    ("accept-charset", "latin1"),
    ("cache-control", "no-cache, no-store, max-age=0"),
    ("pragma", "no-cache"),
    ("range", "bytes=0-3"),
    ("if-range", "\"x\""),
    ("content-type", "text/html"),
    ("te", "trailers"),
    ("upgrade-insecure-requests", "1"),
    ("save-data", "on"),
    ("dnt", "1"),
    ("x-wap-profile", "https://evil.example/wap.xml"),
    ("x-api-version", "99"),
];

/// One connection to a server.
pub struct Wire {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Wire {
    /// A connection to the server at `base`, opened when it is needed.
    pub fn to(base: &str) -> Self {
        Self { address: base.strip_prefix("http://").unwrap().to_owned(), stream: None }
    }

    /// `GET` without anything more.
    pub fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, &[], b"")
    }

    /// Asks. A `host` among the headers takes the place of the usual one.
    pub fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let request = self.written(method, target, headers, body);
        // A connection that lay idle may have been closed meanwhile: then another is opened, once.
        let answer = self.stream.take().and_then(|stream| self.exchange(stream, method, &request));
        let answer = answer.or_else(|| {
            let stream = TcpStream::connect(&self.address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            stream.set_nodelay(true).unwrap();
            self.exchange(BufReader::new(stream), method, &request)
        });
        let mut answer = answer.unwrap_or_else(|| panic!("{method} {target}: the server hung up"));
        answer.request = format!("{method} {target} {headers:?}");
        answer
    }

    fn written(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut request = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            write!(request, "host: {}\r\n", self.address).unwrap();
        }
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if !body.is_empty() {
            write!(request, "content-length: {}\r\n", body.len()).unwrap();
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        request
    }

    /// Sends and reads; nothing when the server closes before it has answered.
    fn exchange(&mut self, mut stream: BufReader<TcpStream>, method: &str, request: &[u8]) -> Option<Answer> {
        stream.get_mut().write_all(request).ok()?;
        let status = line(&mut stream)?.split(' ').nth(1)?.parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = line(&mut stream)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let has_body = method != "HEAD" && ![204, 304].contains(&status);
        let bytes = match (has_body, header("content-length"), header("transfer-encoding")) {
            (false, ..) => Vec::new(),
            (true, Some(length), _) => {
                let mut bytes = vec![0; length.parse().unwrap()];
                stream.read_exact(&mut bytes).ok()?;
                bytes
            }
            (true, None, Some(_)) => chunks(&mut stream)?,
            (true, None, None) => {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).ok()?;
                bytes
            }
        };
        if header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")) {
            self.stream = Some(stream);
        }
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Some(Answer { request: String::new(), status, headers, bytes, json })
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes).ok()?;
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let size = usize::from_str_radix(&line(stream)?, 16).unwrap();
        let begin = bytes.len();
        bytes.resize(begin + size, 0);
        stream.read_exact(&mut bytes[begin..]).ok()?;
        line(stream)?;
        if size == 0 {
            return Some(bytes);
        }
    }
}

/// What is the same in every answer to the same question: the status, the headers, and the bytes with the
/// id of the request taken out of them. A list of names in a header is a set, and its order means nothing.
pub fn essence(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let of_the_answer = answer.headers.iter().filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()));
    let ordered = of_the_answer.map(|(name, value)| {
        let mut names: Vec<&str> = value.split(", ").collect();
        if name.starts_with("access-control-") {
            names.sort_unstable();
        }
        (name.clone(), names.join(", "))
    });
    let mut headers: Vec<_> = ordered.collect();
    headers.sort();
    let text = String::from_utf8_lossy(&answer.bytes).into_owned();
    let id = answer.header("x-request-id").unwrap_or("no id at all");
    (answer.status, headers, text.replace(id, "(the request)"))
}
