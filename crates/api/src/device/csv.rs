//! A list as a file of values, UTF-8 with a mark by which spreadsheets know it.

use super::cells::words;
use super::wire::{ColumnView, Row};

/// Rows in one file at most.
pub(crate) const ROWS_MAX: usize = 10_000;

/// The whole file: one line of titles, one line for each row.
pub(crate) fn file(columns: &[ColumnView], rows: Vec<Row>) -> String {
    let mut text = String::from("\u{feff}");
    let titles = columns.iter().map(|c| match &c.unit {
        Some(unit) => format!("{} ({unit})", c.title.zh),
        None => c.title.zh.clone(),
    });
    line(&mut text, titles);
    for mut row in rows {
        let cells = columns.iter().map(|c| match row.cells.remove(&c.attr).flatten() {
            Some(super::cells::Cell::Number(n)) => n.to_string(),
            Some(cell) => plain(words(cell).zh),
            None => String::new(),
        });
        line(&mut text, cells);
    }
    text
}

/// A text that a spreadsheet would take for a formula is marked as text.
fn plain(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::cells::Cell;
    use super::*;
    use crate::public::wire::T;
    use std::collections::BTreeMap;

    #[test]
    fn cells_are_quoted_and_formulas_are_disarmed() {
        let column = |attr: &str, unit: Option<&str>| ColumnView {
            attr: attr.into(),
            title: T::of(format!("列{attr}"), ""),
            format: "text".into(),
            unit: unit.map(Into::into),
        };
        let row = |a: Option<Cell>, b: Option<Cell>| Row {
            id: "urn:x:1".into(),
            link: None,
            cells: BTreeMap::from([("a".to_owned(), a), ("b".to_owned(), b)]),
        };
        let rows = vec![
            row(Some(Cell::Words(T::of("甲,\"乙\"", ""))), Some(Cell::Number(-1.5))),
            row(Some(Cell::Text("=SUM(A1)".into())), None),
        ];
        let text = file(&[column("a", None), column("b", Some("m"))], rows);
        assert_eq!(text, "\u{feff}列a,列b (m)\r\n\"甲,\"\"乙\"\"\",-1.5\r\n'=SUM(A1),\r\n");
    }
}
