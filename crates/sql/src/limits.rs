//! What one statement may cost.

/// Limits of one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest text of a statement, in bytes.
    pub text_max: usize,
    /// Most rows in an answer; of a longer result the first ones are given, marked as truncated.
    pub rows_max: usize,
    /// Most bytes that joins, groups and sorts of one statement may hold.
    pub memory_bytes_max: usize,
    /// Most bytes of an answer's values.
    pub answer_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_max: 16_384, rows_max: 1_000, memory_bytes_max: 256 << 20, answer_bytes_max: 16 << 20 }
    }
}
