use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// A JPEG as far as its first scan, and some bytes for the pixels.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    bytes.extend(b"\xff\xc0\x00\x0b\x08");
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\x34\xff\xd9");
    bytes
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length, name.as_slice(), data, b"\0\0\0\0"].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x02\0\0\0".as_slice()].concat();
    [PNG_SIGNATURE.to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")].concat()
}

fn looked_at(bytes: &[u8]) -> Result<Picture, Refusal> {
    inspect(&mut Cursor::new(bytes), u64::try_from(bytes.len()).unwrap())
}

fn code(bytes: &[u8]) -> &'static str {
    match looked_at(bytes) {
        Ok(_) => "accepted",
        Err(Refusal::Unsupported) => "unsupported",
        Err(Refusal::Broken(fault)) => fault.code,
        Err(Refusal::Unreadable(error)) => panic!("{error}"),
    }
}

#[test]
fn a_picture_is_known_by_its_bytes_with_its_size() {
    assert_eq!(looked_at(&jpeg(640, 480)).unwrap(), Picture { format: Format::Jpeg, width: 640, height: 480 });
    assert_eq!(looked_at(&png(1920, 1080)).unwrap(), Picture { format: Format::Png, width: 1920, height: 1080 });
}

#[test]
fn what_is_no_jpeg_or_png_is_not_accepted_whatever_it_is_called() {
    let others: [&[u8]; 9] = [
        b"",
        b"\xff\xd8\xff",
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a\x01\0\x01\0/*\xff\xd8\xff",
        b"RIFF\x24\0\0\0WEBPVP8 ",
        b"%PDF-1.7\n%\xff\xd8\xff",
        b"PK\x03\x04\x14\0\0\0\x08\0",
        b"\0\0\0\x20ftypavif",
    ];
    for other in others {
        assert_eq!(code(other), "unsupported", "{other:?}");
    }
}

#[test]
fn html_behind_the_first_bytes_of_a_picture_is_not_a_picture() {
    assert_eq!(code(b"\xff\xd8\xff<html><script>alert(1)</script></html>"), "invalid_image");
    assert_eq!(code(b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>"), "invalid_image");
}

#[test]
fn a_picture_that_was_cut_off_before_its_pixels_is_refused() {
    let whole = jpeg(640, 480);
    for length in 8..whole.len() - 3 {
        assert_eq!(code(&whole[..length]), "invalid_image", "{length} bytes of a JPEG");
    }
    let whole = png(640, 480);
    for length in 8..whole.len() {
        assert_eq!(code(&whole[..length]), "invalid_image", "{length} bytes of a PNG");
    }
}

#[test]
fn what_is_appended_to_a_png_makes_it_something_else() {
    let appended = [png(640, 480), b"<script>alert(1)</script>".to_vec()].concat();
    assert_eq!(code(&appended), "invalid_image");
}

#[test]
fn more_pixels_than_a_browser_can_show_are_refused() {
    assert_eq!(code(&png(30_000, 1)), "accepted");
    assert_eq!(code(&png(30_001, 1)), "too_many_pixels");
    assert_eq!(code(&png(1, 30_001)), "too_many_pixels");
    assert_eq!(code(&png(10_000, 10_000)), "accepted");
    assert_eq!(code(&png(10_001, 10_000)), "too_many_pixels");
    assert_eq!(code(&jpeg(u16::MAX, u16::MAX)), "too_many_pixels");
    assert_eq!(code(&png(u32::MAX, u32::MAX)), "too_many_pixels");
}

#[test]
fn a_picture_without_pixels_is_none() {
    for empty in [png(0, 1), png(1, 0), jpeg(0, 1), jpeg(1, 0)] {
        assert_eq!(code(&empty), "invalid_image");
    }
}

#[test]
fn a_walk_that_never_ends_is_given_up() {
    let segments = [b"\xff\xd8".to_vec(), b"\xff\xe0\x00\x02".repeat(MOST_STEPS + 1)].concat();
    assert_eq!(code(&segments), "invalid_image");
    let fill = [b"\xff\xd8".to_vec(), vec![0xff; MOST_STEPS * 3]].concat();
    assert_eq!(code(&fill), "invalid_image");
}

proptest! {
    #[test]
    fn no_bytes_at_all_make_it_fail_otherwise(
        start in prop_oneof![Just(jpeg(640, 480)), Just(png(640, 480))],
        kept in 0_usize..80,
        rest in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let kept = kept.min(start.len());
        let bytes = [&start[..kept], &rest].concat();
        let refused = matches!(looked_at(&bytes), Err(Refusal::Unreadable(_)));
        prop_assert!(!refused);
    }

    #[test]
    fn the_size_is_the_one_that_is_written_there(width in 1_u16..=30_000, height in 1_u16..=3_000) {
        let picture = looked_at(&jpeg(width, height)).unwrap();
        prop_assert_eq!((picture.width, picture.height), (u32::from(width), u32::from(height)));
        let oracle = imagesize::blob_size(&png(width.into(), height.into())).unwrap();
        prop_assert_eq!((oracle.width, oracle.height), (usize::from(width), usize::from(height)));
    }
}
