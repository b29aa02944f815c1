//! Content codings: which a reader takes, and making them.

use std::io::{Read, Write};

use actix_web::{
    http::header::{ACCEPT_ENCODING, HeaderMap},
    web::Bytes,
};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

/// Shorter answers fit into a packet as they are.
const LEAST_BYTES: usize = 1_024;
/// What brotli is told: a good deal smaller than gzip for about the same work.
const BROTLI_QUALITY: i32 = 5;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// The smaller one.
    Brotli,
    /// The one that everybody knows.
    Gzip,
}

impl Coding {
    /// Both, the preferred one first.
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name, which is also the end of its entity tags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The one that a reader gets who sends these headers.
    pub fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
        Self::ALL.into_iter().find(|coding| coding.is_in(accepted))
    }

    fn is_in(self, accepted: &str) -> bool {
        accepted.split(',').any(|range| {
            let (name, weight) = range.split_once(';').unwrap_or((range, ""));
            let is_refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|quality| quality.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0));
            name.trim().eq_ignore_ascii_case(self.name()) && !is_refused
        })
    }

    /// The bytes in this coding; `None` where that is not worth it. What is kept is at most half as long, so
    /// that an answer with both codings takes at most twice its room, and that can be counted beforehand.
    pub fn encode(self, body: &Bytes) -> Option<Bytes> {
        if body.len() < LEAST_BYTES {
            return None;
        }
        let coded = match self {
            Self::Gzip => gzip(body),
            Self::Brotli => brotli(body),
        };
        coded.ok().filter(|coded| coded.len() <= body.len() / 2).map(Bytes::from)
    }
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}

fn brotli(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters =
        BrotliEncoderParams { quality: BROTLI_QUALITY, size_hint: body.len(), ..BrotliEncoderParams::default() };
    let mut coded = Vec::new();
    brotli::CompressorReader::with_params(body, 4_096, &parameters).read_to_end(&mut coded)?;
    Ok(coded)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use sha2::{Digest, Sha256};

    use super::*;

    fn wanted(accepted: &str) -> Option<Coding> {
        Coding::wanted(TestRequest::default().insert_header((ACCEPT_ENCODING, accepted)).to_http_request().headers())
    }

    #[test]
    fn a_reader_gets_the_smallest_coding_that_it_takes() {
        assert_eq!(wanted("gzip, deflate, br, zstd"), Some(Coding::Brotli));
        assert_eq!(wanted("gzip;q=1.0"), Some(Coding::Gzip));
        assert_eq!(wanted("br;q=0, GZIP"), Some(Coding::Gzip));
        assert_eq!(wanted("br; q=0.0"), None);
        assert_eq!(wanted("identity"), None);
        assert_eq!(wanted("brotli"), None);
        assert_eq!(wanted(""), None);
    }

    #[test]
    fn coded_bytes_say_what_they_said() {
        let body = Bytes::from("Hội nghị tổng kết khoa học và công nghệ. ".repeat(100));
        let gzipped = Coding::Gzip.encode(&body).unwrap();
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&*gzipped).read_to_end(&mut text).unwrap();
        assert_eq!(text, body);
        let small = Coding::Brotli.encode(&body).unwrap();
        let mut text = Vec::new();
        brotli::Decompressor::new(&*small, 4_096).read_to_end(&mut text).unwrap();
        assert_eq!(text, body);
        assert!(small.len() < gzipped.len());
    }

    #[test]
    fn what_does_not_become_half_as_long_stays_as_it_is() {
        let noise: Vec<u8> = (0..125u8).flat_map(|n| Sha256::digest([n])).collect();
        assert!(Coding::ALL.iter().all(|coding| coding.encode(&Bytes::from(noise.clone())).is_none()));
        assert!(Coding::ALL.iter().all(|coding| coding.encode(&Bytes::from("a".repeat(100))).is_none()));
    }
}
