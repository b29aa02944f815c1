//! How a batch of hits stands in the journal: fixed fields one after another, big-endian.
//!
//! The first byte is the version of the whole. A hit is its marks (which optional fields follow), the
//! instant in microseconds, the local day and hour, the device, what was viewed, and then what the marks
//! announce. A visitor's recent pages are written in the same way.
//!
//! Version 1 had neither hour nor device, category and referrer. What a node of that time left behind is
//! still read: its hits count in the first hour of their day, on a device that nobody told.

use std::collections::BTreeMap;

use bantin_domain::{
    id::Id,
    kind::{Kind, Target},
    time::{Date, Timestamp},
    visits::{ClockHour, Device, PageKey, RecordedHit, ReferrerHost, SeenPage, Viewed, VisitorKey, VisitorKeys},
};
use uuid::Uuid;

/// The pages that a visitor has viewed, by the hour.
type RecentPages = BTreeMap<(ClockHour, PageKey), SeenPage>;

const VERSION: u8 = 2;
const VERSION_WITHOUT_AUDIENCE: u8 = 1;

const HAS_VISITOR: u8 = 1;
const HAS_YESTERDAY: u8 = 2;
const HAS_HIT_ID: u8 = 4;
const HAS_CATEGORY: u8 = 8;
const HAS_REFERRER: u8 = 16;

/// A path, where an item would have the number of its kind.
const PATH: u8 = 0;

/// The numbers of the kinds are ours: the order of the enum may change, a journal may not.
const KINDS: [(u8, Kind); 10] = [
    (1, Kind::Article),
    (2, Kind::Event),
    (3, Kind::Speech),
    (4, Kind::Page),
    (5, Kind::Person),
    (6, Kind::Organisation),
    (7, Kind::Category),
    (8, Kind::Tag),
    (9, Kind::Media),
    (10, Kind::Site),
];

const DEVICES: [(u8, Device); 4] = [(0, Device::Other), (1, Device::Desktop), (2, Device::Mobile), (3, Device::Tablet)];

/// Writes a batch.
pub(super) fn write_hits(hits: &[RecordedHit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + hits.len() * 96);
    out.push(VERSION);
    for hit in hits {
        write_hit(&mut out, hit);
    }
    out
}

fn write_hit(out: &mut Vec<u8>, hit: &RecordedHit) {
    let yesterday = hit.visitor.and_then(|keys| keys.yesterday);
    let mark = |present: bool, mark: u8| if present { mark } else { 0 };
    out.push(
        mark(hit.visitor.is_some(), HAS_VISITOR)
            | mark(yesterday.is_some(), HAS_YESTERDAY)
            | mark(hit.hit_id.is_some(), HAS_HIT_ID)
            | mark(hit.category.is_some(), HAS_CATEGORY)
            | mark(hit.referrer.is_some(), HAS_REFERRER),
    );
    write_instant(out, hit.at);
    out.extend(hit.day.year().to_be_bytes());
    out.extend(hit.day.month().to_be_bytes());
    out.extend(hit.day.day().to_be_bytes());
    out.extend(hit.hour.to_be_bytes());
    out.push(DEVICES.iter().find(|(_, known)| *known == hit.device).map_or(0, |(number, _)| *number));
    let (kind, page) = match hit.viewed {
        Viewed::Path(digest) => (PATH, digest),
        Viewed::Item(Target { kind, id }) => {
            let number = KINDS.iter().find(|(_, known)| *known == kind).map_or(PATH, |(number, _)| *number);
            (number, id.into_bytes())
        }
    };
    out.push(kind);
    out.extend(page);
    if let Some(keys) = hit.visitor {
        out.extend(keys.today.0);
    }
    if let Some(key) = yesterday {
        out.extend(key.0);
    }
    if let Some(hit_id) = hit.hit_id {
        out.extend(hit_id.into_bytes());
    }
    if let Some(category) = hit.category {
        out.extend(category.uuid().into_bytes());
    }
    if let Some(referrer) = &hit.referrer {
        let name = referrer.as_str().as_bytes();
        // A host has at most a hundred bytes.
        out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        out.extend(name);
    }
}

/// Reads a batch; `None` if it is of another version or cut short.
pub(super) fn read_hits(bytes: &[u8]) -> Option<Vec<RecordedHit>> {
    let mut rest = Reader(bytes);
    let has_audience = match rest.take()? {
        [VERSION] => true,
        [VERSION_WITHOUT_AUDIENCE] => false,
        _ => return None,
    };
    let mut hits = Vec::with_capacity(rest.0.len() / 46);
    while !rest.0.is_empty() {
        hits.push(read_hit(&mut rest, has_audience)?);
    }
    Some(hits)
}

fn read_hit(rest: &mut Reader<'_>, has_audience: bool) -> Option<RecordedHit> {
    let [marks] = rest.take()?;
    let at = rest.instant()?;
    let day =
        Date::new(i16::from_be_bytes(rest.take()?), i8::from_be_bytes(rest.take()?), i8::from_be_bytes(rest.take()?))
            .ok()?;
    let (hour, device) = if has_audience {
        let hour = i8::from_be_bytes(rest.take()?);
        let [number] = rest.take()?;
        (hour, DEVICES.iter().find(|(known, _)| *known == number)?.1)
    } else {
        (0, Device::Other)
    };
    let [kind] = rest.take()?;
    let page: PageKey = rest.take()?;
    let viewed = match kind {
        PATH => Viewed::Path(page),
        number => {
            let (_, kind) = KINDS.iter().find(|(known, _)| *known == number)?;
            Viewed::Item(Target { kind: *kind, id: Uuid::from_bytes(page) })
        }
    };
    let mut marked = |mark: u8| if marks & mark == 0 { Some(None) } else { rest.take::<16>().map(Some) };
    let today = marked(HAS_VISITOR)?.map(VisitorKey);
    let yesterday = marked(HAS_YESTERDAY)?.map(VisitorKey);
    let hit_id = marked(HAS_HIT_ID)?.map(Uuid::from_bytes);
    let category = marked(HAS_CATEGORY)?.map(|id| Id::new(Uuid::from_bytes(id)));
    let referrer = if marks & HAS_REFERRER == 0 { None } else { Some(rest.referrer()?) };
    let visitor = today.map(|today| VisitorKeys { today, yesterday });
    Some(RecordedHit { at, day, hour, viewed, category, device, referrer, visitor, hit_id })
}

/// Writes the pages that a visitor has viewed lately, and in which hours others, if in any: most come once a day.
pub(super) fn write_recent(recent: &RecentPages, forgotten: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(recent.len() * 26 + 4);
    for ((_, page), seen) in recent {
        out.extend(page);
        write_instant(&mut out, seen.last);
        out.extend(seen.times.to_be_bytes());
    }
    if forgotten != 0 {
        out.extend(forgotten.to_be_bytes());
    }
    out
}

/// Reads them; `None` if they are cut short.
pub(super) fn read_recent(bytes: &[u8]) -> Option<(RecentPages, u32)> {
    let mut rest = Reader(bytes);
    let mut recent = BTreeMap::new();
    while !rest.0.is_empty() {
        // Shorter than a page: the hours stand at the end.
        if let Ok(hours) = rest.0.try_into() {
            return Some((recent, u32::from_be_bytes(hours)));
        }
        let (page, last) = (rest.take()?, rest.instant()?);
        recent.insert((ClockHour::of(last), page), SeenPage { last, times: u16::from_be_bytes(rest.take()?) });
    }
    Some((recent, 0))
}

fn write_instant(out: &mut Vec<u8>, at: Timestamp) {
    out.extend(at.as_micros().to_be_bytes());
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn instant(&mut self) -> Option<Timestamp> {
        Timestamp::from_micros(i64::from_be_bytes(self.take()?))
    }

    fn referrer(&mut self) -> Option<ReferrerHost> {
        let [length] = self.take()?;
        let (name, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        ReferrerHost::parse(std::str::from_utf8(name).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use bantin_domain::{named::Named, time::parse_date};

    use super::*;

    fn hits() -> Vec<RecordedHit> {
        let bare = RecordedHit {
            at: Timestamp::parse("2023-02-28T07:30:00.123456+07:00").unwrap(),
            day: parse_date("2023-02-28").unwrap(),
            hour: 7,
            category: None,
            device: Device::Other,
            referrer: None,
            viewed: Viewed::Path([9; 16]),
            visitor: None,
            hit_id: None,
        };
        let keys = VisitorKeys { today: VisitorKey([1; 16]), yesterday: None };
        let mut all = vec![
            bare.clone(),
            RecordedHit { visitor: Some(keys), ..bare.clone() },
            RecordedHit { hit_id: Some(Uuid::from_u128(5)), ..bare.clone() },
            RecordedHit {
                visitor: Some(VisitorKeys { yesterday: Some(VisitorKey([2; 16])), ..keys }),
                hit_id: Some(Uuid::from_u128(6)),
                category: Some(Id::new(Uuid::from_u128(8))),
                referrer: ReferrerHost::parse("tim.example"),
                ..bare.clone()
            },
        ];
        all.extend(Device::ALL.iter().map(|device| RecordedHit { device: *device, ..bare.clone() }));
        all.extend(Kind::ALL.iter().map(|kind| RecordedHit {
            viewed: Viewed::Item(Target { kind: *kind, id: Uuid::from_u128(7) }),
            ..bare.clone()
        }));
        all
    }

    #[test]
    fn a_batch_comes_back_as_it_was_written() {
        assert_eq!(read_hits(&write_hits(&hits())), Some(hits()));
        assert_eq!(read_hits(&write_hits(&[])), Some(Vec::new()));
    }

    #[test]
    fn a_batch_of_the_first_version_is_read_too() {
        let mut old = vec![1, 0];
        write_instant(&mut old, Timestamp::EPOCH);
        old.extend([0x07, 0xB2, 1, 1, PATH]);
        old.extend([9; 16]);
        let hits = read_hits(&old).unwrap();
        assert_eq!((hits.len(), hits[0].hour, hits[0].device), (1, 0, Device::Other));
        assert_eq!(hits[0].viewed, Viewed::Path([9; 16]));
    }

    #[test]
    fn a_batch_cut_short_or_of_another_version_is_refused() {
        let fullest = hits().split_off(3);
        let whole = write_hits(&fullest[..1]);
        for length in (0..whole.len()).filter(|length| *length != 1) {
            assert_eq!(read_hits(&whole[..length]), None, "{length}");
        }
        assert_eq!(read_hits(&[VERSION + 1]), None);
    }

    #[test]
    fn recent_pages_come_back_as_they_were_written() {
        let seen = |seconds, times| SeenPage { last: Timestamp::EPOCH.plus_seconds(seconds), times };
        let hour = |seconds| ClockHour::of(Timestamp::EPOCH.plus_seconds(seconds));
        let recent = BTreeMap::from([
            ((hour(0), [1; 16]), seen(0, 1)),
            ((hour(9), [2; 16]), seen(9, 600)),
            ((hour(3_600), [1; 16]), seen(3_601, 1)),
        ]);
        for (forgotten, length) in [(0, 3 * 26), (0b101, 3 * 26 + 4)] {
            let written = write_recent(&recent, forgotten);
            assert_eq!((read_recent(&written), written.len()), (Some((recent.clone(), forgotten)), length));
            assert_eq!(read_recent(&written[..written.len() - 1]), None);
        }
        assert_eq!(read_recent(&[]), Some((BTreeMap::new(), 0)));
    }
}
