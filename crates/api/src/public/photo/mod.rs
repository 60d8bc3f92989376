//! Photographs as they come from strangers: told apart by their first bytes, bounded in size, and rid of
//! everything that is no picture (place, camera, time, comments, what hangs behind the end).

mod jpeg;
mod png;
mod webp;

use crate::Problem;

/// Largest photograph, in bytes.
pub const PHOTO_MAX: usize = 8 << 20;
/// Largest width or height, in pixels.
const SIDE_MAX: u32 = 20_000;

/// The formats that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ITU T.81.
    Jpeg,
    /// W3C PNG.
    Png,
    /// WebP in RIFF.
    Webp,
}

/// Why a photograph is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No bytes at all.
    Empty,
    /// More than 8 MiB.
    Large,
    /// Neither JPEG nor PNG nor WebP.
    NoImage,
    /// It begins as one, but its parts do not fit.
    Damaged,
    /// A side is longer than 20,000 pixels.
    Side,
}

impl Kind {
    /// The format of these bytes by how they begin.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// The same picture without metadata.
///
/// # Errors
/// Why it is not taken.
pub fn clean(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    if bytes.len() > PHOTO_MAX {
        return Err(Fault::Large);
    }
    let cleaned = match Kind::of(bytes).ok_or(Fault::NoImage)? {
        Kind::Jpeg => jpeg::clean(bytes),
        Kind::Png => png::clean(bytes),
        Kind::Webp => webp::clean(bytes),
    };
    let (picture, (width, height)) = cleaned.ok_or(Fault::Damaged)?;
    if width == 0 || height == 0 {
        return Err(Fault::Damaged);
    }
    if width.max(height) > SIDE_MAX { Err(Fault::Side) } else { Ok(picture) }
}

impl Fault {
    /// The refusal in words, with the field that carried the photograph.
    #[must_use]
    pub fn problem(self, field: &str) -> Problem {
        let (zh, en) = match self {
            Self::Empty => ("照片是空的，请重新选一张", "the photo is empty, choose another"),
            Self::Large => {
                ("照片超过 8 MB，请选小一点的", "the photo is larger than 8 MB, choose a smaller one")
            }
            Self::NoImage => (
                "这不是照片。请用 JPEG、PNG 或 WebP 图片",
                "this is no photo; use a JPEG, PNG or WebP picture",
            ),
            Self::Damaged => {
                ("照片文件不完整，请重新拍一张或选一张", "the photo file is damaged, take or choose another")
            }
            Self::Side => ("照片的长或宽超过 20000 像素", "a side of the photo is longer than 20000 pixels"),
        };
        Problem::invalid(field, zh, en)
    }
}

#[cfg(test)]
pub(in crate::public) mod tests {
    use super::*;

    /// A part of a file with a text that must not survive.
    pub(super) const SECRET: &[u8] = b"Exif\0\0 GPS 28.23N 117.00E";

    /// A picture that says where it was taken.
    pub(in crate::public) fn jpeg_with_place() -> Vec<u8> {
        jpeg::tests::picture(4, 3)
    }

    pub(super) fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|w| w == part)
    }

    #[test]
    fn what_is_no_photo_is_refused_in_words() {
        let cases: [(&[u8], Fault); 6] = [
            (b"", Fault::Empty),
            (b"GIF89a....", Fault::NoImage),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Fault::NoImage),
            (b"\xff\xd8\xff", Fault::Damaged),
            (b"\x89PNG\r\n\x1a\n", Fault::Damaged),
            (b"RIFF\x04\0\0\0WEBP", Fault::Damaged),
        ];
        for (bytes, fault) in cases {
            assert_eq!(clean(bytes), Err(fault), "{bytes:?}");
            let problem = fault.problem("photo");
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some("photo")));
            assert!(!problem.detail_zh.is_ascii() && problem.detail.is_ascii());
        }
        assert_eq!(clean(&vec![0xff; PHOTO_MAX + 1]), Err(Fault::Large));
    }

    #[test]
    fn any_cut_of_a_picture_is_refused_or_stays_clean_and_never_panics() {
        for whole in [jpeg::tests::picture(4, 3), png::tests::picture(4, 3), webp::tests::picture()] {
            assert!(clean(&whole).is_ok());
            for n in 0..whole.len() {
                if let Ok(picture) = clean(&whole[..n]) {
                    assert!(!holds(&picture, SECRET));
                }
                let mut flipped = whole.clone();
                flipped[n] ^= 0xff;
                drop(clean(&flipped));
            }
        }
    }

    #[test]
    fn a_picture_too_wide_is_refused() {
        assert_eq!(clean(&jpeg::tests::picture(20_001, 3)), Err(Fault::Side));
        assert_eq!(clean(&png::tests::picture(3, 40_000)), Err(Fault::Side));
        assert_eq!(clean(&png::tests::picture(0, 3)), Err(Fault::Damaged));
    }
}
