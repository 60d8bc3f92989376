//! JPEG (ITU T.81, annex B): keeps the segments that draw the picture, drops APPn and COM and what follows EOI.

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COM: u8 = 0xfe;

/// The picture without metadata, and its width and height; none when its segments do not fit.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend([0xff, SOI]);
    let (mut at, mut size, mut scans) = (2, None, 0);
    loop {
        let marker = marker(bytes, &mut at)?;
        if marker == EOI {
            out.extend([0xff, EOI]);
            return Some((out, size.filter(|_| scans > 0)?));
        }
        // TEM and the restart markers have no length; outside a scan they draw nothing.
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let segment = bytes.get(at..at + length.max(2)).filter(|_| length >= 2)?;
        at += length;
        if is_frame(marker) {
            let side =
                |i: usize| Some(u32::from(u16::from_be_bytes([*segment.get(i)?, *segment.get(i + 1)?])));
            size = Some((side(5)?, side(3)?));
        }
        if draws(marker, segment) {
            out.extend([0xff, marker]);
            out.extend(segment);
        }
        if marker == SOS {
            scans += 1;
            let end = at + scan(&bytes[at..])?;
            out.extend(&bytes[at..end]);
            at = end;
        }
    }
}

/// The next marker; fill bytes before it are passed over.
fn marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    if *bytes.get(*at)? != 0xff {
        return None;
    }
    while *bytes.get(*at)? == 0xff {
        *at += 1;
    }
    *at += 1;
    bytes.get(*at - 1).copied().filter(|m| *m != 0)
}

/// SOF0 to SOF15 without DHT, JPG and DAC.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Whether a segment is needed to draw. Of the APPn only the plain JFIF head and Adobe's 12 bytes about
/// colours are, the former without a thumbnail.
fn draws(marker: u8, segment: &[u8]) -> bool {
    match marker {
        APP0 => segment.len() == 16 && segment[2..].starts_with(b"JFIF\0") && segment[14..] == [0, 0],
        APP14 => segment.len() == 14 && segment[2..].starts_with(b"Adobe"),
        APP0..=APP15 | COM => false,
        _ => true,
    }
}

/// Length of the entropy-coded data before the next marker that is no restart.
fn scan(data: &[u8]) -> Option<usize> {
    data.windows(2).position(|w| w[0] == 0xff && !matches!(w[1], 0x00 | 0xd0..=0xd7))
}

#[cfg(test)]
pub(in crate::public::photo) mod tests {
    use super::super::tests::{SECRET, holds};
    use super::*;

    fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
        out.extend([0xff, marker]);
        out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        out.extend(body);
    }

    /// A file with every place where metadata can hide.
    pub(in crate::public::photo) fn picture(width: u16, height: u16) -> Vec<u8> {
        let mut out = vec![0xff, SOI];
        segment(&mut out, APP0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
        segment(&mut out, 0xe1, SECRET);
        segment(&mut out, 0xe2, SECRET);
        segment(&mut out, APP14, b"Adobe\0\x64\0\0\0\0\x01");
        segment(&mut out, 0xed, SECRET);
        segment(&mut out, COM, SECRET);
        segment(&mut out, 0xdb, &[7; 65]);
        let mut frame = vec![8];
        frame.extend(height.to_be_bytes());
        frame.extend(width.to_be_bytes());
        frame.extend([1, 1, 0x11, 0]);
        segment(&mut out, 0xc0, &frame);
        segment(&mut out, 0xc4, &[3; 20]);
        segment(&mut out, SOS, &[1, 1, 0, 0, 63, 0]);
        out.extend([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56]);
        segment(&mut out, 0xe1, SECRET);
        segment(&mut out, SOS, &[1, 1, 0, 0, 63, 0]);
        out.extend([0x78, 0xff, EOI]);
        out.extend(SECRET);
        out
    }

    #[test]
    fn only_what_draws_is_kept() {
        let (cleaned, size) = clean(&picture(640, 480)).unwrap();
        assert_eq!(size, (640, 480));
        assert!(!holds(&cleaned, SECRET) && !holds(&cleaned, b"Exif"));
        assert!(holds(&cleaned, b"JFIF") && holds(&cleaned, b"Adobe"));
        assert!(holds(&cleaned, &[0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56]));
        assert!(cleaned.ends_with(&[0x78, 0xff, EOI]));
        assert_eq!(clean(&cleaned), Some((cleaned.clone(), size)), "cleaning twice changes nothing");
    }

    #[test]
    fn a_thumbnail_in_the_head_is_dropped() {
        let mut out = vec![0xff, SOI];
        segment(&mut out, APP0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01abc");
        out.extend(&picture(2, 2)[20..]);
        assert!(!holds(&clean(&out).unwrap().0, b"abc"));
    }

    #[test]
    fn a_file_without_a_scan_or_a_frame_is_damaged() {
        let mut none = vec![0xff, SOI];
        segment(&mut none, COM, SECRET);
        none.extend([0xff, EOI]);
        assert_eq!(clean(&none), None);
        assert_eq!(clean(&[0xff, SOI, 0xff, 0xe1, 0xff, 0xff, 1]), None);
    }
}
