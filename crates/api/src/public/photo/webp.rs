//! WebP (RIFF container): keeps the chunks that draw the picture; Exif, XMP, profiles and unknown ones go.

const HEAD: usize = 12;
const KEPT: [&[u8; 4]; 6] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"];
/// Flags of `VP8X` that announce a profile, Exif and XMP.
const ANNOUNCED: u8 = 0x20 | 0x08 | 0x04;

/// The picture without metadata, and its width and height; none when its chunks do not fit.
pub(super) fn clean(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
    let stated = usize::try_from(u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?)).ok()?;
    let end = stated.checked_add(8).filter(|e| *e <= bytes.len())?;
    let mut out = Vec::with_capacity(end);
    out.extend(bytes.get(..HEAD)?);
    let (mut at, mut size) = (HEAD, None);
    while at < end {
        let length = usize::try_from(u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?)).ok()?;
        let padded = length.checked_add(length % 2)?.checked_add(8)?;
        let next = at.checked_add(padded).filter(|n| *n <= end)?;
        let chunk = &bytes[at..next];
        let kind = &chunk[..4];
        if size.is_none() {
            size = Some(side(kind, &chunk[8..8 + length])?);
        }
        if KEPT.iter().any(|k| kind == *k) {
            let from = out.len();
            out.extend(chunk);
            if kind == b"VP8X" {
                out[from + 8] &= !ANNOUNCED;
            }
        }
        at = next;
    }
    let total = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&total.to_le_bytes());
    Some((out, size?))
}

/// Width and height from the first chunk, which must be one that has them.
fn side(kind: &[u8], data: &[u8]) -> Option<(u32, u32)> {
    let byte = |i: usize| data.get(i).copied().map(u32::from);
    match kind {
        b"VP8X" => {
            let three = |i: usize| Some((byte(i)? | byte(i + 1)? << 8 | byte(i + 2)? << 16) + 1);
            Some((three(4)?, three(7)?))
        }
        b"VP8L" => {
            let bits = byte(1)? | byte(2)? << 8 | byte(3)? << 16 | byte(4)? << 24;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)).filter(|_| data[0] == 0x2f)
        }
        b"VP8 " => {
            let start = data.get(3..6)? == [0x9d, 0x01, 0x2a];
            let two = |i: usize| Some((byte(i)? | byte(i + 1)? << 8) & 0x3fff);
            Some((two(6)?, two(8)?)).filter(|_| start)
        }
        _ => None,
    }
}

#[cfg(test)]
pub(in crate::public::photo) mod tests {
    use super::super::tests::{SECRET, holds};
    use super::*;

    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (kind, data) in chunks {
            body.extend(*kind);
            body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            body.extend(*data);
            body.extend(vec![0; data.len() % 2]);
        }
        let mut out = b"RIFF".to_vec();
        out.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        out.extend(body);
        out
    }

    const EXTENDED: &[u8] = &[0x3c, 0, 0, 0, 0x7f, 0x02, 0, 0xdf, 0x01, 0];
    const LOSSY: &[u8] = &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 9];

    /// A file with every place where metadata can hide.
    pub(in crate::public::photo) fn picture() -> Vec<u8> {
        let chunks: [(&[u8; 4], &[u8]); 6] = [
            (b"VP8X", EXTENDED),
            (b"ICCP", SECRET),
            (b"VP8 ", LOSSY),
            (b"EXIF", SECRET),
            (b"XMP ", SECRET),
            (b"what", SECRET),
        ];
        let mut out = file(&chunks);
        out.extend(SECRET);
        out
    }

    #[test]
    fn only_what_draws_is_kept_and_nothing_else_is_announced() {
        let (cleaned, size) = clean(&picture()).unwrap();
        assert_eq!(size, (640, 480));
        assert!(!holds(&cleaned, SECRET) && !holds(&cleaned, b"EXIF") && holds(&cleaned, LOSSY));
        assert_eq!(cleaned[HEAD + 8], 0x10, "only the flag of transparency is left");
        assert_eq!(
            usize::try_from(u32::from_le_bytes(cleaned[4..8].try_into().unwrap())).unwrap(),
            cleaned.len() - 8
        );
        assert_eq!(clean(&cleaned), Some((cleaned.clone(), size)), "cleaning twice changes nothing");
    }

    #[test]
    fn sides_are_read_from_each_form() {
        let lossless: &[u8] = &[0x2f, 0x7f, 0xc2, 0x77, 0x00];
        assert_eq!(clean(&file(&[(b"VP8L", lossless)])).unwrap().1, (640, 480));
        assert_eq!(clean(&file(&[(b"VP8 ", LOSSY)])).unwrap().1, (640, 480));
        assert_eq!(clean(&file(&[(b"EXIF", SECRET), (b"VP8 ", LOSSY)])), None);
        assert_eq!(clean(&file(&[(b"VP8 ", &[0; 11])])), None);
    }
}
