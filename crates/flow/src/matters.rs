//! The list of matters: what a case can be about, and which roles the duty list gives it to.

use door::Text;
use std::collections::BTreeMap;

/// Most matters in one list.
const MATTERS_MAX: usize = 2_000;
/// The columns, in this order.
const COLUMNS: [&str; 9] = ["matter", "zh", "en", "article", "bodies", "level", "item", "task_zh", "task_en"];

/// One matter of the duty list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Its code.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// The article that the duty list rests on.
    pub article: String,
    /// Roles that handle it, the leading one first.
    pub bodies: Vec<String>,
    /// Level that a report of it opens with, 1 to 4.
    pub level: u8,
    /// Item of the duty list.
    pub item: String,
    /// What is to be done.
    pub task: Text,
}

/// Reads the list (CSV by RFC 4180, with a header).
///
/// # Errors
/// The line and what is wrong with it.
pub fn read_matters(text: &str) -> Result<BTreeMap<String, Matter>, String> {
    let mut rows = rows(text)?.into_iter();
    if rows.next().is_none_or(|r| r != COLUMNS) {
        return Err(format!("codes: the columns must be {}", COLUMNS.join(",")));
    }
    let mut matters = BTreeMap::new();
    for (n, row) in rows.enumerate() {
        let line = n + 2;
        let [id, zh, en, article, bodies, level, item, task_zh, task_en] = <[String; 9]>::try_from(row)
            .map_err(|r| format!("codes: row {line} has {} fields, not {}", r.len(), COLUMNS.len()))?;
        let level = level.parse().ok().filter(|l| (1..=4).contains(l));
        let level = level.ok_or_else(|| format!("codes: row {line}: level is not 1 to 4"))?;
        let bodies = bodies.split(';').filter(|b| !b.is_empty()).map(str::to_owned).collect();
        let title = Text { zh, en };
        let task = Text { zh: task_zh, en: task_en };
        let matter = Matter { id: id.clone(), title, article, bodies, level, item, task };
        if matters.insert(id, matter).is_some() || matters.len() > MATTERS_MAX {
            return Err(format!("codes: row {line}: named twice, or more than {MATTERS_MAX} rows"));
        }
    }
    Ok(matters)
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            (true, '"') => quoted = false,
            (true, c) => field.push(c),
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') => {}
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (false, c) => field.push(c),
        }
    }
    if quoted {
        return Err("codes: a quotation mark is never closed".into());
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|r| r.iter().any(|f| !f.is_empty()));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_keep_commas_and_marks() {
        let text = format!("{}\nm,甲,A,38,eco;town,2,1,做,\"Do, then \"\"tell\"\"\"\n\n", COLUMNS.join(","));
        let m = &read_matters(&text).unwrap()["m"];
        assert_eq!(m.task.en, "Do, then \"tell\"");
        assert_eq!((m.bodies.len(), m.level, m.title.zh.as_str()), (2, 2, "甲"));
    }

    #[test]
    fn a_wrong_list_names_its_row() {
        let head = COLUMNS.join(",");
        let row = "m,甲,A,38,eco,2,1,做,Do";
        let cases = [
            ("matter,zh\n".to_owned(), "columns"),
            (format!("{head}\nm,a\n"), "row 2 has 2"),
            (format!("{head}\n{}\n", row.replace(",2,", ",7,")), "row 2: level"),
            (format!("{head}\n{row}\n{row}\n"), "row 3: named twice"),
            (format!("{head}\n\"m"), "never closed"),
        ];
        for (text, want) in cases {
            let got = read_matters(&text).unwrap_err();
            assert!(got.contains(want), "{got}");
        }
    }
}
