//! HTTP by hand, where a client library would know better.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

/// What came back.
pub struct Bare {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Bare {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Sends a request and does not wait.
pub fn begin(base: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").unwrap();
    stream
}

/// Waits for the answer.
pub fn end(mut stream: TcpStream) -> Bare {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Bare { status, headers: lines.filter_map(header).collect(), body: bytes[split + 4..].to_vec() }
}

/// Asks and waits.
pub fn ask(base: &str, path: &str, headers: &[(&str, &str)]) -> Bare {
    end(begin(base, path, headers))
}
