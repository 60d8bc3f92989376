//! The manifest: which files count, and up to which commit they hold everything.
//!
//! A text of lines, written whole by rename. Its last line counts the files, so that a torn one is seen.

use model::Seq;

/// First line of a manifest of this form.
const HEAD: &str = "history 1";
/// Name of its file.
pub(crate) const NAME: &str = "manifest";

/// One sealed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Number of the file; newer files have higher ones.
    pub number: u64,
    /// How often its points were merged.
    pub level: u32,
    /// Points in it.
    pub points: u64,
    /// Least time in it, microseconds.
    pub min_at: i64,
    /// Greatest time in it.
    pub max_at: i64,
}

impl Sheet {
    pub fn name(&self) -> String {
        format!("points-{:010}.parquet", self.number)
    }
}

/// What the manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Manifest {
    /// The last commit whose points are all in the files.
    pub cursor: Seq,
    /// Number of the next file.
    pub next: u64,
    /// The files, by number.
    pub sheets: Vec<Sheet>,
}

impl Manifest {
    pub fn write(&self) -> String {
        let mut text = format!("{HEAD}\ncursor {}\nnext {}\n", self.cursor, self.next);
        for s in &self.sheets {
            text.push_str(&format!(
                "sheet {} {} {} {} {}\n",
                s.number, s.level, s.points, s.min_at, s.max_at
            ));
        }
        text.push_str(&format!("end {}\n", self.sheets.len()));
        text
    }

    /// Reads what `write` wrote; the error is the line that is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err("first line".into());
        }
        let mut manifest = Self::default();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let done = match words[..] {
                ["cursor", n] => n.parse().map(|n| manifest.cursor = n).is_ok(),
                ["next", n] => n.parse().map(|n| manifest.next = n).is_ok(),
                ["sheet", number, level, points, min, max] => {
                    sheet([number, level, points, min, max]).map(|s| manifest.sheets.push(s)).is_some()
                }
                ["end", n] if n.parse() == Ok(manifest.sheets.len()) => return Ok(manifest),
                _ => false,
            };
            if !done {
                return Err(line.chars().take(80).collect());
            }
        }
        Err("no end".into())
    }
}

fn sheet(words: [&str; 5]) -> Option<Sheet> {
    Some(Sheet {
        number: words[0].parse().ok()?,
        level: words[1].parse().ok()?,
        points: words[2].parse().ok()?,
        min_at: words[3].parse().ok()?,
        max_at: words[4].parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_wrote_and_sees_a_torn_one() {
        let sheet = |number| Sheet { number, level: 1, points: 7, min_at: -5, max_at: 99 };
        let manifest = Manifest { cursor: 42, next: 9, sheets: vec![sheet(3), sheet(8)] };
        let text = manifest.write();
        assert_eq!(Manifest::read(&text), Ok(manifest));
        for cut in 0..text.len() - 1 {
            assert!(Manifest::read(&text[..cut]).is_err(), "{cut}");
        }
        assert!(Manifest::read(&text.replace("history 1", "history 2")).is_err());
        assert!(Manifest::read(&text.replace("cursor 42", "cursor x")).is_err());
    }
}
