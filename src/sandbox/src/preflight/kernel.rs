//! The kernel, which all sandboxes share with everything else on a machine.

use super::escapes;
use crate::version::Version;

/// The kernel of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kernel {
    /// As it calls itself.
    pub(super) release: String,
    /// Its version, when it is known to the last number.
    pub(super) version: Option<Version>,
}

impl Kernel {
    /// What this machine's kernel says of itself.
    pub(super) fn read() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Self::of(&read("/proc/sys/kernel/osrelease"), &read("/proc/version"), &read("/proc/version_signature"))
    }

    /// Distributions number their own builds, and say elsewhere which version they built: Debian in `/proc/version`,
    /// Ubuntu as the last word of `/proc/version_signature`.
    pub(super) fn of(release: &str, version: &str, signature: &str) -> Self {
        let release = release.trim().to_owned();
        let told = version.split_once(" Debian ").map(|(_, rest)| rest).or_else(|| signature.split_whitespace().last());
        let version = match told.and_then(Version::parse) {
            Some(version) => Some(version),
            None => Version::parse(&release).filter(|version| version.patch > 0 || !is_a_builds(&release)),
        };
        Self { release, version }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let old = self.version.clone().or_else(|| Version::parse(&self.release));
        if let Some(version) = old.filter(|version| !version.is_at_least(5, 10, 0)) {
            warnings.push(format!(
                "Linux {version} is so old that its makers no longer mend it: whoever runs commands in a sandbox can look \
                 up how to break out. Update the system."
            ));
        }
        warnings.extend(self.version.as_ref().and_then(escapes::of_kernel));
        warnings
    }
}

/// Whether a release ends its version with 0 because a distribution counts builds behind it: `5.10.0-28-amd64`.
fn is_a_builds(release: &str) -> bool {
    release.split_once('-').is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_where_each_distribution_says_it() {
        for (release, version, signature, expected) in [
            ("6.18.44-fc-v769\n", "Linux version 6.18.44-fc-v769 (builder) #1 SMP", "", Some("6.18.44")),
            (
                "6.1.0-18-amd64\n",
                "Linux version 6.1.0-18-amd64 (gcc) #1 SMP Debian 6.1.76-1 (2024-02-01)",
                "",
                Some("6.1.76"),
            ),
            (
                "5.15.0-91-generic",
                "Linux version 5.15.0-91-generic",
                "Ubuntu 5.15.0-91.101-generic 5.15.131",
                Some("5.15.131"),
            ),
            ("5.10.0-28-amd64", "", "", None),
            ("6.12.0", "", "", Some("6.12.0")),
        ] {
            let found = Kernel::of(release, version, signature).version.map(|version| version.to_string());
            assert_eq!(found.as_deref(), expected, "{release}");
        }
    }

    #[test]
    fn an_old_kernel_is_told_in_plain_words() {
        for (release, warnings) in
            [("4.19.0-26-amd64", 1), ("5.4.250", 1), ("5.10.50", 1), ("5.10.0-28-amd64", 0), ("6.18.44", 0)]
        {
            let found = Kernel::of(release, "", "").warnings();
            assert_eq!(found.len(), warnings, "{release}: {found:?}");
        }
    }
}
