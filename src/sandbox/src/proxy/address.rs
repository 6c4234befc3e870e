//! Which addresses a name may stand for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::allow::Meant;

/// Whether a connection to an address may be made on behalf of a sandbox. A registry that was named may stand within
/// the own network, or on this machine; where clouds keep their metadata stands none.
pub(super) fn may_be_reached(address: IpAddr, meant: Meant) -> bool {
    let place = place(address);
    match meant {
        Meant::Exactly => place != Place::Never,
        Meant::AsOneOfMany => place == Place::Public,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    Own,
    Never,
}

fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> Place {
    let [a, b, c, _] = address.octets();
    if a == 0 || address.is_link_local() || address.is_multicast() || a >= 240 {
        // A few clouds have their metadata elsewhere.
        return Place::Never;
    }
    let shared = a == 100 && (64..128).contains(&b);
    let special = (a == 192 && b == 0 && c == 0) || (a == 198 && (b == 18 || b == 19));
    if matches!(address.octets(), [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192]) {
        return Place::Never;
    }
    if address.is_private() || address.is_loopback() || shared || special { Place::Own } else { Place::Public }
}

fn v6(address: Ipv6Addr) -> Place {
    if let Some(inner) = inner_v4(address) {
        return v4(inner);
    }
    let first = address.segments()[0];
    let aws = address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    if address.is_unspecified() || address.is_multicast() || first & 0xffc0 == 0xfe80 || aws {
        return Place::Never;
    }
    let own = address.is_loopback() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfec0;
    // Nothing outside 2000::/3 is given out.
    if own || first & 0xe000 != 0x2000 { Place::Own } else { Place::Public }
}

/// The IPv4 address that an IPv6 address leads on to: mapped, translated (NAT64) or tunnelled (6to4).
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => of(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => of(high, low),
        [0x2002, high, low, ..] => of(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_names_stands_on_the_public_internet() {
        for address in ["8.8.8.8", "203.0.113.80", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert_eq!(place(address.parse().unwrap()), Place::Public, "{address}");
        }
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "5f00::1",
        ] {
            let address = address.parse().unwrap();
            assert!(!may_be_reached(address, Meant::AsOneOfMany), "{address}");
            assert!(may_be_reached(address, Meant::Exactly), "{address}");
        }
    }

    #[test]
    fn where_clouds_keep_their_secrets_nothing_is_reached() {
        for address in [
            "169.254.169.254",
            "169.254.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fe80::1",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "240.0.0.1",
        ] {
            assert!(!may_be_reached(address.parse().unwrap(), Meant::Exactly), "{address}");
        }
    }
}
