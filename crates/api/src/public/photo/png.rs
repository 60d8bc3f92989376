//! PNG (W3C, third edition): keeps the chunks that draw the picture; texts, times, Exif and unknown ones go.

const HEAD: usize = 8;
/// Length, type and checksum around a chunk's data.
const AROUND: usize = 12;
/// Chunks that draw, with the ones that only say how colours and transparency are meant.
const KEPT: [&[u8; 4]; 10] =
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs"];

/// The picture without metadata, and its width and height; none when its chunks do not fit.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(bytes.get(..HEAD)?);
    let (mut at, mut size, mut data) = (HEAD, None, false);
    loop {
        let length = usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()?;
        let end = at.checked_add(length)?.checked_add(AROUND)?;
        let chunk = bytes.get(at..end)?;
        let kind = &chunk[4..8];
        if size.is_none() {
            let side = |i: usize| Some(u32::from_be_bytes(chunk.get(i..i + 4)?.try_into().ok()?));
            size = Some((side(8)?, side(12)?)).filter(|_| kind == b"IHDR" && length == 13);
            size?;
        }
        data |= kind == b"IDAT";
        if KEPT.iter().any(|k| kind == *k) {
            out.extend(chunk);
        }
        if kind == b"IEND" {
            return Some((out, size.filter(|_| data)?));
        }
        at = end;
    }
}

#[cfg(test)]
pub(in crate::public::photo) mod tests {
    use super::super::tests::{SECRET, holds};
    use super::*;

    fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(kind);
        out.extend(data);
        out.extend([0; 4]);
    }

    /// A file with every place where metadata can hide.
    pub(in crate::public::photo) fn picture(width: u32, height: u32) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut head = width.to_be_bytes().to_vec();
        head.extend(height.to_be_bytes());
        head.extend([8, 2, 0, 0, 0]);
        chunk(&mut out, b"IHDR", &head);
        for kind in [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"iCCP", b"prVt"] {
            chunk(&mut out, kind, SECRET);
        }
        chunk(&mut out, b"sRGB", &[0]);
        chunk(&mut out, b"IDAT", b"pixels");
        chunk(&mut out, b"IDAT", b"more");
        chunk(&mut out, b"IEND", b"");
        out.extend(SECRET);
        out
    }

    #[test]
    fn only_what_draws_is_kept() {
        let (cleaned, size) = clean(&picture(640, 480)).unwrap();
        assert_eq!(size, (640, 480));
        assert!(!holds(&cleaned, SECRET) && !holds(&cleaned, b"eXIf"));
        assert!(holds(&cleaned, b"IDATpixels") && holds(&cleaned, b"IDATmore") && holds(&cleaned, b"sRGB"));
        assert_eq!(clean(&cleaned), Some((cleaned.clone(), size)), "cleaning twice changes nothing");
    }

    #[test]
    fn chunks_out_of_place_are_damage() {
        let mut no_head = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut no_head, b"IDAT", b"pixels");
        chunk(&mut no_head, b"IEND", b"");
        assert_eq!(clean(&no_head), None);
        let mut too_long = picture(1, 1);
        too_long[HEAD] = 0xff;
        assert_eq!(clean(&too_long), None);
    }
}
