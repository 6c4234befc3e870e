//! Limits as people write them in settings and on the command line: `memory=512MiB pids=32 seconds=5 network=none`.

use std::str::FromStr;

use super::{Limits, Network};
use crate::error::{Error, Result};

/// The names of the limits.
const NAMES: [&str; 11] =
    ["memory", "cpus", "pids", "open_files", "file", "work", "tmp", "inodes", "output", "seconds", "network"];

impl FromStr for Limits {
    type Err = Error;

    /// Reads limits separated by spaces or commas. Sizes are in bytes, or with `KiB`, `MiB` or `GiB`; `cpus` may have three decimals.
    ///
    /// # Errors
    /// `Invalid`, naming the limit and what it must be.
    fn from_str(text: &str) -> Result<Self> {
        let mut limits = Self::default();
        for word in text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()) {
            let Some((name, value)) = word.split_once('=') else {
                return Err(Error::invalid(word, format!("“{word}” is no limit; write it like memory=512MiB")));
            };
            limits.put(name, value)?;
        }
        Ok(limits)
    }
}

impl Limits {
    fn put(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "memory" => self.memory_bytes = Some(size(name, value)?),
            "cpus" => self.cpu_millis = Some(millis(name, value)?),
            "pids" => self.pids = Some(number(name, value)?),
            "open_files" => self.open_files = Some(number(name, value)?),
            "file" => self.file_bytes = Some(size(name, value)?),
            "work" => self.work_bytes = Some(size(name, value)?),
            "tmp" => self.tmp_bytes = Some(size(name, value)?),
            "inodes" => self.inodes = Some(number(name, value)?),
            "output" => self.output_bytes = Some(size(name, value)?),
            "seconds" => self.seconds = Some(number(name, value)?),
            "network" => {
                let network = Network::from_name(value)
                    .ok_or_else(|| wrong(name, value, "is no network; networks are none, registries and full"))?;
                self.network = Some(network);
            }
            _ => {
                let words = format!("“{name}” is no limit; limits are {}", NAMES.join(", "));
                return Err(Error::invalid(name, words));
            }
        }
        Ok(())
    }
}

fn number(name: &str, text: &str) -> Result<u32> {
    text.parse().map_err(|_| wrong(name, text, "is not a whole number"))
}

fn millis(name: &str, text: &str) -> Result<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !digits(whole) || !digits(part) {
        return Err(wrong(name, text, "is no number of processors; write it like 1 or 0.5"));
    }
    let millis = |whole: u32| whole.checked_mul(1000)?.checked_add(format!("{part:0<3}").parse().ok()?);
    number(name, whole).ok().and_then(millis).ok_or_else(|| wrong(name, text, "is more than any machine has"))
}

fn size(name: &str, text: &str) -> Result<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wrong(name, text, "is no size; write it like 512MiB, with B, KiB, MiB or GiB")),
    };
    let bytes = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
    bytes.ok_or_else(|| wrong(name, text, "is no size; write it like 512MiB"))
}

fn wrong(name: &str, text: &str, what: &str) -> Error {
    Error::invalid(name, format!("“{text}” {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        let limits: Limits =
            "memory=512MiB cpus=0.5, pids=32 seconds=5 network=none output=64KiB tmp=1000".parse().unwrap();
        assert_eq!((limits.memory_bytes, limits.cpu_millis), (Some(512 << 20), Some(500)));
        assert_eq!((limits.pids, limits.seconds, limits.network), (Some(32), Some(5), Some(Network::None)));
        assert_eq!((limits.output_bytes, limits.tmp_bytes, limits.work_bytes), (Some(64 << 10), Some(1000), None));
        assert_eq!("".parse::<Limits>().unwrap(), Limits::default());
        assert_eq!("cpus=2".parse::<Limits>().unwrap().cpu_millis, Some(2000));
    }

    #[test]
    fn every_limit_has_a_name() {
        for name in NAMES {
            let value = if name == "network" { "none" } else { "1" };
            assert_ne!(format!("{name}={value}").parse::<Limits>().unwrap(), Limits::default(), "{name}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named_with_the_fix() {
        for (text, field, part) in [
            ("memory", "memory", "like memory=512MiB"),
            ("memory=1TB", "memory", "MiB"),
            ("memory=99999999999GiB", "memory", "no size"),
            ("cpus=0.1234", "cpus", "like 1 or 0.5"),
            ("cpus=9999999", "cpus", "more than any machine"),
            ("pids=-1", "pids", "whole number"),
            ("network=moon", "network", "none, registries and full"),
            ("colour=red", "colour", "limits are memory"),
        ] {
            let error = text.parse::<Limits>().unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{text}");
            assert!(error.message.contains(part), "{}", error.message);
        }
    }
}
