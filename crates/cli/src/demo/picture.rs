//! Pictures without a picture file: a river under the sun, painted here in a few colours.

use bantin_application::{App, AppError, app::Caller, media, media_files::MediaFiles};
use bantin_domain::{
    media::{MediaId, MediaTexts},
    text::{Line, Prose},
};

use super::directory::sure;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;
const HORIZON: u32 = 110;
/// Shades from the top of the sky to the horizon, and again down the water.
const SHADES: u8 = 60;
/// The palette behind the shades.
const SUN: u8 = 2 * SHADES;
const BANK: u8 = SUN + 1;

type Colour = [u8; 3];

/// An hour of the day.
struct Hour {
    file_name: &'static str,
    caption: &'static str,
    high: Colour,
    low: Colour,
    sun: Colour,
    sun_at: (i64, i64),
}

const HOURS: [Hour; 3] = [
    Hour {
        file_name: "binh-minh-tren-song.png",
        caption: "Bình minh trên sông (tranh minh họa).",
        high: [92, 122, 178],
        low: [250, 205, 150],
        sun: [255, 238, 190],
        sun_at: (90, 92),
    },
    Hour {
        file_name: "trua-tren-song.png",
        caption: "Buổi trưa trên sông (tranh minh họa).",
        high: [64, 140, 214],
        low: [206, 232, 245],
        sun: [255, 250, 220],
        sun_at: (160, 34),
    },
    Hour {
        file_name: "hoang-hon-tren-song.png",
        caption: "Hoàng hôn trên sông (tranh minh họa).",
        high: [70, 52, 110],
        low: [240, 128, 84],
        sun: [255, 206, 130],
        sun_at: (236, 84),
    },
];

/// Uploads the pictures, as a client would.
pub async fn upload(app: &App, caller: Caller) -> Result<Vec<MediaId>, AppError> {
    let mut ids = Vec::new();
    for hour in &HOURS {
        let texts = MediaTexts {
            alt: Some(sure(Line::parse("Mặt trời, bờ cây và mặt sông gợn sóng"))?),
            caption: Some(sure(Prose::parse(hour.caption))?),
            credit: Some(sure(Line::parse("Bantin"))?),
        };
        let upload = MediaFiles::of(app).receive().await?.write(png(hour)).await?;
        ids.push(media::create(app, caller, upload, hour.file_name.to_owned(), texts).await?.id);
    }
    Ok(ids)
}

/// Which colour of the palette a point has.
fn paint(hour: &Hour, x: u32, y: u32) -> u8 {
    let (sun_x, sun_y) = hour.sun_at;
    let (dx, dy) = (i64::from(x) - sun_x, i64::from(y) - sun_y);
    // Two rows of trees, one higher than the other, as broken lines above the horizon.
    let trees = 4 + (x / 7 % 5) + (x / 23 % 3) * 3;
    let shade = |part: u32, whole: u32| u8::try_from(part * u32::from(SHADES - 1) / whole).unwrap_or(SHADES - 1);
    if y < HORIZON && y + trees >= HORIZON {
        BANK
    } else if y < HORIZON && dx * dx + dy * dy <= 20 * 20 {
        SUN
    } else if y < HORIZON {
        shade(y, HORIZON)
    } else {
        let ripple = if (x / 9 + y * y / 40).is_multiple_of(4) { 6 } else { 0 };
        SHADES + shade(y - HORIZON, HEIGHT - HORIZON).saturating_sub(ripple)
    }
}

/// The palette: sky, water, sun, bank.
fn palette(hour: &Hour) -> Vec<u8> {
    let mixed = |from: Colour, to: Colour, n: u8| -> [u8; 3] {
        let channel = |from: u8, to: u8| {
            let (from, to, n, last) = (i32::from(from), i32::from(to), i32::from(n), i32::from(SHADES - 1));
            u8::try_from(from + (to - from) * n / last).unwrap_or_default()
        };
        let ([r1, g1, b1], [r2, g2, b2]) = (from, to);
        [channel(r1, r2), channel(g1, g2), channel(b1, b2)]
    };
    let deep = mixed(hour.high, [16, 40, 48], SHADES / 2);
    let sky = (0..SHADES).map(|n| mixed(hour.high, hour.low, n));
    let water = (0..SHADES).map(|n| mixed(hour.low, deep, n));
    sky.chain(water).chain([hour.sun, [34, 62, 40]]).flatten().collect()
}

/// The picture as a PNG. Its pixels are stored and not compressed: it is small, and a compressor would
/// be one more thing to trust.
fn png(hour: &Hour) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        rows.push(0); // this row is not filtered
        rows.extend((0..WIDTH).map(|x| paint(hour, x, y)));
    }
    let header = [WIDTH.to_be_bytes().as_slice(), &HEIGHT.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [(b"IHDR", header), (b"PLTE", palette(hour)), (b"IDAT", stored(&rows)), (b"IEND", Vec::new())] {
        let named = [name.as_slice(), &data].concat();
        png.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        png.extend(&named);
        png.extend(crc32(&named).to_be_bytes());
    }
    png
}

/// A zlib stream of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn adler32(data: &[u8]) -> u32 {
    let (one, other) = data.iter().fold((1_u32, 0_u32), |(one, other), byte| {
        let one = (one + u32::from(*byte)) % 65_521;
        (one, (other + one) % 65_521)
    });
    other << 16 | one
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use bantin_application::media_files::picture::inspect;

    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn what_is_painted_is_accepted_as_a_picture_and_has_no_colour_beyond_the_palette() {
        for hour in &HOURS {
            let png = png(hour);
            let length = u64::try_from(png.len()).unwrap();
            let picture = inspect(&mut Cursor::new(&png), length).unwrap();
            assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
            assert_eq!(palette(hour).len(), 3 * (usize::from(BANK) + 1));
        }
    }
}
