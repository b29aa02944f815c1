//! The form of an upload, read as it comes: part by part, straight to the disk.
//!
//! Nothing here holds more than one piece of the file, and no more than the allowed bytes are ever
//! read of a request, whatever it says of its own length.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::header::{CONTENT_LENGTH, ContentDisposition},
    web::{Bytes, Payload},
};
use bantin_application::media_files::{MOST_BYTES, MediaFiles, Upload};
use bantin_domain::{
    media::MediaTexts,
    text::{Line, Prose},
    violation::{Fault, Violations},
};
use futures_util::{Stream, StreamExt};

use crate::{extract::expect_type, problem::Problem};

/// What the parts beside the file may have, headers and boundaries included.
const MOST_ELSE: u64 = 64 * 1024;
/// What one text may have: more than any of them is allowed in characters.
const MOST_TEXT: usize = 8 * 1024;
/// How long a form may take to arrive: ten megabytes over a thin line, and no dribble for ever.
pub const MOST_TIME: Duration = Duration::from_secs(120);
/// How many bytes are gathered before the disk is asked.
const PIECE: usize = 256 * 1024;

/// A form that was read to its end.
pub struct Form {
    /// The file, on the disk but not kept yet.
    pub upload: Upload,
    /// What the client calls it.
    pub file_name: String,
    /// What it says of it.
    pub texts: MediaTexts,
}

/// Reads the form of an upload.
///
/// # Errors
/// 413 before more than the allowed bytes are read, 415 for another type than a form, 400 for an
/// unknown or doubled part and a broken form, 422 for texts that break a rule and for a missing file.
pub async fn read(request: &HttpRequest, payload: Payload, files: &MediaFiles) -> Result<Form, Problem> {
    expect_type(request, &["multipart/form-data"])?;
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MOST_BYTES + MOST_ELSE) {
        return Err(too_large());
    }
    let mut parts = Multipart::new(request.headers(), bounded(payload));
    let (mut file, mut faults) = (None, Violations::new());
    let [mut alt, mut caption, mut credit] = [const { None }; 3];
    while let Some(part) = parts.next().await {
        let part = part.map_err(broken)?;
        let name = part.name().unwrap_or_default().to_owned();
        let text = match name.as_str() {
            "file" if file.is_some() => return Err(doubled(&name)),
            "file" => {
                file = Some((file_name(&part), receive(part, files).await?));
                continue;
            }
            "alt" => &mut alt,
            "caption" => &mut caption,
            "credit" => &mut credit,
            _ => return Err(unknown(&name)),
        };
        if text.is_some() {
            return Err(doubled(&name));
        }
        *text = Some(read_text(part, &name).await?);
    }
    // A form sends an empty text for a field that nobody filled in.
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let texts = MediaTexts {
        alt: said(alt).and_then(|text| faults.take("/alt", Line::parse(&text))),
        caption: said(caption).and_then(|text| faults.take("/caption", Prose::parse(&text))),
        credit: said(credit).and_then(|text| faults.take("/credit", Line::parse(&text))),
    };
    if file.is_none() {
        faults.add("/file", Fault::new("required", "must be a part with a picture"));
    }
    match file {
        Some((file_name, upload)) if faults.is_empty() => Ok(Form { upload, file_name, texts }),
        _ => Err(faults.into()),
    }
}

/// The payload up to what a form may have in all: a preamble or an epilogue without end is not read
/// to its end.
fn bounded(payload: Payload) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let mut left = MOST_BYTES + MOST_ELSE;
    payload.map(move |chunk| {
        let chunk = chunk?;
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(length).ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    })
}

async fn receive(mut part: Field, files: &MediaFiles) -> Result<Upload, Problem> {
    let mut upload = files.receive().await?;
    let mut piece = Vec::with_capacity(PIECE);
    while let Some(chunk) = part.next().await {
        piece.extend_from_slice(&chunk.map_err(broken)?);
        if piece.len() >= PIECE {
            upload = upload.write(std::mem::take(&mut piece)).await?;
        }
    }
    Ok(upload.write(piece).await?)
}

async fn read_text(mut part: Field, name: &str) -> Result<String, Problem> {
    let pointer = format!("/{name}");
    let mut text = Vec::new();
    while let Some(chunk) = part.next().await {
        text.extend_from_slice(&chunk.map_err(broken)?);
        if text.len() > MOST_TEXT {
            return Err(one_fault(pointer, Fault::new("too_long", format!("must have at most {MOST_TEXT} bytes"))));
        }
    }
    String::from_utf8(text).map_err(|_| one_fault(pointer, Fault::new("invalid_characters", "must be UTF-8")))
}

/// What the client calls the file; `filename*` says it in full where both are there.
fn file_name(part: &Field) -> String {
    let disposition = part.content_disposition();
    let extended = disposition.and_then(ContentDisposition::get_filename_ext);
    let extended = extended.and_then(|name| String::from_utf8(name.value.clone()).ok());
    extended.or_else(|| disposition?.get_filename().map(ToOwned::to_owned)).unwrap_or_default()
}

fn one_fault(pointer: String, fault: Fault) -> Problem {
    let mut faults = Violations::new();
    faults.add(pointer, fault);
    faults.into()
}

fn unknown(name: &str) -> Problem {
    let shown: String = name.chars().filter(|letter| !letter.is_control()).take(60).collect();
    Problem::malformed(
        None,
        "unknown_member",
        format!("the part {shown:?} is unknown; there are file, alt, caption and credit"),
    )
}

fn doubled(name: &str) -> Problem {
    Problem::malformed(Some(format!("/{name}")), "duplicate", format!("the part {name} is there twice"))
}

fn too_large() -> Problem {
    Problem::too_large(format!("A file has at most {MOST_BYTES} bytes."))
}

/// What is wrong with a form, in our own words: the library's tell of its insides.
fn broken(error: MultipartError) -> Problem {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(),
        _ => Problem::malformed(None, "malformed_multipart", "the body is no whole multipart form"),
    }
}
