//! What bytes are, found from the bytes.
//!
//! Nothing a client says of a file is believed, since a browser that believed it after us would run
//! what is in there. A picture is walked from marker to marker as its format says, so a page of HTML
//! behind the first bytes of a JPEG, half an upload and a header that promises a wall of pixels are
//! all told from a picture. The pixels are never decoded: there is nothing here to blow up.

use std::io::{self, Read, Seek};

use bantin_domain::{media::Format, violation::Fault};

/// What is known of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub format: Format,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Why bytes are not kept.
#[derive(Debug)]
pub enum Refusal {
    /// They are of no type that is accepted.
    Unsupported,
    /// They begin as a picture and are none, or none that a browser could show.
    Broken(Fault),
    /// They could not be read.
    Unreadable(io::Error),
}

/// The most pixels of a side, and of the whole: a browser that shows more takes gigabytes for it.
const LONGEST_SIDE: u32 = 30_000;
const MOST_PIXELS: u64 = 100_000_000;
/// The most markers or chunks. A file of ten million empty ones would keep us walking.
const MOST_STEPS: usize = 100_000;

const PNG_SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Walks a picture of `length` bytes from its beginning.
///
/// # Errors
/// See [`Refusal`].
pub fn inspect(bytes: &mut (impl Read + Seek), length: u64) -> Result<Picture, Refusal> {
    let mut signature = [0; 8];
    if let Err(error) = bytes.read_exact(&mut signature) {
        let is_short = error.kind() == io::ErrorKind::UnexpectedEof;
        return Err(if is_short { Refusal::Unsupported } else { Refusal::Unreadable(error) });
    }
    let (format, (width, height)) = if signature == PNG_SIGNATURE {
        (Format::Png, inspect_png(bytes, length)?)
    } else if signature.starts_with(b"\xff\xd8\xff") {
        bytes.seek_relative(-6)?;
        (Format::Jpeg, inspect_jpeg(bytes)?)
    } else {
        return Err(Refusal::Unsupported);
    };
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 {
        return Err(broken("the picture has no pixels"));
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE || pixels > MOST_PIXELS {
        let message = "must be at most 30,000 pixels wide and high, and 100 million in all";
        return Err(Refusal::Broken(Fault::new("too_many_pixels", message)));
    }
    Ok(Picture { format, width, height })
}

/// Walks the segments of a JPEG up to its first scan; yields width and height.
fn inspect_jpeg(bytes: &mut (impl Read + Seek)) -> Result<(u32, u32), Refusal> {
    let mut size = None;
    for _ in 0..MOST_STEPS {
        let [mut marker] = take(bytes)?;
        if marker != 0xff {
            return Err(broken("the JPEG has something else where a segment must begin"));
        }
        // Any number of fill bytes may stand before a marker.
        for _ in 0..MOST_STEPS {
            if marker != 0xff {
                break;
            }
            [marker] = take(bytes)?;
        }
        let is_alone = matches!(marker, 0x00 | 0x01 | 0xd0..=0xd9 | 0xff);
        if is_alone {
            return Err(broken("the JPEG ends before its pixels begin"));
        }
        let length = u16::from_be_bytes(take(bytes)?);
        let mut rest = i64::from(length) - 2;
        if rest < 0 {
            return Err(broken("the JPEG has a segment that makes no sense"));
        }
        // The scan: from here on there are pixels only.
        if marker == 0xda {
            bytes.seek_relative(rest)?;
            let [_] = take(bytes)?;
            return size.ok_or_else(|| broken("the JPEG has no frame before its scan"));
        }
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let [_, h1, h2, w1, w2, components] = take(bytes)?;
            if size.is_some() || !(1..=4).contains(&components) || length != 8 + 3 * u16::from(components) {
                return Err(broken("the JPEG has a frame that makes no sense"));
            }
            size = Some((u32::from(u16::from_be_bytes([w1, w2])), u32::from(u16::from_be_bytes([h1, h2]))));
            rest -= 6;
        }
        bytes.seek_relative(rest)?;
    }
    Err(broken("the JPEG has too many segments"))
}

/// Walks the chunks of a PNG up to its end, which must be the end of the file: what is appended to a
/// picture is something else. Yields width and height.
fn inspect_png(bytes: &mut (impl Read + Seek), length: u64) -> Result<(u32, u32), Refusal> {
    let mut at = u64::try_from(PNG_SIGNATURE.len()).unwrap_or_default();
    let (mut size, mut has_pixels) = (None, false);
    for _ in 0..MOST_STEPS {
        let chunk = u32::from_be_bytes(take(bytes)?);
        let name: [u8; 4] = take(bytes)?;
        let mut rest = i64::from(chunk) + 4;
        at += 12 + u64::from(chunk);
        if at > length || !name.iter().all(u8::is_ascii_alphabetic) {
            return Err(broken("the PNG has a chunk that makes no sense"));
        }
        match (&name, size) {
            (b"IHDR", None) if chunk == 13 => {
                let [w1, w2, w3, w4, h1, h2, h3, h4, depth, colour, 0, 0, 0 | 1] = take(bytes)? else {
                    return Err(broken("the PNG has a header that makes no sense"));
                };
                if !matches!((colour, depth), (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) | (2 | 4 | 6, 8 | 16)) {
                    return Err(broken("the PNG has colours that make no sense"));
                }
                size = Some((u32::from_be_bytes([w1, w2, w3, w4]), u32::from_be_bytes([h1, h2, h3, h4])));
                rest -= 13;
            }
            (b"IHDR", _) | (_, None) => return Err(broken("the PNG does not begin with its header")),
            (b"IEND", Some(size)) if has_pixels && chunk == 0 && at == length => return Ok(size),
            (b"IEND", _) => return Err(broken("the PNG does not end where the file ends")),
            (b"IDAT", _) => has_pixels = true,
            _ => {}
        }
        bytes.seek_relative(rest)?;
    }
    Err(broken("the PNG has too many chunks"))
}

fn take<const N: usize>(bytes: &mut impl Read) -> Result<[u8; N], Refusal> {
    let mut taken = [0; N];
    bytes.read_exact(&mut taken)?;
    Ok(taken)
}

fn broken(why: &str) -> Refusal {
    Refusal::Broken(Fault::new("invalid_image", format!("must be a whole JPEG or PNG picture: {why}")))
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            broken("the file ends too early")
        } else {
            Self::Unreadable(error)
        }
    }
}

#[cfg(test)]
mod tests;
