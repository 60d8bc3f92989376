//! The machine, so that figures of two runs can be read beside each other.

use crate::clock;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes of the probe of the disk.
const WRITES: usize = 200;

/// One line about processor, memory, disk and time, zh and en.
pub fn describe(dir: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = field(&model, "model name").unwrap_or("?").to_owned();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = kilobytes(&memory, "MemTotal").unwrap_or(0) >> 20;
    let sync = sync_us(dir).map_or_else(|e| e.to_string(), |us| format!("{us} µs"));
    let at = clock::now().rfc3339();
    format!(
        "{cores} 核 cores（{model}），内存 memory {memory} GB，一次 fdatasync（4 KB）中位 median {sync}；负载与城市在同一台机器上 load and city on the same machine；{at}"
    )
}

/// The value of a line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|l| l.strip_prefix(name))?;
    Some(line.trim_start().strip_prefix(':')?.trim())
}

/// The value of a line `Name:   123 kB`.
pub fn kilobytes(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.split(' ').next()?.parse().ok()
}

/// Resident memory of a process, in bytes.
///
/// # Errors
/// When it is gone.
pub fn resident_bytes(process: u32) -> Result<f64, String> {
    let path = format!("/proc/{process}/status");
    let text = fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let kb = kilobytes(&text, "VmRSS").ok_or_else(|| format!("{path}: no VmRSS"))?;
    #[expect(clippy::cast_precision_loss, reason = "a size in memory")]
    let bytes = (kb << 10) as f64;
    Ok(bytes)
}

fn sync_us(dir: &Path) -> std::io::Result<u128> {
    let path = dir.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut all = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let begun = clock::instant();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        all.push(begun.elapsed().as_micros());
    }
    fs::remove_file(path)?;
    all.sort_unstable();
    Ok(all[WRITES / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernel_are_read() {
        let text = "Name:\tcity\nVmRSS:\t   1234 kB\nmodel name\t: A B\n";
        assert_eq!((kilobytes(text, "VmRSS"), kilobytes(text, "VmSwap")), (Some(1234), None));
        assert_eq!(field(text, "model name"), Some("A B"));
    }

    #[test]
    fn this_process_has_memory_and_the_disk_syncs() {
        assert!(resident_bytes(std::process::id()).unwrap() > 100_000.0);
        let dir = tempfile::tempdir().unwrap();
        assert!(describe(dir.path()).contains("fdatasync"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "the probe cleans up");
    }
}
