//! Versions of what others make, as they write them.

use std::fmt;

/// A version: `1.1.12`, `1.4.0-rc.3`, `v25.0.3`, `1.1.5+ds1-1+deb12u1`, `6.1.0-18-amd64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    /// Which candidate of that version, when it is one.
    pub(crate) candidate: Option<u64>,
}

impl Version {
    /// The version that `text` begins with; none when it begins with none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let mut numbers = numbers.trim_end_matches('.').split('.').map(str::parse::<u64>);
        let major = numbers.next()?.ok()?;
        let mut next = || numbers.next().map_or(Some(0), Result::ok);
        let (minor, patch) = (next()?, next()?);
        // Written 1.4.0-rc.3, and by Debian 1.4.0~rc3.
        let candidate = rest.trim_start_matches(['-', '~']).strip_prefix("rc").map(|rest| {
            let digits = rest.trim_start_matches(['.', '-']);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..end].parse().unwrap_or(0)
        });
        Some(Self { major, minor, patch, candidate })
    }

    /// Whether it is `major.minor.patch` or newer. A candidate comes before its version.
    pub(crate) fn is_at_least(&self, major: u64, minor: u64, patch: u64) -> bool {
        self.is_at_least_candidate(major, minor, patch, None)
    }

    /// The same for a candidate, where `candidate` names one.
    pub(crate) fn is_at_least_candidate(&self, major: u64, minor: u64, patch: u64, candidate: Option<u64>) -> bool {
        // The version itself comes after each of its candidates.
        let rank = |candidate: Option<u64>| candidate.unwrap_or(u64::MAX);
        (self.major, self.minor, self.patch, rank(self.candidate)) >= (major, minor, patch, rank(candidate))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        self.candidate.map_or(Ok(()), |candidate| write!(f, "-rc.{candidate}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_their_makers_write_them() {
        for (text, expected) in [
            ("1.1.12", "1.1.12"),
            ("v25.0.3", "25.0.3"),
            ("1.4.0-rc.3", "1.4.0-rc.3"),
            ("1.4.0~rc3+ds1-1", "1.4.0-rc.3"),
            ("1.1.5+ds1-1+deb12u1", "1.1.5"),
            ("6.1.0-18-amd64", "6.1.0"),
            ("6.18.44-fc-v769", "6.18.44"),
            ("1.41", "1.41.0"),
            ("5.10.", "5.10.0"),
        ] {
            assert_eq!(Version::parse(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "unknown", "v", "99999999999999999999.1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_candidate_comes_before_its_version() {
        let candidate = Version::parse("1.4.0-rc.3").unwrap();
        assert!(!candidate.is_at_least(1, 4, 0));
        assert!(candidate.is_at_least_candidate(1, 4, 0, Some(3)));
        assert!(!candidate.is_at_least_candidate(1, 4, 0, Some(4)));
        assert!(candidate.is_at_least(1, 3, 9));
        assert!(Version::parse("1.4.0").unwrap().is_at_least_candidate(1, 4, 0, Some(3)));
    }
}
