//! `openbell-rulers durable-write`: how fast this disk makes one block after the other last.
//!
//! Blocks of 4 KiB to 1 MiB go into a file that was written full before, as a journal's recycled segments are: through
//! the page cache with a write and `fdatasync`, and past it by one write with `O_DIRECT | O_DSYNC`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use openbell_tools::duration;
use openbell_tools::line::{Line, Printer};

use crate::disk::{Prewritten, Way};
use crate::figures::{histogram, percentiles, tenths};

/// Length of the file.
const FILE_BYTES: usize = 256 << 20;
/// Sizes that are measured unless one is named, in KiB.
const SIZES: [usize; 5] = [4, 16, 64, 256, 1_024];

/// Measures the disk: blocks a second, and how long each takes to last.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Measures blocks of this many KiB alone.
    #[arg(long, value_name = "KIB")]
    block: Option<u16>,
    /// How long each size is measured, each way.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, default_value = "1s")]
    length: Duration,
    /// The disk of this folder is measured.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Measures and prints, a line for each size and way.
///
/// # Errors
///
/// The file cannot be written.
pub fn run(args: Args) -> Result<ExitCode> {
    let folder = crate::folder(args.dir.as_deref())?;
    let sizes = args.block.map_or(SIZES.to_vec(), |size| vec![usize::from(size.max(1))]);
    let mut printer = Printer::new(args.json);
    for size in sizes {
        for way in [Way::Synced, Way::Direct] {
            let file = &folder.path().join("blocks");
            let Some(latency) = measure(file, FILE_BYTES, size << 10, way, args.length)? else {
                continue;
            };
            printer.line(&line(size, way, &latency))?;
            printer.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes blocks for a time; nothing where the file system has no way past the page cache.
fn measure(
    path: &Path,
    file_bytes: usize,
    block_bytes: usize,
    way: Way,
    length: Duration,
) -> Result<Option<Histogram<u64>>> {
    let mut file = Prewritten::make(path, file_bytes, block_bytes)
        .with_context(|| format!("writing {}", path.display()))?;
    if way == Way::Direct && !file.has_direct() {
        return Ok(None);
    }
    let block: Vec<u8> = (0..=u8::MAX).cycle().take(block_bytes).collect();
    let mut latency = histogram();
    let began = Instant::now();
    let mut before = began;
    while before - began < length {
        file.commit(&block, way).with_context(|| format!("writing {}", path.display()))?;
        let now = Instant::now();
        latency.saturating_record(u64::try_from((now - before).as_nanos()).unwrap_or(u64::MAX));
        before = now;
    }
    Ok(Some(latency))
}

fn line(size: usize, way: Way, latency: &Histogram<u64>) -> Line {
    // One after the other: the mean time of a block is the whole time over their number.
    let per_second = 1_000_000_000.0 / latency.mean();
    let line = Line::new("way", if way == Way::Direct { "direct" } else { "fdatasync" })
        .with("block_kib", size)
        .with("syncs_per_s", per_second.round());
    percentiles(line, latency).with("mb_per_s", tenths(per_second * size as f64 / 976.5625))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_counted_and_written() {
        let folder = crate::folder(None).expect("the temporary folder can be written");
        let path = folder.path().join("blocks");
        for way in [Way::Synced, Way::Direct] {
            let latency = measure(&path, 1 << 20, 4 << 10, way, Duration::from_millis(5));
            let Some(latency) = latency.expect("a run") else { continue };
            assert!(!latency.is_empty());
            let written = std::fs::read(&path).expect("the file is there");
            let pages = written.chunks(4 << 10).filter(|page| page[1] == 1).count();
            let expected = latency.len().min(256);
            assert_eq!(u64::try_from(pages).expect("256 at most"), expected, "{way:?}");
        }
    }
}
