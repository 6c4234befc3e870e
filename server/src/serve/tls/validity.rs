//! From when until when a certificate holds: the two times that it names (RFC 5280, 4.1).

use domain::Timestamp;

/// From when until when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    /// From when.
    pub(crate) from: Timestamp,
    /// Until when.
    pub(crate) until: Timestamp,
}

/// The optional version, which stands first.
const VERSION: u8 = 0xa0;
/// A time with two digits of the year, and one with four.
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// Of a certificate in DER; none when it is not one.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let certificate = Value::first(certificate)?.inside;
        let signed = Value::first(certificate)?.inside;
        let first = Value::first(signed)?;
        let serial = if first.tag == VERSION { Value::first(first.after)? } else { first };
        let algorithm = Value::first(serial.after)?;
        let issuer = Value::first(algorithm.after)?;
        let validity = Value::first(issuer.after)?;
        let from = Value::first(validity.inside)?;
        let until = Value::first(from.after)?;
        Some(Self { from: from.time()?, until: until.time()? })
    }
}

/// One value in DER.
struct Value<'a> {
    tag: u8,
    inside: &'a [u8],
    after: &'a [u8],
}

impl<'a> Value<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // So many bytes of a length follow; four are more than any certificate needs.
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (inside, after) = rest.split_at_checked(length)?;
        Some(Self { tag, inside, after })
    }

    fn time(&self) -> Option<Timestamp> {
        let text = std::str::from_utf8(self.inside).ok().filter(|text| text.is_ascii())?;
        let (year, rest) = match self.tag {
            UTC_TIME => {
                let (year, rest) = text.split_at_checked(2)?;
                let century = if year < "50" { "20" } else { "19" };
                (format!("{century}{year}"), rest)
            }
            GENERALIZED_TIME => {
                let (year, rest) = text.split_at_checked(4)?;
                (year.to_owned(), rest)
            }
            _ => return None,
        };
        let part = |at: usize| rest.get(at..at + 2);
        let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
        let whole = rest.get(10..) == Some("Z");
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok().filter(|_| whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(from: (i32, u8, u8), until: (i32, u8, u8)) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["workshop.example".into()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_a_time_are_read() {
        let validity = Validity::of(&made((2024, 2, 29), (2060, 12, 31))).unwrap();
        assert_eq!(validity.from, "2024-02-29T00:00:00Z".parse().unwrap());
        assert_eq!(validity.until, "2060-12-31T00:00:00Z".parse().unwrap());
        let old = Validity::of(&made((1999, 1, 1), (2000, 1, 1))).unwrap();
        assert!(old.from < old.until);
    }

    #[test]
    fn what_is_cut_off_or_no_certificate_is_none() {
        let whole = made((2024, 1, 1), (2034, 1, 1));
        for length in 0..whole.len() {
            assert_eq!(Validity::of(&whole[..length]), None);
        }
        for nonsense in [&b"\x30\x80"[..], b"\x30\x84\xff\xff\xff\xff", b"\x30\x02\x30\x00", b"hello, world"] {
            assert_eq!(Validity::of(nonsense), None);
        }
    }
}
