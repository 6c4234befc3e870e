//! The disk: how long it takes until what was written is safe. What waits for it cannot be quicker.

use std::io::Write as _;
use std::time::Instant;

use crate::Result;
use crate::figures::percentile;

/// Writes 4 KiB a hundred times, and tells how long each took to be flushed.
pub(crate) fn describe() -> Result<String> {
    let mut file = tempfile::tempfile()?;
    let mut took = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        took.push(began.elapsed());
    }
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    Ok(format!("4 KiB flushed in {:.2} ms, 99 of 100 in {:.2} ms", p50.unwrap_or_default(), p99.unwrap_or_default()))
}
