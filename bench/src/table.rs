//! The table: rows of ratios, as words and as Markdown, and its place in the page.

/// What stands before the table in the page.
const BEGIN: &str = "<!-- bench: begin -->";
/// What stands after it.
const END: &str = "<!-- bench: end -->";
/// Longest reason that is shown in a cell, in characters.
const REASON_MAX: usize = 200;

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The city's figure with its unit.
    pub figure: String,
    /// What it is compared with, and that figure.
    pub against: String,
    /// The ratio, when there is something to compare with.
    pub ratio: Option<f64>,
    /// The bar in words, when there is one.
    pub bar: String,
    /// Whether the bar was reached.
    pub reached: Option<bool>,
}

impl Row {
    /// A rate against a baseline; `bar` is the least ratio.
    pub fn rate(what: &str, figure: (f64, String), against: (f64, String), bar: Option<f64>) -> Self {
        let ratio = if against.0 > 0.0 { Some(figure.0 / against.0) } else { None };
        Self {
            what: what.to_owned(),
            figure: figure.1,
            against: against.1,
            ratio,
            bar: bar.map(|b| format!("≥ {b}")).unwrap_or_default(),
            reached: bar.zip(ratio).map(|(bar, ratio)| ratio >= bar),
        }
    }

    /// A size or a time that must not exceed its bar, both in the same unit.
    pub fn at_most(what: &str, figure: (f64, String), bar: Option<(f64, &str)>) -> Self {
        Self {
            what: what.to_owned(),
            ratio: bar.map(|(bar, _)| figure.0 / bar),
            reached: bar.map(|(bar, _)| figure.0 <= bar),
            bar: bar.map(|(_, words)| format!("≤ {words}")).unwrap_or_default(),
            against: String::new(),
            figure: figure.1,
        }
    }

    /// A figure without a bar.
    pub fn plain(what: &str, figure: String) -> Self {
        Self { what: what.to_owned(), figure, ..Self::default() }
    }

    /// A measurement that failed.
    pub fn failed(what: &str, reason: &str) -> Self {
        let reason: String = reason.replace(['\n', '|'], " ").chars().take(REASON_MAX).collect();
        Self { what: what.to_owned(), figure: format!("失败 failed: {reason}"), ..Self::default() }
    }

    /// A measurement that nobody has written yet.
    pub fn not_yet(what: &str, bar: &str) -> Self {
        let (figure, bar) = ("尚未测量 not yet".into(), format!("≤ {bar}"));
        Self { what: what.to_owned(), figure, bar, ..Self::default() }
    }

    /// The row in one line of words.
    pub fn line(&self) -> String {
        let [what, figure, against, ratio, bar, reached] = self.cells();
        let words = [what, figure, against, ratio, bar, reached];
        words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" | ")
    }

    fn cells(&self) -> [String; 6] {
        let reached = match self.reached {
            Some(true) => "达到 yes",
            Some(false) => "**未达到 no**",
            None => "",
        };
        [
            self.what.clone(),
            self.figure.clone(),
            self.against.clone(),
            self.ratio.map(|r| format!("{r:.2}")).unwrap_or_default(),
            self.bar.clone(),
            reached.to_owned(),
        ]
    }
}

/// The table in Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let head = "| 测什么 · what | 得数 · figure | 对照 · against | 比 · ratio | 门槛 · bar | 达到 · reached |\n| --- | --- | --- | --- | --- | --- |";
    let rows = rows.iter().map(|r| format!("| {} |", r.cells().join(" | ")));
    std::iter::once(head.to_owned()).chain(rows).collect::<Vec<_>>().join("\n")
}

/// A page with the text between its markers replaced.
///
/// # Errors
/// That the page has no markers, or in the wrong order.
pub fn replaced(page: &str, text: &str) -> Result<String, String> {
    let none = || format!("there is no place between {BEGIN} and {END}");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(none)?;
    let (_, after) = rest.split_once(END).ok_or_else(none)?;
    Ok(format!("{before}{BEGIN}\n{text}\n{END}{after}"))
}

/// A count with commas between thousands.
pub fn thousands(n: f64) -> String {
    let digits = format!("{:.0}", n.max(0.0));
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_reached_or_not() {
        let rate =
            |ours: f64, bar| Row::rate("frames", (ours, format!("{ours}/s")), (100.0, "100/s".into()), bar);
        assert_eq!((rate(40.0, Some(0.4)).reached, rate(39.0, Some(0.4)).reached), (Some(true), Some(false)));
        assert_eq!((rate(40.0, None).reached, rate(40.0, None).ratio), (None, Some(0.4)));
        assert_eq!(Row::rate("x", (1.0, String::new()), (0.0, String::new()), Some(1.0)).reached, None);
        let size = |mb: f64| Row::at_most("rss", (mb, format!("{mb} MB")), Some((80.0, "80 MB")));
        assert_eq!((size(80.0).reached, size(80.1).reached), (Some(true), Some(false)));
        assert_eq!(size(40.0).line(), "rss | 40 MB | 0.50 | ≤ 80 MB | 达到 yes");
    }

    #[test]
    fn every_row_of_the_table_has_its_cells() {
        let rows = [Row::plain("a", "1".into()), Row::failed("b", "x|y\nz"), Row::not_yet("c", "3 s")];
        let text = markdown(&rows);
        assert_eq!(text.lines().count(), 5);
        assert!(text.lines().all(|l| l.matches('|').count() == 7), "{text}");
        assert!(text.contains("failed: x y z") && text.contains("not yet"));
    }

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let page = format!("# B\n{BEGIN}\nold\n{END}\nafter\n");
        let once = replaced(&page, "new").unwrap();
        assert_eq!(once, format!("# B\n{BEGIN}\nnew\n{END}\nafter\n"));
        assert_eq!(replaced(&once, "new").unwrap(), once);
        assert!(replaced("# B\n", "new").is_err());
        assert!(replaced(&format!("{END}{BEGIN}"), "new").is_err());
    }

    #[test]
    fn thousands_have_commas() {
        let all = [0.0, 999.4, 1_000.0, 12_345.6, 1_234_567.0].map(thousands);
        assert_eq!(all, ["0", "999", "1,000", "12,346", "1,234,567"]);
    }
}
