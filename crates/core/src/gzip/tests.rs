use std::io::Write;

use flate2::{Compression, GzBuilder, write::GzEncoder};
use proptest::prelude::*;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Unpacks in parts of this size.
fn in_parts(packed: &[u8], size: usize, cap_bytes: u64) -> Unpacked {
    let (mut stream, mut bytes) = (Gunzip::new(cap_bytes), Vec::new());
    let pushed = packed.chunks(size).try_for_each(|part| stream.push(part, &mut bytes));
    let fault = pushed.and_then(|()| stream.finish(&mut bytes)).err();
    Unpacked { bytes, fault }
}

fn whole(bytes: &[u8]) -> Unpacked {
    Unpacked { bytes: bytes.to_vec(), fault: None }
}

/// Lines that compress, but not to nothing.
fn lines(count: u32) -> Vec<u8> {
    (0..count)
        .flat_map(|n| format!("{{\"ContactId\":\"{}\"}}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn members_in_a_row_are_one_stream_in_any_pieces() {
    let [a, b] = [gzip(b"{\"a\":1}"), gzip(b"{\"b\":2}")];
    for between in [&b""[..], b"\n", b"\r\n", b"\0\0\0"] {
        let packed = [&a[..], between, &b, between].concat();
        assert!(is_gzip(&packed));
        for size in 1..=packed.len() {
            assert_eq!(in_parts(&packed, size, 1000), whole(b"{\"a\":1}{\"b\":2}"), "{between:?} {size}");
        }
    }
}

#[test]
fn padding_behind_the_last_member_is_no_damage() {
    let text = lines(1000);
    let packed = [gzip(&text), vec![0; 512]].concat();
    assert_eq!(gunzip(&packed, 1 << 20), whole(&text));
    assert_eq!(in_parts(&packed, 100, 1 << 20), whole(&text));
}

#[test]
fn a_header_may_hold_anything() {
    let mut packed = GzBuilder::new()
        .filename("records.json")
        .comment("of one day")
        .extra([7; 300])
        .write(Vec::new(), Compression::fast());
    packed.write_all(b"{}").unwrap();
    let packed = packed.finish().unwrap();
    for size in [1, 2, 7, 1000] {
        assert_eq!(in_parts(&packed, size, 10), whole(b"{}"), "{size}");
    }
    // With a checksum of the header, and an extra field of no bytes.
    let plain = gzip(b"{}");
    let mut more = plain[..10].to_vec();
    more[3] = 0b110;
    more.extend([0, 0, 1, 2]);
    more.extend(&plain[10..]);
    assert_eq!(in_parts(&more, 1, 10), whole(b"{}"));
}

#[test]
fn a_bomb_stops_at_the_cap() {
    let bomb = gzip(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 300_000);
    let stopped = gunzip(&bomb, 1_000_000);
    assert_eq!(stopped.fault, Some(GzipError::TooLarge { cap_bytes: 1_000_000 }));
    assert_eq!(stopped.bytes.len(), 1_000_000);
    assert_eq!(gunzip(&bomb, 50_000_000).bytes.len(), 50_000_000);
    assert_eq!(gunzip(&bomb, 50_000_000).fault, None);
}

#[test]
fn what_was_unpacked_before_the_damage_comes_out_with_its_place() {
    let text = lines(20_000);
    let packed = gzip(&text);
    let at = packed.len() as u64;

    let cut = gunzip(&packed[..packed.len() - 5], 1 << 22);
    assert_eq!((cut.bytes == text, cut.fault), (true, Some(GzipError::CutOff { at: at - 5 })));
    let junk = gunzip(&[&packed[..], b"junk"].concat(), 1 << 22);
    assert_eq!((junk.bytes == text, junk.fault), (true, Some(GzipError::Damaged { at })));
    let half_a_header = gunzip(&[&packed[..], &[0x1f, 0x8b]].concat(), 1 << 22);
    assert_eq!(
        (half_a_header.bytes == text, half_a_header.fault),
        (true, Some(GzipError::CutOff { at: at + 2 }))
    );
    let mut sum = packed.clone();
    let last = sum.len() - 6;
    sum[last] ^= 0xff;
    let sum = gunzip(&sum, 1 << 22);
    assert_eq!((sum.bytes == text, sum.fault), (true, Some(GzipError::Damaged { at: at - 8 })));

    let half = &packed[..packed.len() / 2];
    let cut = gunzip(half, 1 << 22);
    assert_eq!(cut.fault, Some(GzipError::CutOff { at: half.len() as u64 }));
    assert!(cut.bytes.len() > text.len() / 3 && text.starts_with(&cut.bytes), "{}", cut.bytes.len());
}

#[test]
fn what_is_no_gzip_is_damage_at_once() {
    for (bytes, at) in [(&b"{}"[..], 0), (&[0x1f, 0x8b, 7], 2), (&[0x1f, 0x8b, 8, 0xe0], 3)] {
        assert_eq!(gunzip(bytes, 10), Unpacked { bytes: Vec::new(), fault: Some(GzipError::Damaged { at }) });
    }
    assert_eq!(gunzip(b"", 10).fault, Some(GzipError::CutOff { at: 0 }));
}

#[test]
fn after_a_fault_nothing_more_comes_out() {
    let (mut stream, mut out) = (Gunzip::new(10), Vec::new());
    let fault = Err(GzipError::Damaged { at: 0 });
    assert_eq!(stream.push(b"x", &mut out), fault);
    assert_eq!(stream.push(&gzip(b"{}"), &mut out), fault);
    assert_eq!(stream.finish(&mut out), fault);
    assert!(out.is_empty());
}

proptest! {
    /// Of a stream with a byte changed only what stands before the change may come out; a flip that the format
    /// does not notice at once is noticed by the checksum.
    #[test]
    fn damage_changes_nothing_before_it(at in any::<prop::sample::Index>(), flip in 1_u8.., size in 1_usize..5000) {
        let text = lines(500);
        let mut packed = gzip(&text);
        let at = at.index(packed.len());
        packed[at] ^= flip;
        let unpacked = in_parts(&packed, size, 1 << 20);
        if let Some(GzipError::Damaged { at: seen }) = unpacked.fault {
            prop_assert!(seen <= packed.len() as u64);
        }
        // Most of the header may be anything, and lines that are alike can be told by other distances: nothing is wrong then.
        if unpacked.fault.is_none() {
            prop_assert_eq!(unpacked.bytes, text);
        }
    }

    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, size in 1_usize..50) {
        let packed = [&[0x1f, 0x8b, 8][..], &bytes].concat();
        prop_assert_eq!(in_parts(&packed, size, 1000).fault.is_none(), gunzip(&packed, 1000).fault.is_none());
    }
}
