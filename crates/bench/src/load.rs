//! The client: a number of connections, on each one request at a time, for as long as was asked.
//!
//! One thread drives them all, and does as little for an answer as can be done: it reads the status and
//! the length, and looks at nothing else. A client that costs more than the server measures itself.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::Result;

/// How long nothing at all may come.
const STALLED: Duration = Duration::from_secs(10);

/// What is driven, and how hard.
#[derive(Clone, Copy)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// How many connections.
    pub connections: usize,
    /// For how long new requests are begun. Those in flight are waited for.
    pub duration: Duration,
}

/// An answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its first line and its headers.
    pub head: &'a [u8],
    /// Its body.
    pub body: &'a [u8],
}

/// What was measured.
pub struct Measured {
    elapsed: Duration,
    /// In nanoseconds, the shortest first.
    latencies: Vec<u64>,
    /// How many answers had which status.
    pub statuses: BTreeMap<u16, u64>,
}

impl Measured {
    /// How many answers came.
    pub fn answers(&self) -> usize {
        self.latencies.len()
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.answers() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time within which this share of the answers came, in milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let place = (self.answers() as f64 * share) as usize;
        let latency = self.latencies.get(place.min(self.answers().saturating_sub(1)));
        *latency.unwrap_or(&0) as f64 / 1e6
    }
}

/// Drives a server. `request` appends the bytes of the next request; `answered` sees every answer.
pub fn drive(
    load: &Load,
    mut request: impl FnMut(&mut Vec<u8>),
    mut answered: impl FnMut(&Answer<'_>) -> Result<()>,
) -> Result<Measured> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(load.connections.max(1));
    let mut connections = Vec::with_capacity(load.connections);
    let mut measured = Measured { elapsed: Duration::ZERO, latencies: Vec::new(), statuses: BTreeMap::new() };
    for token in 0..load.connections {
        let stream = std::net::TcpStream::connect(load.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut connection = Connection::new(TcpStream::from_std(stream));
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut connection.stream, Token(token), interest)?;
        connections.push(connection);
    }
    let begun = Instant::now();
    for connection in &mut connections {
        connection.ask(&mut request)?;
    }
    let mut in_flight = connections.len();
    while in_flight > 0 {
        poll.poll(&mut events, Some(STALLED))?;
        if events.is_empty() {
            return Err(format!("no answer came for {STALLED:?}, and {in_flight} were waited for").into());
        }
        for event in &events {
            let connection = connections.get_mut(event.token().0).ok_or("an event of nobody")?;
            connection.send()?;
            let Some(latency) = connection.receive(&mut measured.statuses, &mut answered)? else { continue };
            measured.latencies.push(latency);
            if begun.elapsed() < load.duration {
                connection.ask(&mut request)?;
            } else {
                in_flight -= 1;
            }
        }
    }
    measured.elapsed = begun.elapsed();
    measured.latencies.sort_unstable();
    Ok(measured)
}

/// A connection with at most one request on the way.
struct Connection {
    stream: TcpStream,
    outgoing: Vec<u8>,
    sent: usize,
    incoming: Vec<u8>,
    filled: usize,
    asked: Option<Instant>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self { stream, outgoing: Vec::new(), sent: 0, incoming: vec![0; 64 * 1024], filled: 0, asked: None }
    }

    fn ask(&mut self, request: &mut impl FnMut(&mut Vec<u8>)) -> Result<()> {
        self.outgoing.clear();
        self.sent = 0;
        request(&mut self.outgoing);
        self.asked = Some(Instant::now());
        self.send()
    }

    /// Sends what the socket takes now.
    fn send(&mut self) -> Result<()> {
        while let Some(rest) = self.outgoing.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(sent) => self.sent += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads what there is; the latency of the answer once it is whole.
    fn receive(
        &mut self,
        statuses: &mut BTreeMap<u16, u64>,
        answered: &mut impl FnMut(&Answer<'_>) -> Result<()>,
    ) -> Result<Option<u64>> {
        while let Some(asked) = self.asked {
            if self.filled == self.incoming.len() {
                self.incoming.resize(self.filled * 2, 0);
            }
            match self.stream.read(&mut self.incoming[self.filled..]) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            if let Some(answer) = parse(&self.incoming[..self.filled])? {
                let latency = asked.elapsed().as_nanos() as u64;
                *statuses.entry(answer.status).or_default() += 1;
                answered(&answer)?;
                self.filled = 0;
                self.asked = None;
                return Ok(Some(latency));
            }
        }
        Ok(None)
    }
}

/// The answer at the start of these bytes, if it is whole. Only what our servers send: a length, or no
/// body because of the status.
fn parse(bytes: &[u8]) -> Result<Option<Answer<'_>>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let (head, body) = (&bytes[..end], &bytes[end + 4..]);
    let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let status: u16 = status.ok_or("an answer without a status")?;
    let length =
        if matches!(status, 204 | 304) { 0 } else { content_length(head).ok_or("an answer without a length")? };
    Ok(body.get(..length).map(|body| Answer { status, head, body }))
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let begin = head.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME))? + NAME.len();
    let digits = head.get(begin..)?.iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_length_says_so() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nx: y\r\n\r\nhello";
        assert!(parse(&bytes[..bytes.len() - 1]).unwrap().is_none());
        assert!(parse(&bytes[..30]).unwrap().is_none());
        let answer = parse(bytes).unwrap().unwrap();
        assert_eq!((answer.status, answer.body), (201, &b"hello"[..]));
        assert!(parse(b"HTTP/1.1 304 Not Modified\r\n\r\n").unwrap().unwrap().body.is_empty());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\nbody").is_err());
    }

    #[test]
    fn a_percentile_is_a_latency_that_was_measured() {
        let latencies = (1..=100).map(|n| n * 1_000_000).collect();
        let measured = Measured { elapsed: Duration::from_secs(2), latencies, statuses: BTreeMap::new() };
        assert_eq!(
            (measured.percentile(0.5), measured.percentile(0.99), measured.percentile(1.0)),
            (51.0, 100.0, 100.0)
        );
        assert_eq!(measured.rate(), 50.0);
    }
}
