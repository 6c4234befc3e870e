//! Whom a limit counts.

use std::net::IpAddr;

/// Whom a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// An account, by the name that was given, whether or not there is such a user.
    Account(&'a str),
    /// An address. Of IPv6 the first 64 bits count, because a single machine has all the addresses below them.
    Address(IpAddr),
}

impl Key<'_> {
    /// The key that stands for all that are counted together.
    pub(super) fn whole(self) -> Self {
        match self {
            Self::Account(_) => self,
            Self::Address(address) => Self::Address(match address.to_canonical() {
                IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
                v4 @ IpAddr::V4(_) => v4,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Key<'_> {
        Key::Address(text.parse().unwrap()).whole()
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_and_an_address_of_ipv4_for_itself() {
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"), "the same one, seen through a socket for both");
    }
}
