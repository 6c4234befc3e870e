//! Limits as they are written on the command line.

use clap::Args;
use domain::sandbox::{Limits, Network};

/// What each limit is called where they are listed, in the order of [`set`].
pub(super) const NAMES: [&str; 11] = [
    "memory",
    "processors",
    "processes",
    "open files",
    "file size",
    "/work",
    "/tmp, home",
    "files in each",
    "output",
    "seconds",
    "network",
];

/// Limits to set. What is not named stays as it is.
#[derive(Debug, Default, Args)]
pub(super) struct LimitArgs {
    /// Memory of all processes together, without swap, like 512MiB or 2GiB.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Processor time, in processors, like 0.5 or 2.
    #[arg(long, value_name = "N", value_parser = processors)]
    cpu: Option<u32>,
    /// Processes and threads at a time.
    #[arg(long, value_name = "N")]
    pids: Option<u32>,
    /// Open files of one process.
    #[arg(long, value_name = "N")]
    open_files: Option<u32>,
    /// Size of one file.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    file_size: Option<u64>,
    /// Size of /work, where the project's files are.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    work: Option<u64>,
    /// Size of /tmp and of the home folder, each.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    tmp: Option<u64>,
    /// Files and folders in each of them.
    #[arg(long, value_name = "N")]
    inodes: Option<u32>,
    /// What is kept of one run's output.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    output: Option<u64>,
    /// How long one run may take, in seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
    /// Where connections may go: none, registries or full.
    #[arg(long, value_parser = network)]
    network: Option<Network>,
}

impl LimitArgs {
    /// These over those that there are.
    pub(super) fn over(&self, before: Limits) -> Limits {
        Limits {
            memory_bytes: self.memory.or(before.memory_bytes),
            cpu_millis: self.cpu.or(before.cpu_millis),
            pids: self.pids.or(before.pids),
            open_files: self.open_files.or(before.open_files),
            file_bytes: self.file_size.or(before.file_bytes),
            work_bytes: self.work.or(before.work_bytes),
            tmp_bytes: self.tmp.or(before.tmp_bytes),
            inodes: self.inodes.or(before.inodes),
            output_bytes: self.output.or(before.output_bytes),
            seconds: self.seconds.or(before.seconds),
            network: self.network.or(before.network),
        }
    }
}

/// Which of them are there.
pub(super) fn set(limits: &Limits) -> [bool; 11] {
    let Limits {
        memory_bytes,
        cpu_millis,
        pids,
        open_files,
        file_bytes,
        work_bytes,
        tmp_bytes,
        inodes,
        output_bytes,
        seconds,
        network,
    } = limits;
    [
        memory_bytes.is_some(),
        cpu_millis.is_some(),
        pids.is_some(),
        open_files.is_some(),
        file_bytes.is_some(),
        work_bytes.is_some(),
        tmp_bytes.is_some(),
        inodes.is_some(),
        output_bytes.is_some(),
        seconds.is_some(),
        network.is_some(),
    ]
}

const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

/// Bytes in the largest unit that leaves no rest.
pub(super) fn bytes(number: u64) -> String {
    let unit = UNITS.iter().find(|(_, bits)| number > 0 && number.is_multiple_of(1 << bits));
    unit.map_or_else(|| number.to_string(), |(name, bits)| format!("{} {name}", number >> bits))
}

/// A number of bytes, with or without a unit.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("“{text}” is no size; write it like 512MiB, 2GiB, or a number of bytes");
    let unit = UNITS.iter().find_map(|(name, bits)| Some((text.strip_suffix(name)?, *bits)));
    let (digits, bits) = unit.unwrap_or((text, 0));
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(1 << bits).ok_or_else(wrong)
}

fn processors(text: &str) -> Result<u32, String> {
    let wrong = || format!("“{text}” is no number of processors; write it like 0.5 or 2");
    let number: f64 = text.parse().map_err(|_| wrong())?;
    let millis = (number * 1000.0).round();
    // As far as whole thousandths go; what a sandbox can have, the server says.
    if (1.0..=1_000_000.0).contains(&millis) { Ok(millis as u32) } else { Err(wrong()) }
}

fn network(text: &str) -> Result<Network, String> {
    Network::from_name(text).ok_or_else(|| format!("there is no network “{text}”; there are none, registries, full"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, number) in [("2GiB", 2 << 30), ("512MiB", 512 << 20), ("64 KiB", 64 << 10), ("1023", 1023)] {
            assert_eq!(size(text), Ok(number), "{text}");
            assert_eq!(size(&bytes(number)), Ok(number));
        }
        for text in ["", "MiB", "-1", "2GB", "99999999999GiB"] {
            assert!(size(text).unwrap_err().contains("512MiB"), "{text}");
        }
        assert_eq!(bytes(0), "0");
    }

    #[test]
    fn processors_are_thousandths() {
        assert_eq!((processors("0.5"), processors("2")), (Ok(500), Ok(2000)));
        for text in ["0", "-1", "NaN", "many", "1e9"] {
            assert!(processors(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_named_stays() {
        let before = Limits { pids: Some(9), seconds: Some(7), ..Limits::default() };
        let now = LimitArgs { seconds: Some(8), ..LimitArgs::default() }.over(before);
        assert_eq!(now, Limits { pids: Some(9), seconds: Some(8), ..Limits::default() });
        assert_eq!(set(&now).iter().filter(|set| **set).count(), 2);
        assert_eq!(NAMES.len(), set(&now).len());
    }
}
