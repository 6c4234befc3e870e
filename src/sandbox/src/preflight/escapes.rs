//! Ways out of containers that are known, by the versions in which they were closed.

use crate::version::Version;

/// A way out that is known.
struct Escape {
    name: &'static str,
    /// The first version without it, of each line of versions: major, minor, patch, candidate.
    closed: &'static [(u64, u64, u64, Option<u64>)],
}

/// Of `runc`, by which Docker starts containers.
const OF_RUNC: [Escape; 4] = [
    Escape { name: "CVE-2024-21626", closed: &[(1, 1, 12, None)] },
    Escape { name: "CVE-2025-31133", closed: &[(1, 2, 8, None), (1, 3, 3, None), (1, 4, 0, Some(3))] },
    Escape { name: "CVE-2025-52565", closed: &[(1, 2, 8, None), (1, 3, 3, None), (1, 4, 0, Some(3))] },
    Escape { name: "CVE-2025-52881", closed: &[(1, 2, 8, None), (1, 3, 3, None), (1, 4, 0, Some(3))] },
];
/// Of the kernel: writing to files that can only be read. It came with 5.8.
const OF_KERNEL: Escape =
    Escape { name: "CVE-2022-0847 (Dirty Pipe)", closed: &[(5, 10, 102, None), (5, 15, 25, None), (5, 16, 11, None)] };

impl Escape {
    /// Whether that version is one in which it was closed, going by the line it belongs to.
    fn is_closed_in(&self, version: &Version) -> bool {
        let line = (version.major, version.minor);
        let own = self.closed.iter().find(|closed| (closed.0, closed.1) == line);
        match (own, self.closed.last()) {
            (Some(&(major, minor, patch, candidate)), _) => {
                version.is_at_least_candidate(major, minor, patch, candidate)
            }
            (None, Some(last)) => line > (last.0, last.1),
            (None, None) => true,
        }
    }
}

/// What is to be said of a `runc` of that version; nothing when all is well.
pub(super) fn of_runc(text: &str) -> Option<String> {
    let version = Version::parse(text)?;
    let open: Vec<&str> =
        OF_RUNC.iter().filter(|escape| !escape.is_closed_in(&version)).map(|escape| escape.name).collect();
    let (last, others) = open.split_last()?;
    let names = if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
    let packaged = ["+ds", "deb", "ubuntu", "el8", "el9", "fc"].iter().any(|mark| text.contains(mark));
    let but = if packaged {
        " Your system’s package may carry the fixes under this version; its changelog tells."
    } else {
        ""
    };
    Some(format!(
        "runc {text} lets a container break out by {names}, as its version tells. Update it to 1.2.8, 1.3.3, 1.4.0 or \
         newer.{but}"
    ))
}

/// What is to be said of a kernel of that version; nothing when all is well.
pub(super) fn of_kernel(version: &Version) -> Option<String> {
    let open = version.is_at_least(5, 8, 0) && !OF_KERNEL.is_closed_in(version);
    open.then(|| {
        format!(
            "Linux {version} lets anyone write to files that can only be read, by {}, as its version tells: from inside a \
             sandbox, to those of this machine. Update the system.",
            OF_KERNEL.name
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runc_is_judged_by_its_line_of_versions() {
        let (old, new) = ("CVE-2024-21626", "CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881");
        for (version, expected) in [
            ("1.0.0-rc93", &[old, "CVE-2025-52881"][..]),
            ("1.1.5+ds1", &[old, "CVE-2025-52881", "package may carry"]),
            ("1.1.11", &[old]),
            ("1.1.12", &[new]),
            ("1.1.15", &[new]),
            ("1.2.7", &[new]),
            ("1.2.8", &[]),
            ("1.2.9", &[]),
            ("1.3.2", &[new]),
            ("1.3.3", &[]),
            ("1.4.0-rc.2", &[new]),
            ("1.4.0-rc.3", &[]),
            ("1.4.0", &[]),
            ("1.5.0", &[]),
            ("2.0.0", &[]),
        ] {
            match of_runc(version) {
                None => assert!(expected.is_empty(), "{version}"),
                Some(text) => {
                    assert!(!expected.is_empty(), "{version}: {text}");
                    assert!(expected.iter().all(|part| text.contains(part)), "{version}: {text}");
                    assert_eq!(text.contains(old), expected.contains(&old), "{version}: {text}");
                }
            }
        }
        assert_eq!(of_runc("unknown"), None);
    }

    #[test]
    fn the_kernel_is_judged_by_its_line_of_versions() {
        for (version, open) in [
            ("5.7.19", false),
            ("5.8.0", true),
            ("5.10.101", true),
            ("5.10.102", false),
            ("5.15.24", true),
            ("5.15.25", false),
            ("5.16.10", true),
            ("5.17.0", false),
            ("6.1.76", false),
        ] {
            assert_eq!(of_kernel(&Version::parse(version).unwrap()).is_some(), open, "{version}");
        }
    }
}
