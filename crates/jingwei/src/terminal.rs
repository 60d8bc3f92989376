//! Words on the terminal. Logs go to standard error, what was asked for to standard output.

use std::io::Write;

/// Writes one line to standard output; a closed pipe is no error.
pub fn line(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Writes why a command did not do what it was asked.
pub fn error(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "jingwei: {text}"));
}
