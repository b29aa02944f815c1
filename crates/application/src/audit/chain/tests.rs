use proptest::prelude::*;

use super::*;

fn entry(n: u8) -> RawEntry {
    RawEntry {
        seq: None,
        hash: None,
        id: vec![n; 16],
        at: b"2023-03-14T01:00:00.000000Z".to_vec(),
        actor_id: (!n.is_multiple_of(3)).then(|| vec![7; 16]),
        session_id: None,
        action: b"article.edit".to_vec(),
        resource: b"article".to_vec(),
        resource_id: Some(vec![9; 16]),
        version: Some(n.to_string().into_bytes()),
        fields: b"[]".to_vec(),
        network: Some(b"10.0.0.0/24".to_vec()),
        request_id: None,
    }
}

fn sealed(entries: Vec<RawEntry>) -> Vec<RawEntry> {
    let mut last = Hash::GENESIS;
    let seal = |(seq, entry): (i64, RawEntry)| {
        last = last.then(&entry);
        RawEntry { seq: Some(seq), hash: Some(last.as_bytes().to_vec()), ..entry }
    };
    (1..).zip(entries).map(seal).collect()
}

fn log(length: u8) -> Vec<RawEntry> {
    sealed((1..=length).map(entry).collect())
}

fn verify(entries: &[RawEntry], anchor: Option<Anchor>) -> Result<Anchor, Fault> {
    let mut verifier = Verifier::new(anchor);
    for portion in entries.chunks(3) {
        verifier.walk(portion)?;
    }
    verifier.end()?;
    Ok(verifier.last())
}

fn anchor(entry: &RawEntry) -> Anchor {
    Anchor { seq: entry.seq.unwrap(), hash: Hash::from_slice(entry.hash.as_ref().unwrap()).unwrap() }
}

fn fault(entries: &[RawEntry], anchor: Option<Anchor>) -> (i64, Tampering) {
    let fault = verify(entries, anchor).unwrap_err();
    (fault.seq, fault.what)
}

#[test]
fn a_log_that_nobody_touched_is_right_up_to_its_head() {
    let log = log(7);
    assert_eq!(verify(&log, Some(anchor(&log[3]))), Ok(anchor(&log[6])));
    assert_eq!(verify(&[], None).unwrap().seq, 0);
}

#[test]
fn an_entry_that_was_taken_away_is_missed() {
    let mut log = log(7);
    log.remove(4);
    assert_eq!(fault(&log, None), (5, Tampering::Missing));
}

#[test]
fn two_entries_that_changed_places_are_found_out() {
    let mut log = log(7);
    log.swap(3, 4);
    (log[3].seq, log[4].seq) = (Some(4), Some(5));
    assert_eq!(fault(&log, None), (4, Tampering::OutOfOrder));
}

#[test]
fn a_seal_that_was_changed_is_told_from_an_entry_that_was() {
    let (mut seal, mut text) = (log(7), log(7));
    seal[3].hash.as_mut().unwrap()[0] ^= 1;
    assert_eq!(fault(&seal, None), (4, Tampering::Hash));
    text[3].action = b"article.read".to_vec();
    assert_eq!(fault(&text, None), (4, Tampering::Altered));
}

#[test]
fn only_an_anchor_shows_that_the_end_was_cut_off_or_written_anew() {
    let whole = log(7);
    let (head, cut) = (anchor(&whole[6]), &whole[..5]);
    assert!(verify(cut, None).is_ok());
    assert_eq!(fault(cut, Some(head)), (7, Tampering::Truncated));
    let mut forged: Vec<RawEntry> = (1..=7).map(entry).collect();
    forged[2].actor_id = Some(vec![8; 16]);
    let forged = sealed(forged);
    assert!(verify(&forged, None).is_ok());
    assert_eq!(fault(&forged, Some(head)), (7, Tampering::Rewritten));
}

#[test]
fn an_anchor_is_read_as_it_is_printed() {
    let head = anchor(&log(3)[2]);
    assert_eq!(head.to_string().parse(), Ok(head));
    for text in ["", "3", "0:00", "3:xyz", &head.to_string()[..60], &format!("{head}0")] {
        assert!(text.parse::<Anchor>().is_err(), "{text}");
    }
}

#[test]
fn a_null_is_no_empty_text_and_no_column_runs_into_the_next() {
    let seal = |change: &dyn Fn(&mut RawEntry)| {
        let mut entry = entry(1);
        change(&mut entry);
        Hash::GENESIS.then(&entry)
    };
    assert_ne!(seal(&|entry| entry.network = None), seal(&|entry| entry.network = Some(Vec::new())));
    let split = seal(&|entry| (entry.action, entry.resource) = (b"ab".to_vec(), b"c".to_vec()));
    assert_ne!(split, seal(&|entry| (entry.action, entry.resource) = (b"a".to_vec(), b"bc".to_vec())));
}

/// The columns of an entry that a byte can be flipped in.
fn columns(entry: &mut RawEntry) -> Vec<&mut Vec<u8>> {
    [&mut entry.id, &mut entry.at, &mut entry.action, &mut entry.resource, &mut entry.fields]
        .into_iter()
        .chain(entry.hash.as_mut())
        .chain(entry.actor_id.as_mut())
        .chain(entry.resource_id.as_mut())
        .chain(entry.version.as_mut())
        .chain(entry.network.as_mut())
        .collect()
}

proptest! {
    #[test]
    fn whichever_bit_of_whichever_entry_is_flipped_it_is_named(row in 0_usize..8, column: prop::sample::Index, byte: prop::sample::Index, bit in 0_u32..8) {
        let mut log = log(8);
        let mut columns = columns(&mut log[row]);
        let column = column.index(columns.len());
        let column = &mut columns[column];
        let byte = byte.index(column.len());
        column[byte] ^= 1 << bit;
        prop_assert_eq!(verify(&log, None).unwrap_err().seq, i64::try_from(row).unwrap() + 1);
    }
}
