use super::*;
use crate::seeded::Seeded;

const ONE: &str = "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80";
const TWO: &str =
    "##0087QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&2200";

fn decoder() -> Decoder {
    Decoder::new(&Config::default())
}

/// Feeds the bytes in pieces and gives everything found, the end of the stream included.
fn run(pieces: &[&[u8]]) -> Vec<Item> {
    let mut decoder = decoder();
    let mut items = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            let taken = decoder.push(rest);
            assert!(taken > 0, "a drained decoder has room");
            rest = &rest[taken..];
            while let Some(item) = decoder.next() {
                items.push(item);
            }
            assert!(decoder.held() <= decoder.capacity() + SAMPLE_BYTES_MAX);
        }
    }
    while let Some(item) = decoder.finish() {
        items.push(item);
    }
    items
}

fn segments(items: &[Item]) -> Vec<&[u8]> {
    items
        .iter()
        .filter_map(|item| if let Item::Frame(f) = item { Some(&f.segment[..]) } else { None })
        .collect()
}

fn bads(items: &[Item]) -> Vec<&Bad> {
    items.iter().filter_map(|item| if let Item::Bad(b) = item { Some(b) } else { None }).collect()
}

fn one_bad(text: &str) -> Bad {
    let items = run(&[text.as_bytes()]);
    assert_eq!(bads(&items).len(), 1, "{items:?}");
    bads(&items)[0].clone()
}

#[test]
fn two_frames_with_and_without_line_ends() {
    for between in ["", "\r\n", "\n", "\r\n\r\n", " \r\n"] {
        let text = format!("{ONE}{between}{TWO}\r\n");
        let items = run(&[text.as_bytes()]);
        assert_eq!(segments(&items).len(), 2, "{between:?}");
        assert!(bads(&items).is_empty(), "{between:?} {items:?}");
    }
}

#[test]
fn lower_case_checksum_is_accepted() {
    let text = ONE.replace("1C80", "1c80");
    let items = run(&[text.as_bytes()]);
    let Item::Frame(frame) = &items[0] else { panic!("{items:?}") };
    assert!(frame.checks.passed());
    assert_eq!(frame.checks.crc_written.as_deref(), Some("1c80"));
}

#[test]
fn every_way_to_split_gives_the_same_frames() {
    let text = format!("{ONE}\r\nnoise{TWO}\r\n{}\r\n{TWO}", ONE.replace("1C80", "1C81"));
    let bytes = text.as_bytes();
    let whole = run(&[bytes]);
    assert_eq!(segments(&whole).len(), 3);
    assert_eq!(bads(&whole).len(), 2);
    for at in 0..bytes.len() {
        assert_eq!(run(&[&bytes[..at], &bytes[at..]]), whole, "split at {at}");
    }
    let singles: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(run(&singles), whole);
}

#[test]
fn a_wrong_checksum_is_refused_in_words_and_the_next_frame_is_read() {
    let text = format!("{}{TWO}", ONE.replace("1C80", "1C81"));
    let items = run(&[text.as_bytes()]);
    assert_eq!(segments(&items).len(), 1);
    let bad = bads(&items)[0];
    assert_eq!(bad.reason.zh, "校验不对。按原文算出 1C80，帧里写的是 1C81。");
    assert!(bad.reason.en.contains("1C80 was computed"));
    assert!(!bad.checks.passed());
    assert_eq!(bad.consumed, ONE.len() as u64);
}

#[test]
fn a_wrong_length_is_named_with_both_numbers() {
    for (written, line_end) in
        [("0100", "\r\n"), ("0099", ""), ("0102", "\r\n"), ("0140", "\r\n"), ("0140", "")]
    {
        let text = format!("{}{line_end}", ONE.replacen("0101", written, 1));
        let bad = one_bad(&text);
        assert_eq!(bad.reason.zh, format!("长度不对。帧头写 {written}，数据段实为 0101 字节。"), "{written}");
        assert_eq!(bad.checks.length_found, Some(101));
        assert_eq!(bad.checks.crc_computed.as_deref(), Some("1C80"));
    }
}

#[test]
fn a_length_beyond_the_frame_does_not_swallow_the_next_frame() {
    let text = format!("{}{TWO}", ONE.replacen("0101", "0150", 1));
    let items = run(&[text.as_bytes()]);
    assert_eq!(segments(&items).len(), 1);
    assert!(bads(&items)[0].reason.zh.starts_with("长度不对。帧头写 0150"));
}

#[test]
fn header_faults_have_their_own_words() {
    assert!(one_bad("##01x1QN=1;CP=&&&&0000\r\n").reason.zh.contains("4 位十进制数字"));
    assert!(one_bad("##9999QN=1;CP=&&&&0000\r\n").reason.zh.contains("上限 4096"));
    assert!(one_bad("##0087QN=2024").reason.zh.starts_with("帧不完整"));
    assert!(one_bad("##0020QN=1\r\n").reason.zh.starts_with("帧被截断"));
    assert!(one_bad("hello").reason.zh.contains("跳过 5 字节"));
}

#[test]
fn three_hashes_still_find_the_frame() {
    let items = run(&[format!("#{ONE}").as_bytes()]);
    assert_eq!(segments(&items).len(), 1);
}

#[test]
fn a_header_cut_at_any_place_before_a_good_frame_is_passed_over() {
    for at in 1..ONE.len() {
        let text = format!("{}{TWO}", &ONE[..at]);
        let items = run(&[text.as_bytes()]);
        let found = segments(&items);
        assert_eq!(found.last().map(|s| s.len()), Some(87), "cut at {at}: {items:?}");
    }
}

#[test]
fn ten_megabytes_of_noise_stay_within_bounds() {
    let mut seeded = Seeded(7);
    let chunk = seeded.bytes(64 * 1024);
    let mut decoder = decoder();
    let mut passed: u64 = 0;
    for _ in 0..160 {
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let taken = decoder.push(rest);
            rest = &rest[taken..];
            while let Some(item) = decoder.next() {
                let Item::Bad(bad) = item else { panic!("noise is no frame") };
                assert!(bad.bytes.len() <= decoder.capacity());
                passed += bad.consumed;
            }
            assert!(decoder.held() <= decoder.capacity() + SAMPLE_BYTES_MAX);
        }
    }
    let rest = decoder.held() as u64;
    assert!(passed + rest + 8192 >= 160 * 64 * 1024, "passed {passed}");
    decoder.push(format!("\r\n{ONE}").as_bytes());
    let mut found = false;
    while let Some(item) = decoder.next() {
        found |= matches!(item, Item::Frame(_));
    }
    assert!(found, "a frame after the noise is read");
}

#[test]
fn any_bytes_do_no_harm_and_a_line_brings_it_back() {
    for seed in 0..400 {
        let mut seeded = Seeded(seed);
        let count = seeded.below(600);
        let mut bytes = seeded.from(b"##&&0123456789ABCDEFQN=;CP\r\n\xFF\x00", count);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(ONE.as_bytes());
        let items = run(&[&bytes]);
        let last = segments(&items).last().map(|s| s.to_vec());
        assert_eq!(last.as_deref(), Some(&ONE.as_bytes()[6..107]), "seed {seed}");
        let cut = seeded.below(bytes.len());
        assert_eq!(segments(&run(&[&bytes[..cut], &bytes[cut..]])), segments(&items), "seed {seed}");
    }
}

#[test]
fn one_changed_byte_never_gives_another_segment() {
    let mut seeded = Seeded(3);
    for at in 0..ONE.len() {
        let mut bytes = ONE.as_bytes().to_vec();
        bytes[at] ^= 1 << seeded.below(8);
        bytes.extend_from_slice(b"\r\n");
        for segment in segments(&run(&[&bytes])) {
            assert_eq!(segment, &ONE.as_bytes()[6..107], "byte {at}");
        }
    }
}
