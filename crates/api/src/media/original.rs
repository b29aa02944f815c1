//! The bytes of a picture, whole or in part (RFC 9110, sections 13 and 14).
//!
//! They came from somebody and go to everybody, so a browser is told three times that they are a
//! picture and nothing else: by the type that we found ourselves, by `nosniff`, and by a policy that
//! lets nothing run should somebody open them as a page.

use std::{collections::BTreeMap, fmt::Write};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BoxBody, SizedStream},
    http::{
        StatusCode,
        header::{self, ByteRangeSpec, Range},
    },
    web::Bytes,
};
use bantin_application::media_files::{MediaFiles, Reading};
use bantin_domain::media::Media;
use futures_util::stream;
use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, RefOr, Response, ResponseBuilder},
};

use crate::{problem::Problem, validators};

/// Who asks for the bytes, which decides who may keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody: the bytes of an id never change, so they may be kept for ever.
    Public,
    /// The desk: a picture that is not public yet must not lie in a cache.
    Desk,
}

/// An answer of bytes.
#[derive(Debug)]
pub struct Original(HttpResponse);

impl Responder for Original {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

impl IntoResponses for Original {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let bytes = || ContentBuilder::new().build();
        let of_bytes = |description: &str| {
            ResponseBuilder::new()
                .description(description)
                .content("image/jpeg", bytes())
                .content("image/png", bytes())
                .build()
                .into()
        };
        let bare = |description: &str| ResponseBuilder::new().description(description).build().into();
        BTreeMap::from([
            ("200".to_owned(), of_bytes("The bytes as they came. `ETag` is their SHA-256.")),
            ("206".to_owned(), of_bytes("The part that `Range` asks for.")),
            ("304".to_owned(), bare("You hold them already.")),
        ])
    }
}

/// Answers with the bytes of `media`.
///
/// # Errors
/// 416 for a range that lies beyond them; 500 where the disk lost them.
pub async fn respond(
    request: &HttpRequest,
    files: &MediaFiles,
    media: &Media,
    audience: Audience,
) -> Result<Original, Problem> {
    let tag = entity_tag(media);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::ETAG, tag.clone()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::CONTENT_DISPOSITION, disposition(media.file_name.as_str())))
        .insert_header((
            header::CACHE_CONTROL,
            match audience {
                Audience::Public => "public, max-age=31536000, immutable",
                Audience::Desk => "private, no-store",
            },
        ));
    if audience == Audience::Public {
        // The pictures of a headless site are shown by the pages of another.
        response.insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"));
        if validators::is_known(request.headers(), tag.trim_matches('"'), None) {
            return Ok(Original(response.status(StatusCode::NOT_MODIFIED).finish()));
        }
    }
    let whole = u64::try_from(media.bytes).unwrap_or_default();
    let (start, length) = match wanted(request, &tag, whole) {
        Wanted::Whole => (0, whole),
        Wanted::Part { first, last } => {
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{whole}")));
            (first, last - first + 1)
        }
        Wanted::Beyond => return Ok(Original(beyond(whole))),
    };
    response.content_type(media.format.to_string());
    let reading = files.open(media.id, start).await?;
    Ok(Original(response.body(SizedStream::new(length, pieces(reading, length)))))
}

/// The bytes piece by piece. A disk that fails in the middle ends the connection: half a picture must
/// not look like a whole one.
fn pieces(reading: Reading, length: u64) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold((reading, length), |(reading, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let (piece, reading) = reading.next(left).await.map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        let left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        Ok(Some((Bytes::from(piece), (reading, left))))
    })
}

fn entity_tag(media: &Media) -> String {
    let digits = media.sha256.iter().fold(String::new(), |mut digits, byte| {
        // Writing into a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    format!("\"{digits}\"")
}

/// What part of the bytes is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part { first: u64, last: u64 },
    Beyond,
}

/// One range of bytes is served. Anything else that `Range` may say is ignored, as it may be: several
/// ranges at once were a way to make servers work for nothing.
fn wanted(request: &HttpRequest, tag: &str, whole: u64) -> Wanted {
    // A range of another version of the bytes is of no use to who holds the rest of that version.
    let is_current = request.headers().get(header::IF_RANGE).is_none_or(|held| held == tag);
    let mut ranges = request.headers().get_all(header::RANGE);
    let (Some(text), None, true) = (ranges.next().and_then(|value| value.to_str().ok()), ranges.next(), is_current)
    else {
        return Wanted::Whole;
    };
    let Ok(Range::Bytes(specs)) = text.parse::<Range>() else {
        return Wanted::Whole;
    };
    match specs.as_slice() {
        [ByteRangeSpec::FromTo(first, last)] if last < first => Wanted::Whole,
        [one] => match one.to_satisfiable_range(whole) {
            Some((first, last)) => Wanted::Part { first, last },
            None => Wanted::Beyond,
        },
        _ => Wanted::Whole,
    }
}

fn beyond(whole: u64) -> HttpResponse {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range_not_satisfiable",
        format!("There are {whole} bytes; the range begins beyond them."),
    );
    let mut response = actix_web::ResponseError::error_response(&problem);
    if let Ok(range) = header::HeaderValue::from_str(&format!("bytes */{whole}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// `inline` with the file's name twice (RFC 6266): in ASCII for the old, in full for all others.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_graphic() && !matches!(letter, '"' | '\\' | '%') || letter == ' ' { letter } else { '_' }
        })
        .collect();
    let full = name.bytes().fold(String::new(), |mut full, byte| {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(char::from(byte));
        } else {
            let _ = write!(full, "%{byte:02X}");
        }
        full
    });
    format!("inline; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn ranged(range: &str) -> Wanted {
        wanted(&TestRequest::get().insert_header((header::RANGE, range)).to_http_request(), "\"a\"", 100)
    }

    #[test]
    fn one_range_of_bytes_is_served() {
        assert_eq!(ranged("bytes=0-9"), Wanted::Part { first: 0, last: 9 });
        assert_eq!(ranged("bytes=90-"), Wanted::Part { first: 90, last: 99 });
        assert_eq!(ranged("bytes=-10"), Wanted::Part { first: 90, last: 99 });
        assert_eq!(ranged("bytes=90-1000"), Wanted::Part { first: 90, last: 99 });
        assert_eq!(ranged("bytes=-1000"), Wanted::Part { first: 0, last: 99 });
    }

    #[test]
    fn a_range_beyond_the_bytes_is_refused() {
        for range in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(ranged(range), Wanted::Beyond, "{range}");
        }
    }

    #[test]
    fn what_else_a_range_may_say_is_ignored() {
        for range in
            ["bytes=0-1,3-4", "bytes=9-0", "lines=0-1", "bytes", "bytes=", "bytes=a-b", "bytes=99999999999999999999-"]
        {
            assert_eq!(ranged(range), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn a_range_of_another_version_gets_the_whole_of_this_one() {
        let asked = |held: &str| {
            let request =
                TestRequest::get().insert_header((header::RANGE, "bytes=0-9")).insert_header((header::IF_RANGE, held));
            wanted(&request.to_http_request(), "\"a\"", 100)
        };
        assert_eq!(asked("\"a\""), Wanted::Part { first: 0, last: 9 });
        for other in ["\"b\"", "W/\"a\"", "Tue, 14 Mar 2023 01:00:00 GMT"] {
            assert_eq!(asked(other), Wanted::Whole, "{other}");
        }
    }

    #[test]
    fn a_file_name_goes_out_in_ascii_and_in_full() {
        assert_eq!(
            disposition("Hội nghị \"A\".jpg"),
            "inline; filename=\"H_i ngh_ _A_.jpg\"; filename*=UTF-8''H%E1%BB%99i%20ngh%E1%BB%8B%20%22A%22.jpg"
        );
    }
}
